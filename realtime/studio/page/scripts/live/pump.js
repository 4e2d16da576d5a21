// Takes the newest frame whenever the server can have one, and shows what comes back.

const QUALITY = 0.88;
const LOST_MS = 4000; // an answer that does not come by then never will
const SETTLE_MS = 1600; // a still is painted again for so long after a change: styles fade, blends are made
const STILL_EVERY_MS = 50;

export class Pump {
  #encoder = new Worker("/page/scripts/live/frame_encoder.js");
  #sent = new Map(); // number -> { captured, started, original }
  #number = 0;
  #fresh = null; // when the frame that nobody has taken yet was captured
  #until = 0;
  #timer = 0;

  /** Set by whoever wants to know that a frame of the current source is shown painted. */
  onShown = () => {};

  /** wantsOriginal: whether the page shows the frame beside its painting */
  constructor(connection, stage, meter, wantsOriginal) {
    Object.assign(this, { connection, stage, meter, wantsOriginal, source: null, paused: false, lines: 480, mostSent: 2 });
    this.#encoder.onmessage = ({ data }) => connection.frame(data.message);
    connection.addEventListener("painting", ({ detail }) => this.#show(detail));
    connection.addEventListener("closed", () => this.#sent.clear());
  }

  use(source) {
    this.source?.stop();
    this.source = source;
    this.#sent.clear();
    this.#fresh = null;
    this.meter.reset(source.isStill);
    source.watch((captured) => {
      if (this.source !== source) return;
      this.#fresh = captured;
      this.#take();
    });
    this.changed();
  }

  /** Something changed that shows: a still, or what is held in a pause, is painted anew. */
  changed() {
    if (!this.source || !(this.source.isStill || this.paused)) return;
    this.#until = performance.now() + SETTLE_MS;
    if (!this.#timer) this.#again();
  }

  #again() {
    const goOn = (this.source?.isStill || this.paused) && performance.now() < this.#until;
    this.#timer = goOn ? setTimeout(() => this.#again(), STILL_EVERY_MS) : 0;
    if (goOn && this.#sent.size === 0) { this.#fresh = performance.now(); this.#take(); }
  }

  #take() {
    this.#forgetLost();
    const source = this.source;
    if (this.#fresh === null || !source?.isReady || !this.connection.isOpen || this.#sent.size >= this.mostSent) return;
    const number = (this.#number = (this.#number + 1) >>> 0), captured = this.#fresh;
    this.#fresh = null;
    const entry = { captured, started: performance.now(), original: null };
    this.#sent.set(number, entry);
    if (source.isFar) { this.connection.frame(wish(number, this.paused ? 0 : this.lines)); return; }
    const [width, height] = this.#size(source.size);
    createImageBitmap(source.picture).then((bitmap) => {
      if (!this.#sent.has(number)) { bitmap.close(); return; }
      if (this.wantsOriginal()) entry.original = this.stage.keep(bitmap, width, height);
      this.#encoder.postMessage({ bitmap, number, width, height, quality: QUALITY }, [bitmap]);
    }, () => this.#sent.delete(number));
  }

  async #show({ number, ms, blob }) {
    const entry = this.#sent.get(number), came = performance.now(), source = this.source;
    if (!entry) return;
    const painting = await createImageBitmap(blob);
    if (!this.#sent.delete(number)) { painting.close(); return; }
    this.stage.show(painting, entry.original);
    if (source.isFar && !this.paused) this.#fresh ??= performance.now();
    this.meter.painted(source.isFar ? ms + performance.now() - came : performance.now() - entry.captured, ms);
    this.onShown();
    this.#take();
  }

  #size([width, height]) {
    const scale = Math.min(1, this.lines / Math.min(width, height), 1920 / Math.max(width, height));
    return [Math.max(16, Math.round(width * scale)), Math.max(16, Math.round(height * scale))];
  }

  /** Whether there is a frame to show beside its painting: the studio's camera sends paintings only. */
  get hasOriginals() { return !this.source?.isFar; }

  #forgetLost() {
    const since = performance.now() - LOST_MS;
    for (const [number, entry] of this.#sent) if (entry.started < since) this.#sent.delete(number);
  }
}

/** The message that asks for a frame of the studio's camera. lines: at most; 0: the last frame once more */
function wish(number, lines) {
  const message = new DataView(new ArrayBuffer(10));
  message.setUint8(0, 1);
  message.setUint32(4, number);
  message.setUint16(8, lines);
  return message.buffer;
}
