// The pictures of a case: one or two at a time, zoomed, turned and moved. Others ask for pictures
// with an event: new CustomEvent("desk:look", { detail: ["id_front", "live"] }), and hear
// "desk:looked" when others have come to the front.

const MOST = 8;
const CLOSE = 2.5;
// How much of what lies around a line of text is seen with it: times its length, its height.
const ALONG = 1.2;
const ACROSS = 4;
const stage = document.querySelector("[data-stage]");
export const frames = new Map();
let active = null;

const kindsOf = (button) => button.dataset.look.split(" ");
const between = (least, value, most) => Math.min(most, Math.max(least, value));
export const shown = () => [...frames.values()].filter(({ figure }) => !figure.hidden);

class Frame {
  constructor(figure) {
    this.figure = figure;
    this.view = figure.querySelector(".desk-view");
    this.image = figure.querySelector("img");
    // A page that was read on its side is shown upright; the key goes on from there.
    this.turn = Number(figure.dataset.turned ?? 0);
    // What is drawn over the picture: { node, box }, a box being fractions of the picture's sides.
    this.marks = [];
    this.reset();
    this.view.addEventListener("wheel", (event) => this.wheel(event), { passive: false });
    this.view.addEventListener("pointerdown", (event) => this.grab(event));
    this.view.addEventListener("pointerenter", () => (active = this));
  }

  reset() {
    Object.assign(this, { zoom: 1, x: 0, y: 0 });
  }

  /** Zoom to `zoom`, keeping the point under (x, y), seen from the middle, where it is. */
  zoomTo(zoom, x = 0, y = 0) {
    const next = between(1, zoom, MOST);
    const factor = next / this.zoom;
    this.zoom = next;
    this.x = x - (x - this.x) * factor;
    this.y = y - (y - this.y) * factor;
    this.draw();
  }

  wheel(event) {
    event.preventDefault();
    const box = this.view.getBoundingClientRect();
    const x = event.clientX - box.left - box.width / 2;
    const y = event.clientY - box.top - box.height / 2;
    this.zoomTo(this.zoom * (event.deltaY < 0 ? 1.2 : 1 / 1.2), x, y);
  }

  grab(event) {
    if (!this.image || this.zoom === 1 || event.button !== 0) return;
    event.preventDefault();
    const from = { x: event.clientX - this.x, y: event.clientY - this.y };
    const move = ({ clientX, clientY }) => {
      this.x = clientX - from.x;
      this.y = clientY - from.y;
      this.draw();
    };
    this.view.setPointerCapture(event.pointerId);
    this.view.addEventListener("pointermove", move);
    const drop = () => this.view.removeEventListener("pointermove", move);
    this.view.addEventListener("pointerup", drop, { once: true });
    this.view.addEventListener("pointercancel", drop, { once: true });
  }

  /** Zoom to a box with some of what lies around it. */
  zoomOn(box) {
    this.reset();
    const { left, top, width, height } = this.place(box);
    const { clientWidth, clientHeight } = this.view;
    const [x, y] = width < height ? [ACROSS, ALONG] : [ALONG, ACROSS];
    this.zoomTo(Math.min(clientWidth / (width * x), clientHeight / (height * y)));
    this.x = (clientWidth / 2 - left - width / 2) * this.zoom;
    this.y = (clientHeight / 2 - top - height / 2) * this.zoom;
    this.draw();
  }

  /** Screen pixels to a pixel of the picture, before the zoom; turned, it fits its frame too. */
  fit() {
    const { clientWidth: width, clientHeight: height } = this.view;
    const { naturalWidth: w, naturalHeight: h } = this.image;
    const upright = Math.min(width / w, height / h);
    const isLying = this.turn % 180 !== 0;
    return { upright, scale: isLying ? Math.min(width / h, height / w) : upright, isLying };
  }

