// One way to speak to the portal: the answer, or a named failure that the page can act on.

/** The portal said no, in words fit for the clerk. */
export class Refused extends Error {
  constructor(text, todo = "") {
    super(text);
    this.todo = todo;
  }
}
/** No answer: the network, the portal or what it needs is down. The request may have been carried
 * out. There are words where the portal could still say which part does not answer. */
export class Away extends Error {
  constructor(text = "", todo = "") {
    super(text);
    this.todo = todo;
  }
}
/** The login ended or the screen is locked; `door` is where the clerk comes in again. */
export class SignedOut extends Error {
  constructor(text = "", todo = "", door = "") {
    super(text);
    this.todo = todo;
    this.door = door;
  }
}
/** What was asked for is not here, or no longer. */
export class Gone extends Error {}
/** The portal sent us to another page. */
export class Moved extends Error {}

const notices = () => document.querySelector("[data-notices]")?.dataset ?? {};

/** A login in another tab changes the token; the cookie always has the current one. */
export function csrf() {
  return /(?:^|; )csrftoken=([^;]+)/.exec(document.cookie)?.[1] ?? document.body.dataset.csrf;
}

/** Judge an answer by its status, its final address and its body. */
export function failure(status, url, body) {
  const path = new URL(url, location.href).pathname;
  if (path === notices().login || path === notices().unlock) return new SignedOut("", "", url);
  if (status === 401) return said(body, SignedOut);
  if (status === 404) return new Gone(path);
  if (status >= 500 || status === 0) return said(body, Away);
  if (status >= 400) return said(body, Refused);
  return null;
}

function said(body, Kind) {
  try {
    const { error, todo, door } = JSON.parse(body);
    return new Kind(error, todo, door);
  } catch {
    return new Kind(Kind === Refused ? document.body.dataset.failedText : "");
  }
}

async function ask(url, options) {
  let response, body;
  try {
    response = await fetch(url, options);
    body = await response.text();
  } catch {
    throw new Away();
  }
  // fetch reports 304 only to who brought the tag.
  if (response.status === 304) return { response, body: "" };
  const failed = failure(response.status, response.url, body);
  if (failed) throw failed;
  return { response, body };
}

/** POST a FormData or, as JSON, a plain object; the JSON answer. `quiet`: nobody touched the page. */
export async function post(url, data, { quiet = false } = {}) {
  const isForm = data instanceof FormData || data instanceof URLSearchParams;
  const headers = { Accept: "application/json", "X-CSRFToken": csrf() };
  if (!isForm) headers["Content-Type"] = "application/json";
  if (quiet) headers["HX-Polling"] = "1";
  const { response, body } = await ask(url, {
    method: "POST",
    headers,
    body: isForm ? data : JSON.stringify(data),
  });
  if (response.redirected) throw new Moved(response.url);
  return JSON.parse(body);
}

/** GET a page or a part of one; null when `tag` still describes it. */
export async function page(url, { tag = "", quiet = true, accept = "text/html" } = {}) {
  const headers = { Accept: accept };
  if (quiet) headers["HX-Polling"] = "1";
  if (tag) headers["If-None-Match"] = tag;
  const { response, body } = await ask(url, { headers, cache: "no-store" });
  if (response.status === 304) return null;
  if (response.redirected) throw new Moved(response.url);
  return { html: body, tag: response.headers.get("ETag") ?? "" };
}

export const pause = (seconds) => new Promise((done) => setTimeout(done, seconds * 1000));

/** Wait before try number `tries`, or until the network is back. */
export const patience = (tries) =>
  Promise.race([
    pause(Math.min(2 ** tries, 10)),
    new Promise((done) => addEventListener("online", done, { once: true })),
  ]);
