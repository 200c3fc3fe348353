// A unit's papers: the code's first digit proposes the kind of unit; the clerk may choose another.

import { show } from "./notices.js";
import { post } from "./send.js";

// GB 32100: who registered it. 1 is also a party or government organ's; those are chosen by hand.
const KINDS = { 9: "enterprise", 1: "institution", 5: "social" };

const form = document.querySelector("form[data-unit]");
const code = form.querySelector("[data-unit-number]");
const kinds = [...form.querySelectorAll("input[name=kind]")];
let chosen = kinds.some((kind) => kind.checked);

for (const kind of kinds) {
  kind.addEventListener("change", () => {
    chosen = true;
  });
}

code.addEventListener("input", () => {
  const proposed = KINDS[code.value.trim()[0]];
  if (chosen || !proposed) return;
  for (const kind of kinds) kind.checked = kind.value === proposed;
});

// Another customer asks for another page.
document.querySelector("form[data-answers]").addEventListener("change", async ({ currentTarget }) => {
  try {
    await post(currentTarget.action, new FormData(currentTarget));
    location.reload();
  } catch (error) {
    show(error);
  }
});
