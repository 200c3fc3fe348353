// The slots for pictures: shoot or pick, upload, and what a worker made of it. A picture is kept
// until the portal has it, whatever the network does.

import { Camera, isGranted, NoCamera } from "./camera.js";
import { Keep, purge } from "./keep.js";
import { clear, show } from "./notices.js";
import { swap } from "./parts.js";
import { frame, shrunk } from "./picture.js";
import { Away, page, patience, pause, Refused, SignedOut } from "./send.js";
import { upload } from "./upload.js";
import { only } from "./when.js";

const root = document.querySelector("[data-photos]");
const panel = root.querySelector("[data-camera]");
const words = Object.fromEntries(
  [...root.querySelector("[data-words]").content.querySelectorAll("[data-word]")].map((word) => [
    word.dataset.word,
    word.textContent,
  ]),
);
const keep = new Keep(root.dataset.application, root.dataset.keepKey);
const camera = new Camera(panel.querySelector("video"), panel.querySelector("[data-camera-choice]"));

const FAST_SECONDS = 0.7;
const SLOW_SECONDS = 5;
// Kinds that are on their way or that the portal would not take: [kind -> upload number].
const local = new Map();
let target = "";
let tag = "";

const slot = (kind) => root.querySelector(`[data-kind="${kind}"]`);
const slots = () => [...root.querySelectorAll("[data-kind]")];
const isDue = (each) =>
  ["due", "bad", "redo"].includes(each.dataset.state) && !local.has(each.dataset.kind);

// ---------------------------------------------------------------- a slot's own words

function mark(kind, state, text, percent = null) {
  const place = slot(kind);
  place.classList.remove("is-good", "is-bad", "is-wanted", "is-loading");
  place.classList.add(state === "bad" ? "is-bad" : "is-loading");
  place.querySelector("[data-text]").textContent = text;
  const bar = place.querySelector("progress");
  bar.hidden = percent === null;
  bar.value = percent ?? 0;
}

// ---------------------------------------------------------------- uploading

let count = 0;

async function take(kind, blob, source) {
  const number = (count += 1);
  local.set(kind, number);
  await keep.put(kind, blob, source);
  await deliver(kind, blob, source, number);
}

async function deliver(kind, blob, source, number) {
  const isCurrent = () => local.get(kind) === number;
  for (let tries = 0; isCurrent(); tries += 1) {
    mark(kind, "loading", `${words.uploading} 0%`, 0);
    try {
      await upload(slot(kind).dataset.url, { source, photo: blob }, (percent) => {
        if (isCurrent()) mark(kind, "loading", `${words.uploading} ${percent}%`, percent);
      });
      if (!isCurrent()) return;
      clear();
      await finish(kind);
      return refresh();
    } catch (error) {
      if (!isCurrent()) return;
      if (error instanceof Away) {
        mark(kind, "loading", words.away);
        await patience(tries);
      } else if (error instanceof Refused) {
        await keep.drop(kind);
        return mark(kind, "bad", `${words.bad}${error.message}${error.todo}`);
      } else {
        // The picture waits in the browser for the next login.
        mark(kind, "loading", error instanceof SignedOut ? words["signed-out"] : words.away);
        return show(error);
      }
    }
  }
}

async function finish(kind) {
  local.delete(kind);
  await keep.drop(kind);
}

// ---------------------------------------------------------------- what the worker made of it

const holdBack = (old, fresh) =>
  "kind" in old.dataset &&
  (local.has(old.dataset.kind) || old.dataset.version === fresh.dataset.version);

async function refresh() {
  try {
    const fresh = await page(root.dataset.photos, { tag });
    if (!fresh) return;
    tag = fresh.tag;
    swap(fresh.html, holdBack);
    pointAt(target);
  } catch (error) {
    if (!(error instanceof Away)) show(error);
  }
}

async function watch() {
  for (;;) {
    const working = slots().some((each) => each.dataset.state === "waiting");
    await pause(working ? FAST_SECONDS : SLOW_SECONDS);
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
  try {
    await camera.open(kind.endsWith("live") ? "person" : "paper");
    only(panel, "open");
  } catch (error) {
    if (!(error instanceof NoCamera)) throw error;
    only(panel, error.message);
  }
  panel.querySelector("[data-shoot]").disabled = !camera.isOpen;
}

function close() {
  target = "";
  panel.hidden = true;
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
  if (!camera.isOpen || !target) return;
  const kind = target;
  const blob = await frame(camera.video);
  take(kind, blob, "camera");
  goOn();
}

panel.querySelector("[data-shoot]").addEventListener("click", shoot);
panel.querySelector("[data-close]").addEventListener("click", close);

root.addEventListener("click", ({ target: pressed }) => {
  const place = pressed.closest("[data-kind]");
  if (!place) return;
  if (pressed.closest("[data-open]")) {
    open(place.dataset.kind).then(() => panel.scrollIntoView({ block: "nearest" }));
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
});

addEventListener("pagehide", () => camera.stop());

// ---------------------------------------------------------------- begin

await purge();
for (const { kind, blob, source } of await keep.all()) {
  if (slot(kind)) take(kind, blob, source);
}
watch();
if ((await isGranted()) && slots().some(isDue)) goOn();
