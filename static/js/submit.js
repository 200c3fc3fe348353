// Handing in. The page's key makes it safe to send again: a double click, a lost reply and a retry
// give the first answer.

import { carried } from "./carry.js";
import { clear, show } from "./notices.js";
import { renew } from "./parts.js";
import { Away, patience, post, Refused } from "./send.js";

const form = document.querySelector("form[data-submit]");
const button = form.querySelector("button");

function busy(is) {
  button.disabled = is;
  form.querySelector("[data-label]").hidden = is;
  form.querySelector("[data-sending]").hidden = !is;
}

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  if (button.disabled) return;
  busy(true);
  await carried;
  for (let tries = 0; ; tries += 1) {
    try {
      const { next } = await post(form.action, new FormData(form));
      clear();
      // Back must not lead into a form that was handed in.
      return location.replace(next);
    } catch (error) {
      show(error);
      if (error instanceof Away) {
        await patience(tries);
        continue;
      }
      busy(false);
      // The page around it says what stands against it now.
      if (error instanceof Refused) await renew((old) => old.dataset.part === "actions");
      return;
    }
  }
});
