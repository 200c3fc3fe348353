// Forms that save themselves at every change: <form data-autosave>.

import { clear, show } from "./notices.js";
import { renew } from "./parts.js";
import { post, Refused } from "./send.js";

for (const form of document.querySelectorAll("form[data-autosave]")) {
  let saving = Promise.resolve();
  const save = async () => {
    const complaint = form.querySelector("[data-error]");
    try {
      await post(form.action, new FormData(form));
      complaint.textContent = "";
      clear();
      await renew((old) => old.matches("[data-kind]"));
    } catch (error) {
      if (!(error instanceof Refused)) return show(error);
      complaint.textContent = `${error.message}${error.todo}`;
    }
  };
  // One after the other: the last state of the form is the one that stays.
  form.addEventListener("change", () => {
    saving = saving.then(save);
  });
  form.addEventListener("submit", (event) => event.preventDefault());
}
