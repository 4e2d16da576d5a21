// The WebSocket to the server: frames and commands out, paintings and states in. It comes back by itself.

const KINDS = ["painting", "snapshot", "thumbnail"];
const LONGEST_WAIT_MS = 8000;

export class Connection extends EventTarget {
  #socket = null;
  #wait = 500;
  #key = null;

  /** Events: open, closed {reason}, loading {done, of}, hello, deck, state, answer, refused {error}, painting, snapshot, thumbnail {number, ms, blob}. */
  connect() {
    const socket = new WebSocket(`${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/api/live`);
    socket.binaryType = "arraybuffer";
    this.#socket = socket;
    socket.onopen = () => this.#tell("open");
    socket.onmessage = ({ data }) => (typeof data === "string" ? this.#text(JSON.parse(data)) : this.#picture(data));
    socket.onclose = ({ reason }) => {
      this.#key = null;
      this.#tell("closed", { reason });
      setTimeout(() => this.connect(), this.#wait);
      this.#wait = Math.min(2 * this.#wait, LONGEST_WAIT_MS);
    };
  }

  get isOpen() { return this.#key !== null && this.#socket?.readyState === WebSocket.OPEN; }

  command(command, value) {
    if (this.isOpen) this.#socket.send(JSON.stringify(value === undefined ? { command } : { command, value }));
  }

  /** A message that frame_encoder.js made. */
  frame(message) {
    if (this.isOpen) this.#socket.send(message);
  }

  /** A picture becomes a style; returns its name. */
  async addStyle(picture, name) {
    const answer = await fetch(`/api/live/${this.#key}/styles?name=${encodeURIComponent(name)}`, {
      method: "POST", headers: { "Content-Type": picture.type || "application/octet-stream" }, body: picture,
    });
    const told = await answer.json();
    if (!answer.ok) throw new Error(told.error);
    return told.style;
  }

  #text(message) {
    if (message.event === "hello") { this.#key = message.key; this.#wait = 500; }
    if (message.ok === false) this.#tell("refused", message);
    if (message.event) this.#tell(message.event, message);
  }

  #picture(data) {
    const head = new DataView(data);
    const detail = { number: head.getUint32(4), ms: head.getFloat32(8), blob: null };
    const kind = KINDS[head.getUint8(0)];
    detail.blob = new Blob([new Uint8Array(data, 12)], { type: kind === "snapshot" ? "image/png" : "image/jpeg" });
    this.#tell(kind, detail);
  }

  #tell(type, detail) { this.dispatchEvent(new CustomEvent(type, { detail })); }
}
