// The check page: what the program on this PC says of its readers and what to do about them.
// Items: {name, state: ok | trouble | absent, text, todo}, shown by the page's own templates.

import { bridge } from "./bridge.js";
import { only } from "./when.js";

const place = document.querySelector("[data-doctor]");
const list = place.querySelector("[data-items]");
const about = place.querySelector("[data-program]");
// It asks every port and every vendor's service in turn.
const PATIENCE_SECONDS = 75;

let timer = 0;

const say = (state, texts) => only(place, state, texts);

function ask() {
  clearTimeout(timer);
  list.hidden = true;
  if (!bridge.send({ do: "doctor" })) {
    say(bridge.state === "stopped" ? "stopped" : "connecting");
    return bridge.check();
  }
  say("asking");
  timer = setTimeout(() => say("silent"), PATIENCE_SECONDS * 1000);
}

function fill(root, texts) {
  for (const [name, text] of Object.entries(texts)) {
    root.querySelector(`[data-${name}]`).textContent = text ?? "";
  }
}

function row({ name, state, text, todo }) {
  const shape = place.querySelector(`template[data-item="${state}"]`) ??
    place.querySelector('template[data-item="trouble"]');
  const copy = shape.content.cloneNode(true);
  fill(copy, { name, text, todo });
  return copy;
}

bridge.addEventListener("hello", ({ detail: { agent, kid, outlet } }) => {
  fill(about, { agent, kid, outlet });
  place.querySelector("[data-outdated]").hidden = !bridge.isOutdated;
  ask();
});

bridge.addEventListener("doctor", ({ detail: { items } }) => {
  clearTimeout(timer);
  list.replaceChildren(...items.map(row));
  list.hidden = about.hidden = false;
  about.querySelector("[data-asked-at]").textContent = new Date().toLocaleTimeString("zh-CN", {
    timeZone: "Asia/Shanghai",
    hour12: false,
  });
  const count = items.filter(({ state }) => state === "trouble").length;
  say(count ? "trouble" : "well", { count });
});

// A program from before this question does not understand it.
bridge.addEventListener("error", ({ detail: { code } }) => {
  if (code !== "bad_request") return;
  clearTimeout(timer);
  say("unable");
});

bridge.addEventListener("stopped", () => {
  clearTimeout(timer);
  list.hidden = about.hidden = true;
  place.querySelector("[data-outdated]").hidden = true;
  say("stopped");
});

document.querySelector("[data-ask]").addEventListener("click", ask);
