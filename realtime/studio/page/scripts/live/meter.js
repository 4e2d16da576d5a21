// What is measured on the page: paintings a second, and milliseconds from a frame's capture to its painting.
const WINDOW_MS = 2000;

export class Meter {
  #times = [];
  #latencies = [];

  constructor() {
    this.rateText = document.getElementById("rate");
    this.latencyText = document.getElementById("latency");
    this.netText = document.getElementById("net");
    this.isStill = true;
    setInterval(() => this.#tell(), 500);
  }

  /** Begin anew. isStill: there is nothing to count */
  reset(isStill = this.isStill) {
    this.isStill = isStill;
    this.#times.length = this.#latencies.length = 0;
    this.#tell();
  }

  painted(latencyMs) {
    this.#times.push(performance.now());
    this.#latencies.push(latencyMs);
    if (this.#latencies.length > 4000) this.#latencies.shift();
  }

  /** Frames a second over the last two seconds; 0 for stills. */
  get rate() {
    const since = performance.now() - WINDOW_MS;
    while (this.#times.length && this.#times[0] < since) this.#times.shift();
    const times = this.#times;
    return times.length < 2 ? 0 : (1000 * (times.length - 1)) / (times.at(-1) - times[0]);
  }

  /** ms; share 0.5 is the median; of the last so many */
  latency(share = 0.5, last = 60) {
    const sorted = this.#latencies.slice(-last).sort((a, b) => a - b);
    return sorted.length ? sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] : 0;
  }

  get count() { return this.#latencies.length; }

  state({ painted_size: net, frame_size: frame, provider }) {
    this.netText.textContent = net && frame ? `net ${net[1]}×${net[0]} of ${frame[1]}×${frame[0]} · ${PROVIDERS[provider] ?? provider}` : "";
  }

  #tell() {
    const rate = this.isStill ? 0 : this.rate;
    this.rateText.textContent = rate ? `${rate.toFixed(rate < 10 ? 1 : 0)} frames/s` : "still";
    this.latencyText.textContent = rate ? `${Math.round(this.latency())} ms` : "";
  }
}

const PROVIDERS = { CPUExecutionProvider: "CPU", CUDAExecutionProvider: "CUDA", TensorrtExecutionProvider: "TensorRT" };
