// What the machine read: each row of the data is marked on its picture, a click on it or Space
// brings the place to the front, and what it says is written below.

import { frames, look, shown } from "./viewer.js";

const stage = document.querySelector("[data-stage]");
const told = document.querySelector("[data-told]");
const rows = [...document.querySelectorAll("[data-point]")];
const differing = rows
  .filter((row) => row.dataset.number)
  .sort((one, other) => one.dataset.number - other.dataset.number);
const boxOf = (row) => row.dataset.box.split(" ").map(Number);
// The differences that Space has still to show, and the pictures to go back to after them.
let tour = null;

function mark(row) {
  const frame = frames.get(row.dataset.picture);
  if (!row.dataset.box || !frame?.image) return;
  const node = document.createElement("span");
  node.hidden = true;
  node.className = "desk-mark";
  node.dataset.mark = row.dataset.point;
  if (row.dataset.number) node.dataset.number = row.dataset.number;
  frame.view.querySelector(".desk-marks").append(node);
  frame.marks.push({ node, box: boxOf(row) });
}

/** Bring the place of a row to the front, and say what is there. */
function point(row) {
  look([row.dataset.picture]);
  told.replaceChildren(...[...row.childNodes].map((node) => node.cloneNode(true)));
  told.className = `desk-told ${row.className}`;
  for (const node of document.querySelectorAll("[data-mark]")) {
    node.classList.toggle("is-now", node.dataset.mark === row.dataset.point);
  }
  const frame = frames.get(row.dataset.picture);
  const close = () => row.dataset.box && closeUp(frame, boxOf(row));
  if (frame.image?.complete) close();
  else frame.image?.addEventListener("load", close, { once: true });
  stage.scrollIntoView({ block: "nearest" });
}

function closeUp(frame, box) {
  frame.zoomOn(box);
  // What is written over the picture does not lie on what it is about.
  const { top, height } = frame.place(box);
  told.classList.toggle("is-above", top + height > frame.view.clientHeight - told.offsetHeight - 16);
}

function next() {
  const { rest, before } = tour ?? begin();
  const row = rest.shift();
  if (!row) return look(before);
  point(row);
  tour = { rest, before };
}

/** All differences, those before the eyes first. */
function begin() {
  const before = shown().map(({ figure }) => figure.dataset.picture);
  const isHere = (row) => before.includes(row.dataset.picture);
  const first = Math.max(0, differing.findIndex(isHere));
  return { rest: [...differing.slice(first), ...differing.slice(0, first)], before };
}

document.addEventListener("desk:looked", () => {
  tour = null;
  told.replaceChildren();
  told.className = "desk-told";
  for (const node of document.querySelectorAll(".desk-mark.is-now")) node.classList.remove("is-now");
});
document.querySelector("[data-next]")?.addEventListener("click", next);
document.querySelector(".desk-data").addEventListener("click", ({ target, detail }) => {
  const row = target.closest("[data-point]") ?? target.closest("td")?.querySelector("[data-point]");
  // Who selects a number to copy it wants no picture.
  if (!row || !getSelection().isCollapsed) return;
  point(row);
  // After the mouse the keys, Space among them, belong to the page.
  if (detail) row.blur();
});
for (const row of rows) mark(row);
for (const frame of shown()) frame.draw();
// The page begins where something is wrong.
if (differing.length) look([differing[0].dataset.picture]);
