// A service worker: holds the pictures of the next case in memory for the page that is about to show
// them. Nothing is written to a disk, each is given out once, and what is not asked for is let go.

const KEEP = 90_000;
const held = new Map();

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

async function fetchAll(paths) {
  held.clear();
  // One after the other, in the order of the check-list: the server has others to serve.
  for (const path of paths) {
    const answer = await fetch(path);
    if (answer.ok) held.set(path, { blob: await answer.blob(), until: Date.now() + KEEP });
  }
  await new Promise((done) => setTimeout(done, KEEP));
  for (const [path, { until }] of held) if (until <= Date.now()) held.delete(path);
}

self.addEventListener("message", (event) => event.waitUntil(fetchAll(event.data.pictures)));

self.addEventListener("fetch", (event) => {
  const path = new URL(event.request.url).pathname;
  const found = held.get(path);
  if (!found) return;
  held.delete(path);
  if (found.until <= Date.now()) return;
  const headers = { "Content-Type": "image/jpeg", "Cache-Control": "private, no-store" };
  event.respondWith(new Response(found.blob, { headers }));
});
