// Small forms that save themselves and say what is wrong beside their field: <form data-field>.
// They may be exchanged with their part of the page at any time, so the page listens, not they.

import { clear, show } from "./notices.js";
import { renew } from "./parts.js";
import { post, Refused } from "./send.js";

/** Whether it was saved. */
async function save(form) {
  const complaint = form.querySelector("[data-error]");
  const input = form.querySelector(".form-control, input:not([type=hidden])");
  complaint.textContent = "";
  input.classList.remove("is-invalid");
  try {
    await post(form.action, new FormData(form));
    clear();
    await renew();
    return true;
  } catch (error) {
    if (!(error instanceof Refused)) {
      show(error);
      return false;
    }
    complaint.textContent = `${error.message}${error.todo}`;
    input.classList.add("is-invalid");
    input.setAttribute("aria-invalid", "true");
    input.focus();
    return false;
  }
}

// After the Enter of a field the hands go on: to what mends the answer, to the scan, if one is due,
// or to the next step.
function onward() {
  const scan = document.querySelector("[data-card-panel]:not([hidden]) input:not([type=hidden])");
  (document.querySelector("[data-fix]") ?? scan ?? document.querySelector("[data-next]"))?.focus();
}

document.addEventListener("submit", async (event) => {
  const form = event.target.closest("form[data-field]");
  if (!form) return;
  event.preventDefault();
  if (await save(form)) onward();
});

// What needs no question to an outside system saves itself when the field is left.
document.addEventListener("change", ({ target }) => {
  const form = target.closest("form[data-field=leave]");
  if (form) save(form);
});
