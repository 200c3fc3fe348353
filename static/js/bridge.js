// The program on this PC that reads cards: a WebSocket on 127.0.0.1 that comes back by itself.
//
// Events: "stopped" (nobody answers), and every message of the bridge under its own name with the
// message as detail: hello, reader, waiting, card, read, cancelled, error.

const AGAIN_SECONDS = 2;

// The page has its own words for each code, in its language: `what` failed, and the `text` that says
// what to do. A code that it does not know keeps the program's own sentence.
const words = document.querySelector("[data-bridge-words]")?.content;

const SPEAKING = new Set(["reader", "error"]);

function inWords(message) {
  const own = [message.code, message.state]
    .map((code) => code && words?.querySelector(`[data-code="${code}"]`))
    .find(Boolean);
  if (!own) return { ...message, what: message.text ?? "", text: "" };
  const said = (name) => own.querySelector(`[data-says="${name}"]`).textContent;
  return { ...message, what: said("what"), text: said("text") };
}

const numbers = (version) => version.split(".").map(Number);

/** Whether version 0.1.9 is below 0.10.0; the portal refuses by its own comparison. */
function isBelow(version, floor) {
  const [ours, theirs] = [numbers(version), numbers(floor)];
  const at = theirs.findIndex((number, index) => ours[index] !== number);
  return at >= 0 && !(ours[at] > theirs[at]);
}

class Bridge extends EventTarget {
  constructor({ bridgePort, bridgeFloor }) {
    super();
    this.address = `ws://127.0.0.1:${bridgePort}/`;
    this.floor = bridgeFloor;
    this.agent = "";
    this.health = null;
    this.state = "connecting";
    this.#open();
  }

  #socket = null;
  #timer = 0;

  #open() {
    clearTimeout(this.#timer);
    const socket = new WebSocket(this.address);
    this.#socket = socket;
    socket.addEventListener("message", ({ data }) => this.#tell(JSON.parse(data)));
    socket.addEventListener("close", () => {
      if (socket !== this.#socket) return;
      this.health = null;
      this.agent = "";
      this.state = "stopped";
      this.dispatchEvent(new CustomEvent("stopped"));
      this.#timer = setTimeout(() => this.#open(), AGAIN_SECONDS * 1000);
    });
  }

  #tell(said) {
    const message = SPEAKING.has(said.event) ? inWords(said) : said;
    if (message.event === "hello") this.agent = message.agent;
    if (message.event === "reader") {
      this.health = message;
      this.state = message.state === "ready" ? "ready" : "absent";
    }
    this.dispatchEvent(new CustomEvent(message.event, { detail: message }));
  }

  get isOutdated() {
    return this.agent !== "" && isBelow(this.agent, this.floor);
  }

  /** Send an order; false when the program does not run. */
  send(order) {
    if (this.#socket.readyState !== WebSocket.OPEN) return false;
    this.#socket.send(JSON.stringify(order));
    return true;
  }

  /** Ask how the reader is, or look at once for a program that does not run. */
  check() {
    if (!this.send({ do: "status" }) && this.state === "stopped") this.#open();
  }
}

/** One connection for the whole page. */
export const bridge = new Bridge(document.querySelector("[data-bridge-port]").dataset);
