// Reading a card: ask the portal for a challenge, hand it to the bridge, post the signed read back.
// A card that lies on the reader is read without a click; R reads again.

import { bridge } from "./bridge.js";
import { show as showNotice } from "./notices.js";
import { Away, patience, post, Refused } from "./send.js";
import { only } from "./when.js";

const stage = document.querySelector("[data-reader]");
const { challenge: challengeUrl, take: takeUrl } = stage.dataset;

// Asked again by itself: the card only has to lie there properly.
const AGAIN = new Set(["card_lifted", "checksum", "timeout"]);
const AGAIN_SECONDS = 1;
const BUSY_SECONDS = 2;
// A sentence about what went wrong stays until the clerk has had time to read it.
const SENTENCE_SECONDS = 4;
const UNFELT_SECONDS = 8;

let wanted = "waits" in stage.dataset;
let asking = false;
let waitedBefore = 0;
let waited = 0;

const say = (state, texts) => only(stage, state, texts);

async function ask({ quiet = true } = {}) {
  if (!wanted || asking || document.hidden || bridge.state !== "ready") return;
  asking = true;
  for (let tries = 0; ; tries += 1) {
    try {
      const { challenge } = await post(challengeUrl, {}, { quiet });
      if (!bridge.send({ do: "read", challenge })) asking = false;
      return;
    } catch (error) {
      if (!(error instanceof Away)) return giveUp(error);
      say("unasked");
      await patience(tries);
    }
  }
}

/** Post the signed read until the portal answers: a lost reply must not cost another read. */
async function deliver(read) {
  say("sending");
  for (let tries = 0; ; tries += 1) {
    try {
      const answer = await post(takeUrl, read);
      return location.replace(answer.next);
    } catch (error) {
      if (error instanceof Away) {
        if (error.message) say("decoder", { what: error.message, text: error.todo });
        else say("unsent");
        await patience(tries);
        continue;
      }
      // Refused at a repeat: the first try may have arrived. The page knows which.
      if (error instanceof Refused && tries > 0) return location.reload();
      return giveUp(error);
    }
  }
}

function giveUp(error) {
  wanted = asking = false;
  if (error instanceof Refused) say("failed", { what: error.message, text: error.todo });
  else showNotice(error);
}

function restart(seconds) {
  asking = false;
  waitedBefore += waited;
  waited = 0;
  setTimeout(ask, seconds * 1000);
}

/** What the bridge says of the reader decides what the page waits for. */
function look() {
  if (bridge.state === "connecting") return;
  if (bridge.state !== "ready") {
    asking = false;
    const { what, text } = bridge.health ?? {};
    return say(bridge.state, { what, text });
  }
  if (asking || !wanted) return;
  say("waiting", { sam: bridge.health.sam_id, seconds: waitedBefore });
  ask();
}

for (const event of ["stopped", "reader"]) bridge.addEventListener(event, look);

let sentenceUntil = 0;

bridge.addEventListener("waiting", ({ detail }) => {
  waited = detail.seconds;
  if (Date.now() < sentenceUntil) return;
  const seconds = waitedBefore + waited;
  // A reader does not feel a card that it has read until it was lifted.
  const state = seconds < UNFELT_SECONDS ? "waiting" : "unfelt";
  say(state, { sam: bridge.health?.sam_id ?? "", seconds });
});

bridge.addEventListener("card", () => say("reading"));

// Whatever the program signed goes on as it is: an older one sends other parts.
bridge.addEventListener("read", ({ detail: { event, ...read } }) => {
  asking = wanted = false;
  deliver(read);
});

bridge.addEventListener("cancelled", () => restart(0));

bridge.addEventListener("error", ({ detail: { code, what, text } }) => {
  if (code === "busy") {
    say("busy");
    return restart(BUSY_SECONDS);
  }
  if (code === "reader_absent") {
    say("absent", { what, text });
    return restart(BUSY_SECONDS);
  }
  if (AGAIN.has(code)) {
    if (code !== "timeout") {
      say("trouble", { what, text });
      sentenceUntil = Date.now() + SENTENCE_SECONDS * 1000;
    }
    return restart(AGAIN_SECONDS);
  }
  // Another card, a program that is not enrolled: reading on would say the same again.
  wanted = asking = false;
  say("failed", { what, text });
});

for (const button of document.querySelectorAll("[data-again]")) {
  button.addEventListener("click", () => {
    wanted = true;
    waited = waitedBefore = 0;
    stage.hidden = false;
    if (bridge.state === "ready") say("waiting", { sam: bridge.health.sam_id, seconds: 0 });
    else bridge.check();
    ask({ quiet: false });
  });
}

// A page in the background leaves the reader to the page in front.
document.addEventListener("visibilitychange", () => {
  if (document.hidden && asking) bridge.send({ do: "cancel" });
  else ask();
});

// The program may have spoken before this module listened.
look();
