// Back to the home page for the next customer: nothing of this one stays on the screen.

import { purge } from "./keep.js";

const link = document.querySelector("[data-leave]");
const note = document.querySelector("[data-leaving]");
const until = Date.now() + Number(link.dataset.leave) * 1000;

const timer = setInterval(() => {
  const left = Math.max(0, Math.ceil((until - Date.now()) / 1000));
  note.querySelector("[data-seconds]").textContent = String(left);
  if (!left) location.replace(link.href);
}, 250);

note.querySelector("[data-stay]").addEventListener("click", () => {
  clearInterval(timer);
  note.hidden = true;
});

purge();
