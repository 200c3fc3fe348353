// When the camera may shoot by itself: something new was laid down, it lies still and it is good.

import { difference } from "./quality.js";

// Of 255, as a mean over the frame: what a hand does, and a camera's noise.
const MOVED = 6;
const STILL = 2.5;
// A frame that hardly differs from the last shot shows the same page.
const NEW = 8;
const LEAST_MOVES = 2;
const STILL_MS = 800;

/** Told of each look at the video; a film that never moves never fires. */
export class Steady {
  #last = null;
  #shot = null;
  #moves = 0;
  #since = 0;

  /** Another slot, another camera: what was seen so far does not count. */
  restart() {
    this.#last = null;
    this.#moves = 0;
    this.#since = 0;
  }

  /** This frame was taken: only another page is worth the next shot. */
  shot() {
    this.#shot = this.#last;
    this.restart();
  }

  /** Whether to shoot now. */
  sees(thumb, isGood, now) {
    const change = this.#last ? difference(this.#last, thumb) : 0;
    this.#last = thumb;
    if (change > MOVED) this.#moves += 1;
    if (change > STILL || !isGood || this.#moves < LEAST_MOVES) {
      this.#since = 0;
      return false;
    }
    this.#since ||= now;
    if (now - this.#since < STILL_MS) return false;
    return !this.#shot || difference(this.#shot, thumb) > NEW;
  }
}
