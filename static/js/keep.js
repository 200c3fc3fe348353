// Pictures that could not be sent yet survive a reload: in IndexedDB, encrypted with a key that
// only this clerk's page of this application has, and only for half an hour.

const NAME = "shiming-pictures";
const STORE = "waiting";
const LIFE_MS = 30 * 60 * 1000;

const done = (request) =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });

async function store(mode) {
  const opening = indexedDB.open(NAME, 1);
  opening.onupgradeneeded = () => opening.result.createObjectStore(STORE, { keyPath: "id" });
  const database = await done(opening);
  return database.transaction(STORE, mode).objectStore(STORE);
}

/** Without a store (a private window, a full disk) the page's memory must do. */
async function quietly(work) {
  try {
    return await work();
  } catch {
    return null;
  }
}

/** Delete what lay too long. */
export const purge = () =>
  quietly(async () => {
    const rows = await done((await store("readonly")).getAll());
    for (const row of rows) {
      if (Date.now() - row.at > LIFE_MS) await done((await store("readwrite")).delete(row.id));
    }
  });

export class Keep {
  constructor(application, hexKey) {
    this.application = application;
    const raw = Uint8Array.from(hexKey.match(/../g), (pair) => parseInt(pair, 16));
    // A page without TLS has no crypto.subtle: then nothing is kept in the browser.
    this.key = crypto.subtle?.importKey("raw", raw, "AES-GCM", false, ["encrypt", "decrypt"]);
  }

  #id = (kind) => `${this.application}/${kind}`;

  /** `how`: {source, camera, url}, for sending it later. Whether it could be kept. */
  put(kind, blob, how) {
    return quietly(async () => {
      const iv = crypto.getRandomValues(new Uint8Array(12));
      const clear = await blob.arrayBuffer();
      const sealed = await crypto.subtle.encrypt({ name: "AES-GCM", iv }, await this.key, clear);
      const row = { ...how, id: this.#id(kind), kind, type: blob.type, iv, sealed, at: Date.now() };
      await done((await store("readwrite")).put(row));
      return true;
    });
  }

  drop(kind) {
    return quietly(async () => done((await store("readwrite")).delete(this.#id(kind))));
  }

  /** [{kind, source, camera, url, blob}] of this application that this clerk took. */
  async all() {
    const rows = (await quietly(async () => done((await store("readonly")).getAll()))) ?? [];
    const found = [];
    for (const row of rows.filter(({ id }) => id.startsWith(`${this.application}/`))) {
      const clear = await quietly(async () =>
        crypto.subtle.decrypt({ name: "AES-GCM", iv: row.iv }, await this.key, row.sealed),
      );
      if (clear) found.push({ ...row, blob: new Blob([clear], { type: row.type }) });
    }
    return found;
  }
}
