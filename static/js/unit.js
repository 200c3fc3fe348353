// A unit's papers: the code's first digit proposes the kind of unit; the clerk may choose another.

import { show } from "./notices.js";
import { post } from "./send.js";

const form = document.querySelector("form[data-unit]");
// GB 32100: who registered it. 1 is also a party or government organ's; those are chosen by hand.
const proposals = Object.fromEntries(form.dataset.proposals.split(" ").map((pair) => pair.split(":")));
const code = form.querySelector("[data-unit-number]");
const kinds = [...form.querySelectorAll("input[name=kind]")];
let chosen = kinds.some((kind) => kind.checked);

for (const kind of kinds) {
  kind.addEventListener("change", () => {
    chosen = true;
  });
}

code.addEventListener("input", () => {
  const proposed = proposals[code.value.trim()[0]];
  if (chosen || !proposed) return;
  for (const kind of kinds) kind.checked = kind.value === proposed;
});

// Another customer asks for another page.
let saving = Promise.resolve();
document.querySelector("form[data-answers]").addEventListener("change", ({ currentTarget: answers }) => {
  saving = saving.then(async () => {
    try {
      await post(answers.action, new FormData(answers));
      location.reload();
    } catch (error) {
      show(error);
    }
  });
});
