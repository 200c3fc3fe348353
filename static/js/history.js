// What is known besides the case: fetched once, when it is opened first.

import { show } from "./notices.js";
import { page } from "./send.js";

const panel = document.querySelector("[data-history]");
const place = panel?.querySelector("[data-history-place]");

panel?.addEventListener("toggle", async () => {
  if (!panel.open || panel.dataset.asked) return;
  panel.dataset.asked = "yes";
  try {
    const fresh = await page(panel.dataset.history, { quiet: false });
    place.innerHTML = fresh.html;
  } catch (error) {
    delete panel.dataset.asked;
    panel.open = false;
    show(error);
  }
});
