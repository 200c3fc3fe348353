// The check-list: Y and N answer the current row, its pictures come to the front by themselves.

const rows = [...document.querySelectorAll("[data-question]")];
let current = -1;

const answerOf = (row) => row.querySelector("input:checked")?.value ?? "";

/** How the list stands: rows without an answer, and rows answered with no. */
export function standing() {
  const answers = rows.map(answerOf);
  return {
    unanswered: answers.filter((answer) => !answer).length,
    denied: answers.filter((answer) => answer === "n").length,
  };
}

/** Bring the first row that waits for an answer to the front. */
export function remind() {
  const first = rows.findIndex((row) => !answerOf(row));
  if (first >= 0) go(first);
}

function go(to) {
  // A page that opens shows its head: on a phone the list is far below it.
  const isOpening = current < 0;
  current = Math.max(0, Math.min(rows.length - 1, to));
  for (const [at, row] of rows.entries()) {
    const isNow = at === current;
    row.classList.toggle("is-now", isNow);
    row.toggleAttribute("aria-current", isNow);
    for (const input of row.querySelectorAll("input")) {
      if (isNow) input.dataset.key = input.value;
      else delete input.dataset.key;
    }
  }
  const row = rows[current];
  if (!isOpening) row.scrollIntoView({ block: "nearest" });
  document.dispatchEvent(new CustomEvent("desk:look", { detail: row.dataset.show.split(" ") }));
}

function next() {
  const after = rows.findIndex((row, at) => at > current && !answerOf(row));
  if (after >= 0) go(after);
  else if (standing().unanswered) remind();
}

for (const [at, row] of rows.entries()) {
  row.addEventListener("change", () => {
    current = at;
    next();
  });
  row.addEventListener("focusin", () => {
    if (at !== current) go(at);
  });
}
for (const button of document.querySelectorAll("[data-row]")) {
  button.addEventListener("click", () => go(current + Number(button.dataset.row)));
}
if (rows.length) go(Math.max(0, rows.findIndex((row) => !answerOf(row))));
