// Choosing a number and scanning the SIM card. Each choice saves itself.

import { clear, show } from "./notices.js";
import { renew } from "./parts.js";
import { page, post, Refused } from "./send.js";

// A scanner ends with Enter, some with two: only a person's later Enter goes on.
const SCANNER_MS = 600;

let scannedAt = 0;

const keepNumbers = (old) => old.dataset.part === "number" && old.contains(document.activeElement);

async function numbers() {
  const box = document.querySelector("[data-numbers]");
  if (!box || box.hidden) return;
  try {
    box.innerHTML = (await page(box.dataset.numbers, { quiet: false })).html;
  } catch (error) {
    show(error);
  }
}

async function choose(button) {
  const box = button.closest("[data-numbers]");
  const complaint = box.querySelector("[data-number-error]");
  for (const each of box.querySelectorAll("button")) each.disabled = true;
  button.setAttribute("aria-pressed", "true");
  complaint.textContent = "";
  try {
    await post(box.dataset.choose, new URLSearchParams({ number: button.dataset.number }));
    clear();
    await renew();
    field.focus();
  } catch (error) {
    for (const each of box.querySelectorAll("button")) each.disabled = false;
    button.setAttribute("aria-pressed", "false");
    if (!(error instanceof Refused)) return show(error);
    complaint.textContent = `${error.message}${error.todo}`;
    box.querySelector("[data-more]").focus();
  }
}

document.addEventListener("click", ({ target }) => {
  const button = target.closest("[data-number], [data-more], [data-change]");
  if (!button) return;
  if (button.matches("[data-number]")) return choose(button);
  const box = document.querySelector("[data-numbers]");
  box.hidden = false;
  numbers();
});

// The three questions: each answer saves itself, and the page asks for what follows from it.
// One after the other: the last state of the form is the one that stays.
let answering = Promise.resolve();
document.addEventListener("change", ({ target }) => {
  if (target.closest("form[data-answers]")) answering = answering.then(() => answer(target));
});

async function answer(target) {
  const answers = document.querySelector("form[data-answers]");
  try {
    await post(answers.action, new FormData(answers));
    clear();
    // A unit asks for another page.
    if (target.name === "customer" && target.value === "unit") return location.reload();
    await renew(keepNumbers);
    // The scanner's field stays the same element, so that a scan never falls between two.
    panel.hidden = !document.querySelector("[data-part=asks]").dataset.card;
    numbers();
  } catch (error) {
    show(error);
  }
}

const panel = document.querySelector("[data-card-panel]");
const form = document.querySelector("form[data-iccid]");
const field = form.querySelector("input[name=iccid]");
let saved = field.value;
// Enter also ends the field's change: the same wrong scan is judged once.
let refused = "";
let saving = Promise.resolve();

async function scan() {
  const complaint = form.querySelector("[data-iccid-error]");
  complaint.textContent = "";
  field.classList.remove("is-invalid");
  try {
    await post(form.action, new URLSearchParams({ iccid: field.value }));
    saved = field.value;
    clear();
    await renew(keepNumbers);
  } catch (error) {
    if (!(error instanceof Refused)) return show(error);
    refused = field.value;
    complaint.textContent = `${error.message}${error.todo}`;
    field.classList.add("is-invalid");
  }
  // The next scan replaces this one.
  field.select();
}

function save() {
  saving = saving.then(() => {
    const isNew = field.value && field.value !== saved && field.value !== refused;
    return isNew ? scan() : null;
  });
}

field.addEventListener("focus", () => field.select());
field.addEventListener("input", () => {
  scannedAt = Date.now();
});
field.addEventListener("change", save);
form.addEventListener("submit", (event) => {
  event.preventDefault();
  const early = Date.now() - scannedAt < SCANNER_MS;
  if (field.value !== saved) {
    scannedAt = Date.now();
    save();
  } else if (!early) {
    document.querySelector("[data-next]").click();
  }
});

// A scan that comes while another control has the focus belongs into the field all the same.
document.addEventListener("keydown", (event) => {
  if (!/^[0-9]$/.test(event.key) || event.altKey || event.ctrlKey || event.metaKey) return;
  if (panel.hidden) return;
  if (document.activeElement.matches("input:not([type=radio]), select, textarea")) return;
  field.focus();
});

numbers();
