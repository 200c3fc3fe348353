// The open camera: what is wrong with what it sees, a shot by itself once all is well, and the
// switches for light, turning and that.

import { look, sortOf } from "./quality.js";
import { Steady } from "./steady.js";

const LOOK_MS = 150;
// An advice must hold for so many looks: words that flicker are not read.
const FIRM = 3;

export class Shooting {
  #steady = new Steady();
  #kind = "";
  #timer = 0;
  #said = "";
  #advices = [];
  #isLit = false;

  /** `shoot` is called when the camera should shoot by itself. */
  constructor(panel, camera, shoot) {
    this.panel = panel;
    this.camera = camera;
    this.shoot = shoot;
    this.frame = panel.querySelector(".camera");
    this.line = panel.querySelector("[data-advice]");
    this.words = panel.querySelector("[data-advices]").content;
    this.auto = panel.querySelector("[data-auto]");
    this.torch = panel.querySelector("[data-torch]");
    this.auto.addEventListener("change", () => {
      localStorage.setItem(this.#autoKey, this.auto.checked ? "on" : "off");
      this.#steady.restart();
    });
    this.torch.addEventListener("click", () => this.#light(!this.#isLit));
    this.turn = panel.querySelector("[data-turn]");
    this.turn.addEventListener("click", () => {
      camera.turn += 90;
      this.#steady.restart();
    });
    for (const control of [this.auto, this.torch, this.turn]) {
      // After a click the space bar is the shutter's again.
      control.addEventListener("click", ({ detail }) => detail && control.blur());
    }
  }

  /** The camera is open for a slot of this kind; `last` is the picture that it holds, or "". */
  start(kind, last) {
    this.#kind = kind;
    this.#isLit = false;
    this.torch.hidden = !this.camera.hasTorch;
    this.torch.setAttribute("aria-pressed", "false");
    // Nobody is photographed unawares.
    const usual = this.#isPerson ? "off" : "on";
    this.auto.checked = (localStorage.getItem(this.#autoKey) ?? usual) === "on";
    const figure = this.panel.querySelector("[data-last]");
    figure.hidden = !last;
    if (last) figure.querySelector("img").src = last;
    this.again();
  }

  /** Another device, or the same one after a pause. */
  again() {
    this.stop();
    this.#steady.restart();
    this.torch.hidden = !this.camera.hasTorch;
    // Which way it is turned is kept by device: there has to be one.
    this.turn.disabled = false;
    this.#timer = setInterval(() => this.#look(), LOOK_MS);
  }

  stop() {
    clearInterval(this.#timer);
    this.turn.disabled = true;
    this.#advices = [];
    this.#say("");
  }

  /** A picture was taken of what is seen now. */
  taken() {
    this.#steady.shot();
  }

  get #isPerson() {
    return sortOf(this.#kind) === "person";
  }

  get #autoKey() {
    return `auto-${this.#isPerson ? "person" : "paper"}`;
  }

  #look() {
    if (document.hidden || !this.camera.isOpen) return;
    const { advice, thumb } = look(this.camera.video, this.#kind);
    this.#advices = [...this.#advices, advice || "good"].slice(-FIRM);
    const [first] = this.#advices;
    if (this.#advices.length === FIRM && this.#advices.every((each) => each === first)) {
      this.#say(first);
    }
    const isDue = this.#steady.sees(thumb, !advice, performance.now());
    if (isDue && this.auto.checked) this.shoot();
  }

  #say(name) {
    this.frame.classList.toggle("is-good", name === "good");
    if (name === this.#said) return;
    this.#said = name;
    const words = name && this.words.querySelector(`[data-name="${name}"]`).cloneNode(true);
    this.line.hidden = !name;
    this.line.replaceChildren(...(words ? words.childNodes : []));
  }

  async #light(isOn) {
    try {
      await this.camera.light(isOn);
    } catch {
      return; // the lamp is another program's now
    }
    this.#isLit = isOn;
    this.torch.setAttribute("aria-pressed", String(isOn));
  }
}
