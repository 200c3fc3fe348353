// The customer's signature: strokes on a canvas, saved a moment after the pen was lifted.

import { answers, onAnswer } from "./consent.js";
import { clear, show } from "./notices.js";
import { renew } from "./parts.js";
import { Away, patience, post } from "./send.js";
import { only } from "./when.js";

const root = document.querySelector("[data-signature]");
const canvas = root.querySelector("canvas");
const pen = canvas.getContext("2d");

const SETTLE_MS = 900;
// A slip of the finger is no signature: strokes must be this long in all, in widths of the pad.
const SHORTEST = 0.15;
const WIDTH = 1200;
const INK = "#14181d";

// Points between 0 and 1, so that a turned tablet keeps what was written.
let strokes = [];
let timer = 0;
let version = 0;
let saving = Promise.resolve();

// With somebody who stands by, what the customer cannot do is no hindrance: any mark counts, and
// none is needed.
const isOptional = "optional" in root.dataset;

const isSaved = () => !root.querySelector('[data-when="saved"]').hidden;

const submit = () => document.querySelector("[data-submit] button");
const length = () =>
  strokes
    .flatMap((stroke) => stroke.slice(1).map((p, i) => Math.hypot(p.x - stroke[i].x, p.y - stroke[i].y)))
    .reduce((sum, each) => sum + each, 0);

function draw(to, width, height) {
  to.lineWidth = Math.max(2, width / 300);
  to.lineCap = to.lineJoin = "round";
  to.strokeStyle = INK;
  for (const stroke of strokes) {
    to.beginPath();
    for (const { x, y } of stroke) to.lineTo(x * width, y * height);
    to.stroke();
  }
}

function redraw() {
  const ratio = window.devicePixelRatio || 1;
  const { width, height } = canvas.getBoundingClientRect();
  canvas.width = width * ratio;
  canvas.height = height * ratio;
  draw(pen, canvas.width, canvas.height);
}

function point(event) {
  const { left, top, width, height } = canvas.getBoundingClientRect();
  return { x: (event.clientX - left) / width, y: (event.clientY - top) / height };
}

/** What was signed before the page was loaded makes room for what is written now. */
const forget = () => root.querySelector("[data-given]")?.remove();

canvas.addEventListener("pointerdown", (event) => {
  forget();
  canvas.setPointerCapture(event.pointerId);
  clearTimeout(timer);
  strokes.push([point(event), point(event)]);
  redraw();
});

canvas.addEventListener("pointermove", (event) => {
  if (!canvas.hasPointerCapture(event.pointerId)) return;
  const passed = event.getCoalescedEvents?.() ?? [];
  for (const each of passed.length ? passed : [event]) strokes.at(-1).push(point(each));
  redraw();
});

for (const end of ["pointerup", "pointercancel"]) {
  canvas.addEventListener(end, () => {
    clearTimeout(timer);
    if (isOptional || length() >= SHORTEST) settle();
  });
}

/** Save what is written once the pen has rested. */
function settle() {
  version += 1;
  submit().disabled = true;
  timer = setTimeout(() => {
    saving = saving.then(() => save(version));
  }, SETTLE_MS);
}

function wipe() {
  clearTimeout(timer);
  forget();
  strokes = [];
  version += 1;
  redraw();
  // A signature that was saved still counts on the server: it is given again before the submit.
  submit().disabled = isSaved() || !isOptional;
  only(root, "empty");
}

root.querySelector("[data-clear]").addEventListener("click", wipe);

// A signature stands under the answers that it was given for. One that waited for an answer is
// saved with it; one that is saved already is given again.
onAnswer(() => {
  canvas.scrollIntoView({ block: "nearest" });
  if (isSaved()) return wipe();
  clearTimeout(timer);
  if (length() >= SHORTEST) settle();
});

function png() {
  const sheet = document.createElement("canvas");
  sheet.width = WIDTH;
  sheet.height = Math.round((WIDTH * canvas.height) / canvas.width);
  const ink = sheet.getContext("2d");
  ink.fillStyle = "#fff";
  ink.fillRect(0, 0, sheet.width, sheet.height);
  draw(ink, sheet.width, sheet.height);
  return new Promise((resolve) => sheet.toBlob(resolve, "image/png"));
}

async function save(of) {
  if (of !== version) return;
  const data = answers();
  if (!data) return only(root, "empty"); // the page says what is asked; the strokes stay
  only(root, "saving");
  data.append("signature", await png(), "signature.png");
  for (let tries = 0; of === version; tries += 1) {
    try {
      const { saved } = await post(root.dataset.signature, data);
      if (of !== version) return;
      clear();
      // The page's key for the submit stays: it must be the same for every try.
      await renew((old) => old.dataset.part === "actions");
      submit().disabled = document.querySelector("[data-blocked]") !== null;
      // Said last: whoever reads it presses Enter at once.
      return only(root, "saved", { "signed-at": saved });
    } catch (error) {
      show(error);
      if (!(error instanceof Away)) return only(root, "empty");
      await patience(tries);
    }
  }
}

addEventListener("resize", redraw);
redraw();
