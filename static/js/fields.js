// Small forms that save themselves and say what is wrong beside their field: <form data-field>.
// They may be exchanged with their part of the page at any time, so the page listens, not they.

import { clear, show } from "./notices.js";
import { renew } from "./parts.js";
import { post, Refused } from "./send.js";

async function save(form) {
  const complaint = form.querySelector("[data-error]");
  const input = form.querySelector(".form-control, input:not([type=hidden])");
  complaint.textContent = "";
  input.classList.remove("is-invalid");
  try {
    await post(form.action, new FormData(form));
    clear();
    await renew();
  } catch (error) {
    if (!(error instanceof Refused)) return show(error);
    complaint.textContent = `${error.message}${error.todo}`;
    input.classList.add("is-invalid");
    input.setAttribute("aria-invalid", "true");
    input.focus();
  }
}

document.addEventListener("submit", (event) => {
  const form = event.target.closest("form[data-field]");
  if (!form) return;
  event.preventDefault();
  save(form);
});

// What needs no question to an outside system saves itself when the field is left.
document.addEventListener("change", ({ target }) => {
  const form = target.closest("form[data-field=leave]");
  if (form) save(form);
});
