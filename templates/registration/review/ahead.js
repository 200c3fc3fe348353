// A service worker: holds the next case's page and pictures in memory for who is about to open it.
// Nothing is written to a disk, each is given out once, and what is not asked for is let go.

const KEEP = 90_000;
const held = new Map();

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

async function fetchOne(path) {
  // Nobody touched the page: a deserted desk is locked all the same.
  const answer = await fetch(path, { headers: { "HX-Polling": "1" } });
  if (!answer.ok || answer.redirected) return;
  held.set(path, { answer: new Response(await answer.blob(), answer), until: Date.now() + KEEP });
}

async function fetchAll(paths) {
  held.clear();
  // One after the other, in the order of the check-list: the server has others to serve.
  for (const path of paths) await fetchOne(path);
  await new Promise((done) => setTimeout(done, KEEP));
  for (const [path, { until }] of held) if (until <= Date.now()) held.delete(path);
}

self.addEventListener("message", (event) => event.waitUntil(fetchAll(event.data.paths)));

self.addEventListener("fetch", (event) => {
  const { pathname, search } = new URL(event.request.url);
  const found = held.get(pathname + search);
  if (!found) return;
  held.delete(pathname + search);
  if (found.until > Date.now()) event.respondWith(found.answer);
});
