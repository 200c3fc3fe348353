// The slots for pictures: shoot or pick, upload, and what a worker made of it. A picture is kept
// until the portal has it, whatever the network does.

import { Camera, isGranted, NoCamera } from "./camera.js";
import { Keep, purge } from "./keep.js";
import { clear, show } from "./notices.js";
import { swap } from "./parts.js";
import { digest, frame, shrunk } from "./picture.js";
import { Away, page, patience, pause, Refused, SignedOut } from "./send.js";
import { Shooting } from "./shooting.js";
import { upload } from "./upload.js";
import { only } from "./when.js";

const root = document.querySelector("[data-photos]");
const panel = root.querySelector("[data-camera]");
const words = root.querySelector("[data-words]").content;
const keep = new Keep(root.dataset.application, root.dataset.keepKey);
const choice = panel.querySelector("[data-camera-choice]");
const camera = new Camera(panel.querySelector("video"), choice, () => shooting.again());
const shooting = new Shooting(panel, camera, () => shoot());

const FAST_SECONDS = 0.7;
const SLOW_SECONDS = 5;
// What a worker reads on a picture is known some seconds after the picture is.
const STUDY_MILLISECONDS = 6000;
// Kinds whose slot is ours for now: kind -> number of the upload on its way, 0 once it was refused.
const local = new Map();
let target = "";
let tag = "";

const slot = (kind) => root.querySelector(`[data-kind="${kind}"]`);
const slots = () => [...root.querySelectorAll("[data-kind]")];
const isDue = (each) =>
  ["due", "bad", "redo"].includes(each.dataset.state) && !local.get(each.dataset.kind);

// ---------------------------------------------------------------- a slot's own words

/** Say `word` (uploading, away, signed-out, bad) at the slot until the portal's own words come. */
function mark(kind, word, text = "", percent = null) {
  const place = slot(kind);
  place.classList.remove("is-good", "is-bad", "is-wanted", "is-loading");
  place.classList.add(word === "bad" ? "is-bad" : "is-loading");
  const said = words.querySelector(`[data-word="${word}"]`).cloneNode(true);
  const blank = said.querySelector("[data-text]");
  if (blank) blank.textContent = text;
  place.querySelector("[data-line]").replaceChildren(...said.childNodes);
  const bar = place.querySelector("progress");
  bar.hidden = percent === null;
  bar.value = percent ?? 0;
}

// ---------------------------------------------------------------- uploading

let count = 0;
// Kinds whose picture only this page holds: the browser would not keep it.
const unkept = new Set();

async function take(kind, blob, source, device = "") {
  const number = (count += 1);
  local.set(kind, number);
  const how = { source, camera: device };
  if (!(await keep.put(kind, blob, { ...how, url: slot(kind).dataset.url }))) unkept.add(kind);
  await deliver(kind, { ...how, photo: blob, sha256: await digest(blob) }, number);
}

async function deliver(kind, fields, number) {
  const isCurrent = () => local.get(kind) === number;
  for (let tries = 0; isCurrent(); tries += 1) {
    mark(kind, "uploading", "0 %", 0);
    try {
      await upload(slot(kind).dataset.url, fields, (percent) => {
        if (isCurrent()) mark(kind, "uploading", `${percent} %`, percent);
      });
      if (!isCurrent()) return;
      clear();
      unkept.delete(kind);
      await keep.drop(kind);
      return refresh(() => isCurrent() && local.delete(kind));
    } catch (error) {
      if (!isCurrent()) return;
      if (error instanceof Away) {
        // Where the portal itself said what is wrong, the network is well.
        mark(kind, error.message ? "held" : "away");
        if (error.message) show(error);
        await patience(tries);
      } else if (error instanceof Refused) {
        local.set(kind, 0);
        unkept.delete(kind);
        await keep.drop(kind);
        return mark(kind, "bad", `${error.message}${error.todo}`);
      } else {
        // The picture waits in the browser for the next login.
        mark(kind, error instanceof SignedOut ? "signed-out" : "away");
        return show(error);
      }
    }
  }
}

// ---------------------------------------------------------------- what the worker made of it

let refreshing = Promise.resolve();
let changedAt = 0;

/** Look again, one look after the other: an answer that was slow must not undo a later one.
 * `arrived` is called just before the slots are exchanged. */
function refresh(arrived = null) {
  refreshing = refreshing.then(() => look(arrived));
  return refreshing;
}

