// The camera: opened for a slot, chosen once for documents and once for people.

/** Why it does not open: "denied", "missing" or "taken"; each has its words in the page. */
export class NoCamera extends Error {}

const REASONS = {
  NotAllowedError: "denied",
  SecurityError: "denied",
  TypeError: "denied", // a page without TLS has no mediaDevices at all
  NotFoundError: "missing",
  OverconstrainedError: "missing",
};

export class Camera {
  #stream = null;
  #purpose = "";

  /** `changed` is called when another device was chosen. */
  constructor(video, choice, changed) {
    this.video = video;
    this.choice = choice;
    this.changed = changed;
    choice.addEventListener("change", () => {
      localStorage.setItem(`camera-${this.#purpose}`, choice.value);
      this.open(this.#purpose)
        .then(() => this.changed())
        .catch(() => this.stop());
    });
  }

  /** As the device calls itself; "" while none is open. */
  get name() {
    return this.#track?.label ?? "";
  }

  /** How far its picture is turned clockwise: a document camera stands as it stands. */
  get turn() {
    return Number(localStorage.getItem(this.#turnKey)) || 0;
  }

  set turn(degrees) {
    localStorage.setItem(this.#turnKey, String(degrees % 360));
    this.#showTurn();
  }

  get hasTorch() {
    return Boolean(this.#track?.getCapabilities?.().torch);
  }

  async light(isOn) {
    await this.#track?.applyConstraints({ advanced: [{ torch: isOn }] });
  }

  get isOpen() {
    return this.#stream !== null && this.video.videoWidth > 0;
  }

  /** `purpose`: "paper" or "person". Raises NoCamera. */
  async open(purpose) {
    const isSame = purpose === this.#purpose;
    this.#purpose = purpose;
    const isWanted = !this.#chosen() || this.#chosen() === this.choice.value;
    if (this.#stream && isSame && isWanted) return;
    this.stop();
    const video = {
      width: { ideal: 1920 },
      height: { ideal: 1080 },
      // A phone is held by the clerk: what it takes is always on its other side.
      facingMode: this.video.dataset.facing ?? (purpose === "person" ? "user" : "environment"),
    };
    if (this.#chosen()) video.deviceId = { ideal: this.#chosen() };
    try {
      this.#stream = await navigator.mediaDevices.getUserMedia({ video, audio: false });
    } catch (error) {
      throw new NoCamera(REASONS[error.name] ?? "taken");
    }
    this.video.srcObject = this.#stream;
    await this.#list();
    this.#showTurn();
    await this.video.play();
  }

  stop() {
    for (const track of this.#stream?.getTracks() ?? []) track.stop();
    this.#stream = null;
    this.video.srcObject = null;
  }

  get #track() {
    return this.#stream?.getVideoTracks()[0];
  }

  get #turnKey() {
    return `turn-${this.#track?.getSettings().deviceId ?? ""}`;
  }

  #showTurn() {
    for (const turn of [90, 180, 270]) {
      this.video.classList.toggle(`is-turned-${turn}`, this.turn === turn);
    }
    const { width, height } = this.#track?.getSettings() ?? {};
    this.video.classList.toggle("is-portrait", height > width);
  }

  #chosen() {
    return localStorage.getItem(`camera-${this.#purpose}`) ?? "";
  }

  async #list() {
    const devices = await navigator.mediaDevices.enumerateDevices();
    const cameras = devices.filter(({ kind }) => kind === "videoinput");
    const now = this.#track.getSettings().deviceId;
    this.choice.replaceChildren(
      ...cameras.map((each, place) => new Option(each.label || `${place + 1}`, each.deviceId)),
    );
    this.choice.value = now;
    this.choice.closest("[data-cameras]").hidden = cameras.length < 2;
  }
}

/** Whether the camera opens without a question to the clerk. */
export async function isGranted() {
  try {
    return (await navigator.permissions.query({ name: "camera" })).state === "granted";
  } catch {
    return false;
  }
}
