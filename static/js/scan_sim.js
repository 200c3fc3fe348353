// The SIM card before the camera: frames go to the portal until it has read the number on one.
// None is kept. What was read goes into the scanner's field as if it had been scanned.

import { Camera, NoCamera } from "./camera.js";
import { frame } from "./picture.js";
import { pause, post, Refused } from "./send.js";
import { only } from "./when.js";

// About as long as a clerk holds a card still; then the words say what to do.
const TRIES = 15;
const PATIENCE = 4;
const BETWEEN_SECONDS = 0.4;

const finder = document.querySelector("[data-scan-sim]");
const panel = finder.querySelector("[data-finder]");
const complaint = finder.querySelector("[data-scan-error]");
const camera = new Camera(panel.querySelector("video"), panel.querySelector("[data-camera-choice]"));
const form = () => finder.closest("[data-part], .panel").querySelector("form");

// Each opening has its number: a look that belongs to an earlier one ends.
let opening = 0;

async function open() {
  const mine = (opening += 1);
  complaint.textContent = "";
  panel.hidden = false;
  try {
    await camera.open("paper");
    only(panel, "open");
    panel.scrollIntoView({ block: "nearest" });
  } catch (error) {
    if (!(error instanceof NoCamera)) throw error;
    return only(panel, error.message);
  }
  await look(() => mine === opening);
}

async function look(isCurrent) {
  for (let tries = 0; tries < TRIES && isCurrent(); tries += 1) {
    try {
      const data = new FormData();
      data.append("photo", await frame(camera.video), "frame.jpg");
      const { iccid } = await post(finder.dataset.scanSim, data);
      return isCurrent() && found(iccid);
    } catch (error) {
      const isOver = !(error instanceof Refused);
      // The first frames show a hand on its way.
      if (tries >= PATIENCE || isOver) complaint.textContent = `${error.message}${error.todo ?? ""}`;
      if (isOver) break;
    }
    await pause(BETWEEN_SECONDS);
  }
  if (isCurrent()) close();
}

function found(iccid) {
  close();
  complaint.textContent = "";
  const field = form().querySelector("input[name=iccid]");
  field.value = iccid;
  form().requestSubmit();
}

function close() {
  opening += 1;
  panel.hidden = true;
  camera.stop();
}

finder.addEventListener("click", ({ target }) => {
  if (target.closest("[data-scan-open]")) open();
  if (target.closest("[data-scan-close]")) close();
});
addEventListener("pagehide", close);