  /** Where a box of the picture lies in its frame, in pixels. */
  place([x0, y0, x1, y1]) {
    const { naturalWidth: w, naturalHeight: h } = this.image;
    const scale = this.fit().scale * this.zoom;
    // Half a picture to the left of its middle, and turned with it.
    const [cos, sin] = [[1, 0], [0, 1], [-1, 0], [0, -1]][this.turn / 90];
    const corner = (x, y) => [(x - 0.5) * w * scale, (y - 0.5) * h * scale];
    const turned = ([x, y]) => [x * cos - y * sin, x * sin + y * cos];
    const [[ax, ay], [bx, by]] = [turned(corner(x0, y0)), turned(corner(x1, y1))];
    return {
      left: this.view.clientWidth / 2 + this.x + Math.min(ax, bx),
      top: this.view.clientHeight / 2 + this.y + Math.min(ay, by),
      width: Math.abs(bx - ax),
      height: Math.abs(by - ay),
    };
  }

  draw() {
    if (!this.image) return;
    const { clientWidth: width, clientHeight: height } = this.view;
    const { naturalWidth: w, naturalHeight: h } = this.image;
    const { upright, scale, isLying } = this.fit();
    // No further than the picture's edge.
    const [wide, high] = isLying ? [h, w] : [w, h];
    const roomX = Math.max(0, (wide * scale * this.zoom - width) / 2);
    const roomY = Math.max(0, (high * scale * this.zoom - height) / 2);
    this.x = between(-roomX, this.x, roomX) || 0;
    this.y = between(-roomY, this.y, roomY) || 0;
    const size = (scale / upright || 1) * this.zoom;
    this.image.style.transform =
      `translate(${this.x}px, ${this.y}px) scale(${size}) rotate(${this.turn}deg)`;
    this.view.classList.toggle("is-zoomed", this.zoom > 1);
    // Not before the picture is there.
    for (const { node, box } of w ? this.marks : []) {
      node.hidden = false;
      for (const [side, pixels] of Object.entries(this.place(box))) node.style[side] = `${pixels}px`;
    }
  }
}

/** Two wide pictures stand one above the other, so that both are larger. */
function arrange() {
  const isWide = ({ image }) => image && image.naturalWidth > image.naturalHeight;
  stage.classList.toggle("is-stacked", shown().length > 1 && shown().every(isWide));
  for (const frame of shown()) frame.draw();
}

export function look(kinds) {
  const wanted = kinds.filter((kind) => frames.has(kind));
  if (!wanted.length) return;
  for (const [kind, frame] of frames) frame.figure.hidden = !wanted.includes(kind);
  for (const button of document.querySelectorAll("[data-look]")) {
    button.setAttribute("aria-pressed", String(kindsOf(button).join() === wanted.join()));
  }
  active = shown()[0];
  for (const frame of shown()) frame.reset();
  arrange();
  document.dispatchEvent(new CustomEvent("desk:looked"));
}

function step(by) {
  const kinds = [...frames.keys()];
  const at = kinds.findIndex((kind) => !frames.get(kind).figure.hidden);
  look([kinds[(at + by + kinds.length) % kinds.length]]);
}

const ACTIONS = {
  in: () => shown().forEach((frame) => frame.zoomTo(frame.zoom * 1.4)),
  out: () => shown().forEach((frame) => frame.zoomTo(frame.zoom / 1.4)),
  toggle: () => {
    const closer = shown().every((frame) => frame.zoom === 1);
    shown().forEach((frame) => frame.zoomTo(closer ? CLOSE : 1));
  },
  turn: () => {
    active.turn = (active.turn + 90) % 360;
    active.reset();
    active.draw();
  },
};

for (const figure of stage.querySelectorAll("[data-picture]")) {
  const frame = new Frame(figure);
  frames.set(figure.dataset.picture, frame);
  frame.image?.addEventListener("load", arrange);
}
for (const button of document.querySelectorAll("[data-look]")) {
  button.addEventListener("click", () => look(kindsOf(button)));
}
for (const button of document.querySelectorAll("[data-view]")) {
  button.addEventListener("click", () => ACTIONS[button.dataset.view]());
}
for (const button of document.querySelectorAll("[data-step]")) {
  button.addEventListener("click", () => step(Number(button.dataset.step)));
}
document.addEventListener("desk:look", ({ detail }) => look(detail));
new ResizeObserver(arrange).observe(stage);
look([...frames.keys()].slice(0, 1));
