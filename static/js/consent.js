// What the customer is asked separately, with yes and no. Y and N answer the first open question,
// or correct the last one.

const form = document.querySelector("[data-consents]");
const questions = () => [...new Set([...form.querySelectorAll("input[type=radio]")].map((radio) => radio.name))];
const radios = (name) => [...form.querySelectorAll(`input[name="${CSS.escape(name)}"]`)];
const isOpen = (name) => !radios(name).some((radio) => radio.checked);
const hint = (name) => form.querySelector(`[data-unanswered="${CSS.escape(name)}"]`);

function giveKeys() {
  const names = questions();
  const asked = names.find(isOpen) ?? names.at(-1);
  for (const name of names) {
    for (const radio of radios(name)) {
      if (name === asked) radio.dataset.key = radio.value === "yes" ? "y" : "n";
      else delete radio.dataset.key;
    }
  }
}

/** What the form says, or null: a question is open, and now the page says which. */
export function answers() {
  const open = questions().filter(isOpen);
  for (const name of questions()) tell(name, open.includes(name));
  if (!open.length) return new FormData(form);
  radios(open[0])[0].focus();
  return null;
}

/** Call `then` whenever an answer was given or changed. */
export function onAnswer(then) {
  form.addEventListener("change", then);
}

function tell(name, is) {
  hint(name).hidden = !is;
  for (const radio of radios(name)) radio.setAttribute("aria-invalid", String(is));
}

form.addEventListener("change", (event) => {
  tell(event.target.name, false);
  giveKeys();
});
form.addEventListener("submit", (event) => event.preventDefault());
giveKeys();
