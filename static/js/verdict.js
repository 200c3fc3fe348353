// Approve, return, refuse: what is missing is said before anything is sent, and it is sent once.

import { remind, standing } from "./checklist.js";

const form = document.querySelector("[data-decide]");
const words = form.dataset;
const panels = [...form.querySelectorAll("details[data-verdict]")];
const line = form.querySelector("[data-say]");

function say(text) {
  line.textContent = text;
  line.hidden = !text;
}

/** While a panel is open its keys come first: those of the pictures rest. */
function lend(panel) {
  const taken = new Set(
    [...panel.querySelectorAll("[data-key]")].flatMap(({ dataset }) => dataset.key.split(" ")),
  );
  for (const other of document.querySelectorAll("[data-key]")) {
    if (panel.contains(other) || !taken.has(other.dataset.key)) continue;
    other.dataset.lentKey = other.dataset.key;
    delete other.dataset.key;
  }
}

function giveBack() {
  for (const other of document.querySelectorAll("[data-lent-key]")) {
    other.dataset.key = other.dataset.lentKey;
    delete other.dataset.lentKey;
  }
}

function whatIsMissing(verdict) {
  if (verdict === "approve") {
    const { unanswered, denied } = standing();
    if (denied) return words.denied;
    if (unanswered) remind();
    return unanswered ? words.unanswered : "";
  }
  const panel = panels.find((one) => one.dataset.verdict === verdict);
  const reason = panel.querySelector("input[type=radio]:checked")?.value;
  const note = panel.querySelector("[data-note]").value.trim();
  if (verdict === "return" && !panel.querySelector("input[type=checkbox]:checked")) {
    return words.noItems;
  }
  if (!reason) return words.noReason;
  return reason === "OTHER" && !note ? words.noNote : "";
}

for (const panel of panels) {
  // The keys change hands with the click: "toggle" comes later than a quick second key.
  panel.querySelector("summary").addEventListener("click", () => {
    say("");
    giveBack();
    if (!panel.open) lend(panel);
  });
  panel.querySelector("[data-close]").addEventListener("click", () => {
    say("");
    giveBack();
    panel.open = false;
  });
  panel.addEventListener("toggle", () => {
    const body = panel.querySelector("[data-panel]");
    if (panel.open && !body.contains(document.activeElement)) body.focus();
  });
  const note = panel.querySelector("[data-note]");
  note.addEventListener("click", () => note.focus());
  note.addEventListener("keydown", (event) => {
    if (event.isComposing) return;
    if (event.key === "Escape") note.blur();
    else if (event.key === "Enter") panel.querySelector("button[name=verdict]").click();
    else return;
    // Not for the keys of the page: Escape leaves the note, not the panel.
    event.preventDefault();
    event.stopPropagation();
  });
}

form.addEventListener("change", () => say(""));
form.addEventListener("submit", (event) => {
  const missing = form.dataset.sent ? null : whatIsMissing(event.submitter?.value);
  if (missing === "") {
    form.dataset.sent = "yes";
    form.setAttribute("aria-busy", "true");
    return;
  }
  event.preventDefault();
  if (missing) say(missing);
});