async function look(arrived) {
  for (let tries = 0; ; tries += 1) {
    try {
      // What arrived may have been held back from the last look.
      const fresh = await page(root.dataset.photos, { tag: arrived ? "" : tag });
      if (!fresh) return;
      arrived?.();
      tag = fresh.tag;
      changedAt = performance.now();
      const typing = document.querySelector("[data-typing]");
      swap(fresh.html, holdBack);
      // What was read asks for the rest: the cursor goes there.
      const asks = document.querySelector("[data-typing]");
      if (asks !== typing) asks?.querySelector("[autofocus]")?.focus();
      return pointAt(target);
    } catch (error) {
      if (!(error instanceof Away)) return show(error);
      if (!arrived) return;
      await patience(tries);
    }
  }
}

function holdBack(old, fresh) {
  if (Number(fresh.dataset.link) < Number(old.dataset.link)) {
    // Asked for before the code that now stands there was made; the code is shown only once.
    tag = "";
    return true;
  }
  const isSame = "version" in old.dataset && old.dataset.version === fresh.dataset.version;
  if (!("kind" in old.dataset)) return isSame;
  if (!local.has(old.dataset.kind)) return isSame;
  tag = "";
  return true;
}

/** Whether a phone takes the pictures, or is about to. */
const hasPhone = () => Boolean(root.querySelector("[data-phone]:not([data-phone=''])"));

async function watch() {
  const isBusy = () =>
    hasPhone() ||
    performance.now() - changedAt < STUDY_MILLISECONDS ||
    slots().some((each) => each.dataset.state === "waiting");
  for (;;) {
    // In short steps: what makes it urgent may come in the middle of a long wait.
    for (let waited = 0; waited < (isBusy() ? FAST_SECONDS : SLOW_SECONDS); waited += FAST_SECONDS) {
      await pause(FAST_SECONDS);
    }
    if (!document.hidden) await refresh();
  }
}

// ---------------------------------------------------------------- the camera

async function open(kind) {
  target = kind;
  panel.hidden = false;
  panel.querySelector("[data-camera-name]").textContent =
    slot(kind).querySelector("[data-name]").textContent;
  const outline = document.querySelector(`[data-outline="${kind}"]`);
  panel.querySelector("[data-camera-outline]").replaceChildren(outline.content.cloneNode(true));
  pointAt(kind);
  const button = panel.querySelector("[data-shoot]");
  button.disabled = true;
  try {
    await camera.open(kind.endsWith("live") ? "person" : "paper");
    only(panel, "open");
    shooting.start(kind, slot(kind).querySelector("img")?.src ?? "");
  } catch (error) {
    if (!(error instanceof NoCamera)) throw error;
    only(panel, error.message);
    shooting.stop();
  }
  button.disabled = !camera.isOpen;
}

function close() {
  target = "";
  panel.hidden = true;
  shooting.stop();
  camera.stop();
  pointAt("");
}

function pointAt(kind) {
  for (const each of slots()) {
    if (each.dataset.kind === kind) each.setAttribute("aria-current", "true");
    else each.removeAttribute("aria-current");
  }
}

/** The next picture that is wanted; the camera closes when there is none. */
function goOn() {
  const next = slots().find(isDue);
  if (next) return open(next.dataset.kind);
  close();
  document.querySelector("[data-part=actions] .btn")?.focus();
}

async function shoot() {
  const button = panel.querySelector("[data-shoot]");
  if (!camera.isOpen || !target || button.disabled) return;
  // A second press while the frame is being packed would shoot the same slot again.
  button.disabled = true;
  const kind = target;
  shooting.taken();
  take(kind, await frame(camera.video, camera.turn), "camera", camera.name);
  goOn();
}

panel.querySelector("[data-shoot]").addEventListener("click", shoot);
panel.querySelector("[data-close]").addEventListener("click", close);

root.addEventListener("click", ({ target: pressed }) => {
  const place = pressed.closest("[data-kind]");
  if (!place) return;
  if (pressed.closest("[data-open]")) {
    open(place.dataset.kind).then(() => {
      panel.scrollIntoView({ block: "nearest" });
      panel.querySelector("[data-shoot]").focus();
    });
  } else if (pressed.closest("[data-pick]")) {
    place.querySelector("input[type=file]").click();
  }
});

root.addEventListener("change", async ({ target: input }) => {
  const kind = input.closest("[data-kind]")?.dataset.kind;
  const file = input.type === "file" && input.files[0];
  if (!kind || !file) return;
  input.value = "";
  take(kind, await shrunk(file), "file");
  if (kind === target) goOn();
});

addEventListener("pagehide", () => camera.stop());
// What the browser keeps, the next step sends; what it does not keep would be lost.
addEventListener("beforeunload", (event) => {
  if (unkept.size) event.preventDefault();
});

// ---------------------------------------------------------------- begin

await purge();
for (const { kind, blob, source, camera: device } of await keep.all()) {
  if (slot(kind)) take(kind, blob, source, device);
}
watch();
if (!hasPhone() && (await isGranted()) && slots().some(isDue)) goOn();
