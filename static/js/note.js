// A note for colleagues is saved where it stands: the answers on the page stay as they are.

import { clear, show } from "./notices.js";
import { post } from "./send.js";

const form = document.querySelector("[data-note-form]");
const field = form.querySelector("textarea");

document.querySelector("[data-notes-panel] > summary").addEventListener("click", ({ target }) => {
  // Not before it is open; a page that comes with notes in it leaves the keys to the check-list.
  if (!target.parentElement.open) requestAnimationFrame(() => field.focus());
});
field.addEventListener("keydown", (event) => {
  if (event.isComposing || !["Enter", "Escape"].includes(event.key)) return;
  event.preventDefault();
  event.stopPropagation();
  if (event.key === "Escape") field.blur();
  else form.requestSubmit();
});
form.addEventListener("submit", async (event) => {
  event.preventDefault();
  if (form.hasAttribute("aria-busy")) return;
  form.setAttribute("aria-busy", "true");
  try {
    const { html } = await post(form.action, new URLSearchParams(new FormData(form)));
    document.querySelector("[data-notes]").innerHTML = html;
    field.value = "";
    field.blur();
    clear();
  } catch (error) {
    show(error);
  } finally {
    form.removeAttribute("aria-busy");
  }
});
