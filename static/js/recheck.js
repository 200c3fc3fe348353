// The check page while a picture is still being worked on: look again until it is done.

import { show } from "./notices.js";
import { page, pause } from "./send.js";

for (;;) {
  await pause(1);
  try {
    const { html } = await page(location.href);
    if (!html.includes("recheck")) location.reload();
  } catch (error) {
    show(error);
  }
}
