// A key presses what carries it: data-key="n", "Enter", "Alt+2", "Space", "Escape", or several.
// The key is written on the page, in a <kbd>.

const NAMES = { " ": "Space" };

function nameOf(event) {
  // With Alt some keyboards give another character: the digit is told by its place.
  const digit = /^Digit([0-9])$/.exec(event.code)?.[1];
  const key = event.altKey && digit ? digit : (NAMES[event.key] ?? event.key);
  return (event.altKey ? "Alt+" : "") + (key.length === 1 ? key.toLowerCase() : key);
}

/** Whether the focused element wants this key for itself. */
function isTaken(name, focused) {
  if (!focused || focused === document.body || name.startsWith("Alt+")) return false;
  const kind = focused.tagName === "INPUT" ? focused.type : "";
  const isBox = kind === "checkbox" || kind === "radio";
  const types = ["TEXTAREA", "SELECT"].includes(focused.tagName) || (kind && !isBox);
  if (types) return name !== "Escape";
  if (name === "Enter" || name === "Space") {
    const presses = ["BUTTON", "A", "SUMMARY"].includes(focused.tagName);
    return presses || (isBox && name === "Space");
  }
  return false;
}

// What lies in a closed <details> has a box too, but cannot be seen.
const isShown = (element) => element.checkVisibility();

document.addEventListener("keydown", (event) => {
  if (event.repeat || event.isComposing || event.defaultPrevented) return;
  if (event.ctrlKey || event.metaKey) return;
  const name = nameOf(event);
  if (isTaken(name, document.activeElement)) return;
  for (const target of document.querySelectorAll("[data-key]")) {
    if (!target.dataset.key.split(" ").includes(name) || target.disabled) continue;
    if (!isShown(target)) continue;
    event.preventDefault();
    target.click();
    return;
  }
});

// A form that begins something is sent once, however often the key is struck.
for (const form of document.querySelectorAll("form[data-once]")) {
  form.addEventListener("submit", (event) => {
    if (form.dataset.sent) event.preventDefault();
    form.dataset.sent = "yes";
  });
}
