// Minutes and seconds in each <span data-count-down="300">, also in parts that come later. By the
// clock and not by ticks: a page in the background sleeps.

const ends = new WeakMap();

function tick() {
  for (const place of document.querySelectorAll("[data-count-down]")) {
    if (!ends.has(place)) ends.set(place, Date.now() + Number(place.dataset.countDown) * 1000);
    const left = Math.max(0, Math.ceil((ends.get(place) - Date.now()) / 1000));
    const text = `${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")}`;
    if (place.textContent !== text) place.textContent = text;
  }
}

setInterval(tick, 250);
tick();
