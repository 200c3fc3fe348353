// From the second round on: what changed comes first, what did not is folded away until it is asked
// for.

import { look, shown } from "./viewer.js";

const changes = [...document.querySelectorAll("[data-change]")];
const kindsOf = ({ dataset }) => dataset.look.split(" ");
const unchanged = document.querySelector("[data-unchanged]");
const fold = document.querySelector("[data-unfold]");

/** The next change after the one that is before the eyes. */
function next() {
  const now = shown().map(({ figure }) => figure.dataset.picture).sort().join();
  const at = changes.findIndex((one) => kindsOf(one).sort().join() === now);
  look(kindsOf(changes[(at + 1) % changes.length]));
}

document.querySelector("[data-compare]")?.addEventListener("click", next);
if (unchanged) {
  const set = (isOpen) => {
    unchanged.hidden = !isOpen;
    fold.setAttribute("aria-expanded", String(isOpen));
  };
  fold.hidden = false;
  fold.addEventListener("click", () => set(unchanged.hidden));
  set(false);
}
if (changes.length) look(kindsOf(changes[0]));
