// A ready answer to a finding: one press ticks what is to be done again, picks the reason and writes
// the note, all to be changed by hand afterwards; a second press takes it back.

const isOn = (button) => button.getAttribute("aria-pressed") === "true";
const itemsOf = (button) => button.dataset.items.split(" ").filter(Boolean);

function tick(panel, name, value, to) {
  const box = panel.querySelector(`input[name="${name}"][value="${value}"]`);
  if (box) box.checked = to;
}

function write(note, text) {
  const words = [note.value.trim(), text].filter(Boolean).join(" ").replaceAll("。 ", "。");
  if (words.length <= note.maxLength) note.value = words;
}

function put(panel, button) {
  for (const item of itemsOf(button)) tick(panel, "items", item, true);
  // The first reason counts; what else is wrong is said in the note.
  const reasons = 'input[type="radio"]';
  if (!panel.querySelector(`${reasons}:checked`)) {
    const reason = panel.querySelector(`${reasons}[value="${button.dataset.reason}"]`);
    if (reason) Object.assign(reason, { checked: true }).dataset.put = "yes";
  }
  write(panel.querySelector("[data-note]"), button.dataset.remedy);
}

function takeBack(panel, button, others) {
  const kept = new Set(others.flatMap(itemsOf));
  for (const item of itemsOf(button)) if (!kept.has(item)) tick(panel, "items", item, false);
  const note = panel.querySelector("[data-note]");
  note.value = note.value.replace(button.dataset.remedy, "").trim();
  const reason = panel.querySelector("input[data-put]:checked");
  if (reason && !others.some(({ dataset }) => dataset.reason === reason.value)) {
    reason.checked = false;
    delete reason.dataset.put;
  }
}

for (const list of document.querySelectorAll("[data-remedies]")) {
  const panel = list.closest("[data-panel]");
  const buttons = [...list.querySelectorAll("[data-remedy]")];
  list.hidden = false;
  for (const button of buttons) {
    button.addEventListener("click", () => {
      const others = buttons.filter((one) => one !== button && isOn(one));
      if (isOn(button)) takeBack(panel, button, others);
      else put(panel, button);
      button.setAttribute("aria-pressed", String(!isOn(button)));
      panel.dispatchEvent(new Event("change", { bubbles: true }));
      // Enter sends the answer, it does not press the button again.
      panel.focus({ preventScroll: true });
    });
  }
}
