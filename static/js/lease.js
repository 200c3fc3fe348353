// Keeps the case while its page is open, counts the time that is left, and says at once when the
// case is in other hands: then nothing of it can be sent, or seen, any more.

import { clear, show } from "./notices.js";
import { Rhythm } from "./rhythm.js";
import { Away, Gone, Refused, page, post } from "./send.js";

const BEAT = 30;
// Whether it is still ours is asked more often than it is prolonged: that costs one read. The
// answer to a sign of life tells the same.
const LOOK = 5;
const WARN = 60;
const lease = document.querySelector("[data-lease]");
const place = lease.querySelector("[data-countdown]");
const banner = document.querySelector("[data-lost]");
let until = Date.now() + Number(lease.dataset.lease) * 1000;
let isLost = false;
let isBeating = true;
let beaten = Date.now();
let tag = "";
const rhythm = new Rhythm(LOOK);

function lose(text, todo) {
  if (isLost) return;
  isLost = true;
  clearInterval(ticking);
  lease.hidden = true;
  for (const work of document.querySelectorAll("[data-work], .panes-desk")) work.remove();
  if (text) banner.querySelector("[data-lost-text]").textContent = text;
  if (todo) banner.querySelector("[data-lost-todo]").textContent = todo;
  banner.hidden = false;
  banner.focus();
}

function tick() {
  const left = Math.max(0, Math.ceil((until - Date.now()) / 1000));
  const minutes = String(Math.floor(left / 60)).padStart(2, "0");
  place.textContent = `${minutes}:${String(left % 60).padStart(2, "0")}`;
  lease.classList.toggle("state-review", left <= WARN);
  lease.classList.toggle("state-note", left > WARN);
  if (!left) lose();
}

async function beat() {
  if (isLost) return;
  beaten = Date.now();
  const token = new URLSearchParams({ claim_no: lease.dataset.token });
  try {
    const { left } = await post(lease.dataset.heartbeat, token, { quiet: true });
    until = Date.now() + left * 1000;
    rhythm.changed();
    clear();
  } catch (error) {
    if (error instanceof Refused) lose(error.message, error.todo);
    else if (error instanceof Gone) lose();
    else show(error);
    // Signed out or locked: the page says so, and the case comes free with its lease.
    if (error instanceof Away) rhythm.failed();
    else isBeating = false;
  }
}

async function still() {
  try {
    tag = (await page(lease.dataset.still, { tag, accept: "application/json" }))?.tag ?? tag;
    rhythm.changed();
  } catch (error) {
    if (error instanceof Refused) lose(error.message, error.todo);
    else if (error instanceof Gone) lose();
    else rhythm.failed(); // what it is the heartbeat tells
  }
}

async function watch() {
  while (!isLost) {
    await rhythm.tick();
    if (isLost) return;
    // A page that nobody sees keeps its case, too.
    if (isBeating && Date.now() - beaten >= BEAT * 1000) await beat();
    else if (!document.hidden) await still();
  }
}

const ticking = setInterval(tick, 1000);
tick();
watch();
document.addEventListener("visibilitychange", () => {
  if (!document.hidden) beat();
});
