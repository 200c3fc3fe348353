// How the reader is, in the top bar and on the counter's home: [data-reader-state] with one
// [data-when] for each state; and [data-outdated], shown while the program is below the floor.

import { bridge } from "./bridge.js";
import { only } from "./when.js";

const places = document.querySelectorAll("[data-reader-state]");
const warnings = document.querySelectorAll("[data-outdated]");

function show() {
  const { what = "", text = "", sam_id: sam = "" } = bridge.health ?? {};
  for (const place of places) only(place, bridge.state, { what, text, sam });
  for (const warning of warnings) warning.hidden = !bridge.isOutdated;
}

for (const event of ["hello", "reader", "stopped"]) bridge.addEventListener(event, show);
show();
