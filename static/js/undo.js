// The strip that takes a decision back goes when its seconds are over.

function count(strip) {
  const until = Date.now() + Number(strip.dataset.undo) * 1000;
  const timer = setInterval(() => {
    const left = Math.ceil((until - Date.now()) / 1000);
    strip.querySelector("[data-seconds]").textContent = String(Math.max(0, left));
    if (left > 0) return;
    clearInterval(timer);
    strip.remove();
  }, 200);
}

const here = document.querySelector("[data-undo]");
if (here) count(here);
// A page that was made ready ahead fetches it.
document.body.addEventListener("htmx:afterSettle", ({ target }) => {
  if (target.matches("[data-undo]")) count(target);
});
