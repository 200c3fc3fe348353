// Keeps a region fresh: <div data-live="/url/" data-live-every="3">. Cheap, because an unchanged
// answer is a 304. Polling does not keep a deserted counter unlocked (HX-Polling).

import { clear, show } from "./notices.js";
import { pathOf } from "./parts.js";
import { Away, page, pause } from "./send.js";

async function keep(region) {
  const every = Number(region.dataset.liveEvery || 3);
  let tag = "";
  let away = false;
  while (!region.querySelector("[data-live-stop]")) {
    await pause(every);
    // A list that is open would close under the hand.
    if (document.hidden || region.querySelector("select:focus")) continue;
    try {
      const fresh = await page(region.dataset.live, { tag });
      if (away) clear();
      away = false;
      if (!fresh) continue;
      tag = fresh.tag;
      const focused = pathOf(region, document.activeElement);
      region.innerHTML = fresh.html;
      if (focused) region.querySelector(focused)?.focus({ preventScroll: true });
    } catch (error) {
      show(error);
      if (!(error instanceof Away)) return;
      away = true;
    }
  }
}

for (const region of document.querySelectorAll("[data-live]")) keep(region);
