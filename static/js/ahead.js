// When the case is about to be decided, page and pictures of the next one are fetched, so that they
// are there when it opens (templates/registration/review/ahead.js holds them).

import { standing } from "./checklist.js";
import { post } from "./send.js";

const AGAIN = 60_000;
const form = document.querySelector("[data-ahead]");
const workers = navigator.serviceWorker;
let asked = -AGAIN;

async function prepare() {
  if (performance.now() - asked < AGAIN) return;
  asked = performance.now();
  const token = new URLSearchParams({ claim_no: form.elements.claim_no.value });
  try {
    const { paths } = await post(form.dataset.ahead, token, { quiet: true });
    const { active } = await workers.ready;
    if (paths.length) active?.postMessage({ paths });
  } catch {
    // Then the next page comes when it is asked for; what went wrong, the heartbeat tells.
  }
}

if (workers) {
  workers.register(form.dataset.worker).catch(() => {});
  form.addEventListener("change", () => {
    if (standing().unanswered <= 1) prepare();
  });
  for (const panel of form.querySelectorAll("[data-verdict]")) {
    panel.addEventListener("toggle", () => panel.open && prepare());
  }
}
