// Pictures that were still on their way when the clerk went on: a later step sends them, and the
// submit waits for them.

import { Keep, purge } from "./keep.js";
import { show } from "./notices.js";
import { digest } from "./picture.js";
import { Away, page, patience, pause, Refused } from "./send.js";
import { upload } from "./upload.js";
import { only } from "./when.js";

const LOOK_SECONDS = 0.7;
const MOST_LOOKS = 20;
const line = document.querySelector("[data-carry]");

/** Fulfilled once nothing is on its way any more, and what arrived has been looked at. */
export const carried = line ? carry() : Promise.resolve();

async function carry() {
  const keep = new Keep(line.dataset.carry, line.dataset.keepKey);
  await purge();
  const waiting = (await keep.all()).filter(({ url }) => url);
  for (const [place, row] of waiting.entries()) {
    await send(keep, row, waiting.length - place);
  }
  if (waiting.length) await worked();
  line.hidden = true;
  // What the page says of missing pictures is no longer so; a form to hand in stays as it is.
  if (waiting.length && !document.querySelector("form[data-submit]")) location.reload();
}

/** A picture counts once a worker has seen it, a second or two later; it may also be the last. */
async function worked() {
  say("working", 0, 100);
  for (let tries = 0; tries < MOST_LOOKS; tries += 1) {
    await pause(LOOK_SECONDS);
    try {
      const { html } = await page(line.dataset.look);
      if (!html.includes('data-state="waiting"')) return;
    } catch (error) {
      if (!(error instanceof Away)) return show(error);
    }
  }
}

async function send(keep, { kind, source, camera, url, blob }, left) {
  const fields = { source, camera, photo: blob, sha256: await digest(blob) };
  for (let tries = 0; ; tries += 1) {
    say("uploading", left, 0);
    try {
      await upload(url, fields, (percent) => say("uploading", left, percent));
      return keep.drop(kind);
    } catch (error) {
      if (error instanceof Away) {
        say("away", left, 0);
        await patience(tries);
        continue;
      }
      // The picture waits in the browser for the next login.
      if (!(error instanceof Refused)) {
        show(error);
        return new Promise(() => {});
      }
      // Its step asks for another one.
      return keep.drop(kind);
    }
  }
}

function say(state, left, percent) {
  line.hidden = false;
  only(line, state, { left: String(left) });
  line.querySelector("progress").value = percent;
}
