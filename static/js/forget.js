// The counter's home: what an abandoned application left in this browser goes.

import { purge } from "./keep.js";

purge();
