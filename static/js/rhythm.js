// When an open page asks again. What has not changed for a while is asked for less often, but never
// so seldom that a clerk waits for a return; what does not answer is left in peace for longer. Pages
// that began in the same second do not stay in step, and one that nobody sees does not ask.
// registration/bench/pages.py asks in the same rhythm.

import { pause } from "./send.js";

const SLOWEST = 5;
const SLOWEST_AWAY = 10;

/** `every`: seconds until the next question while something changes. */
export class Rhythm {
  #every;
  #wait;

  constructor(every) {
    this.#every = this.#wait = every;
  }

  /** Until it is time, and somebody looks. */
  async next() {
    await this.tick();
    if (document.hidden) {
      await new Promise((done) => document.addEventListener("visibilitychange", done, { once: true }));
    }
  }

  /** Until it is time. */
  tick() {
    return pause(this.#wait * (0.9 + Math.random() / 10));
  }

  changed() {
    this.#wait = this.#every;
  }

  unchanged() {
    this.#wait = Math.min(this.#wait * 1.25, Math.max(this.#every, SLOWEST));
  }

  failed() {
    this.#wait = Math.min(this.#wait * 2, SLOWEST_AWAY);
  }
}
