// 用手机拍, on the counter's PC: ask for a code, for another one, or for the end.

import "./count_down.js";
import { clear, show } from "./notices.js";
import { swap } from "./parts.js";
import { post } from "./send.js";

document.addEventListener("click", async ({ target }) => {
  const button = target.closest("[data-phone-make], [data-phone-stop]");
  if (!button) return;
  const { make, stop } = button.closest("[data-phone]").dataset;
  const isMade = "phoneMake" in button.dataset;
  button.disabled = true;
  try {
    const { html } = await post(isMade ? make : stop, new FormData());
    clear();
    swap(html);
  } catch (error) {
    button.disabled = false;
    return show(error);
  }
  // The PC's own camera gives way; what was pressed is gone, and the focus must not be.
  if (isMade) document.querySelector("[data-camera]:not([hidden]) [data-close]")?.click();
  document.querySelector("#phone-title, [data-phone-make]")?.focus();
});
