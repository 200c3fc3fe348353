// How the reader is, in the top bar and on the counter's home: [data-reader-state] with one
// [data-when] for each state, and perhaps a [data-check] button.

import { bridge } from "./bridge.js";
import { only } from "./when.js";

const places = document.querySelectorAll("[data-reader-state]");

function show() {
  for (const place of places) {
    only(place, bridge.state, {
      what: bridge.health?.what ?? "",
      text: bridge.health?.text ?? "",
      sam: bridge.health?.sam_id ?? "",
    });
  }
}

function checked() {
  const clock = new Date().toLocaleTimeString("zh-CN", {
    timeZone: "Asia/Shanghai",
    hour12: false,
  });
  for (const place of document.querySelectorAll("[data-checked]")) {
    place.hidden = false;
    place.querySelector("[data-checked-at]").textContent = clock;
  }
}

for (const button of document.querySelectorAll("[data-check]")) {
  let asked = false;
  button.addEventListener("click", () => {
    asked = true;
    bridge.check();
  });
  for (const event of ["reader", "stopped"]) {
    bridge.addEventListener(event, () => {
      if (asked) checked();
      asked = false;
    });
  }
}

for (const event of ["hello", "reader", "stopped"]) bridge.addEventListener(event, show);
show();
