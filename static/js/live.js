// Keeps a region fresh: <div data-live="/url/" data-live-every="3">, in seconds. Cheap, because an
// unchanged answer is a 304, and less often while nothing changes (rhythm.js). Polling does not keep
// a deserted counter unlocked (HX-Polling).

import { clear, show } from "./notices.js";
import { pathOf } from "./parts.js";
import { Rhythm } from "./rhythm.js";
import { Away, page } from "./send.js";

async function keep(region) {
  const rhythm = new Rhythm(Number(region.dataset.liveEvery || 3));
  let tag = "";
  let away = false;
  while (!region.querySelector("[data-live-stop]")) {
    await rhythm.next();
    // A list that is open would close under the hand.
    if (region.querySelector("select:focus")) continue;
    try {
      const fresh = await page(region.dataset.live, { tag });
      if (away) clear();
      away = false;
      if (!fresh) {
        rhythm.unchanged();
        continue;
      }
      rhythm.changed();
      tag = fresh.tag;
      const focused = pathOf(region, document.activeElement);
      region.innerHTML = fresh.html;
      if (focused) region.querySelector(focused)?.focus({ preventScroll: true });
    } catch (error) {
      show(error);
      if (!(error instanceof Away)) return;
      away = true;
      rhythm.failed();
    }
  }
}

for (const region of document.querySelectorAll("[data-live]")) keep(region);
