// Shows a failure of send.js in words that stand in the page (registration/application/_notices).

import { Away, Gone, Moved, Refused, SignedOut } from "./send.js";

const all = () => document.querySelectorAll("[data-notice]");

export function clear() {
  for (const notice of all()) notice.hidden = true;
}

export function show(error) {
  if (error instanceof Moved) return location.assign(error.message);
  const name = nameOf(error);
  if (!name) throw error;
  for (const notice of all()) {
    notice.hidden = notice.dataset.notice !== name;
    if (notice.hidden) continue;
    if (error.todo !== undefined) {
      say(notice.querySelector("[data-notice-text]"), error.message);
      say(notice.querySelector("[data-notice-todo]"), error.message && error.todo);
    }
    if (error.door) notice.querySelector("[data-notice-door]").href = error.door;
    notice.scrollIntoView({ block: "nearest" });
  }
}

/** The portal's words, or those that stand in the page where it had none. */
function say(place, words) {
  if (!place) return;
  place.dataset.usual ??= place.textContent;
  place.textContent = words || place.dataset.usual;
}

function nameOf(error) {
  if (error instanceof Refused) return "refused";
  if (error instanceof Away) return "away";
  if (error instanceof Gone) return "gone";
  return error instanceof SignedOut ? "signed-out" : "";
}
