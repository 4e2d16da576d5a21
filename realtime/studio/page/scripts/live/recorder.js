// Records the painting, with the sound of a video file, in the browser.
const KINDS = ["video/webm;codecs=vp9,opus", "video/webm;codecs=vp8,opus", "video/webm", "video/mp4"];

export class Recorder {
  #recorder = null;
  #chunks = [];

  /** onChange: called when it begins and ends */
  constructor(canvas, onChange) {
    this.canvas = canvas;
    this.onChange = onChange;
  }

  get isOn() { return this.#recorder !== null; }
  get seconds() { return this.isOn ? (performance.now() - this.began) / 1000 : 0; }

  /** sound: an audio track, or null */
  start(sound) {
    const kind = globalThis.MediaRecorder && KINDS.find((one) => MediaRecorder.isTypeSupported(one));
    if (!kind) throw new Error("This browser records no video.");
    const stream = this.canvas.captureStream(30);
    if (sound) stream.addTrack(sound);
    const recorder = new MediaRecorder(stream, { mimeType: kind, videoBitsPerSecond: 8_000_000 });
    this.#chunks = [];
    recorder.ondataavailable = ({ data }) => this.#chunks.push(data);
    recorder.onstop = () => {
      const type = kind.split(";")[0];
      save(new Blob(this.#chunks, { type }), type === "video/mp4" ? "mp4" : "webm");
      this.#chunks = [];
      for (const track of stream.getVideoTracks()) track.stop();
    };
    recorder.start(1000);
    this.#recorder = recorder;
    this.began = performance.now();
    this.onChange();
  }

  stop() {
    this.#recorder?.stop();
    this.#recorder = null;
    this.onChange();
  }
}

/** Have the browser put it among its downloads. */
export function save(blob, suffix) {
  const link = document.createElement("a"), now = new Date();
  const two = (number) => String(number).padStart(2, "0");
  const day = [now.getFullYear(), two(now.getMonth() + 1), two(now.getDate())].join("");
  link.href = URL.createObjectURL(blob);
  link.download = `livebrush-${day}-${two(now.getHours())}${two(now.getMinutes())}${two(now.getSeconds())}.${suffix}`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
  return link.download;
}
