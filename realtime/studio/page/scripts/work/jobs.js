// Jobs as cards: how far they are, what came of them.
import { ask } from "./api.js";
import { icon, make, tool } from "./elements.js";
import { originalOf } from "./file_taker.js";
import { publish } from "./publish.js";
import { shown } from "./shown.js";

const KINDS = { paint: "Painted", still: "Slowly painted", train: "A trained style" };
const FINAL = new Set(["done", "failed", "cancelled"]);
const EVERY_MS = 1500;
const sent = new Map(); // job -> ids of the files that it was ordered with, of this visit

export const isOver = (job) => FINAL.has(job.state);
export const remember = (job, files) => sent.set(job.id, files);
export const linkOf = (job) => `${location.origin}/#job/${job.id}/${job.key}`;

/** A list of the visitor's jobs that keeps itself up to date while it is seen. */
export class JobList {
  #cards = new Map();
  #timer = 0;

  /** kinds: which are shown */
  constructor(place, wanted) {
    this.place = place;
    this.wanted = wanted;
  }

  async show() {
    clearTimeout(this.#timer);
    if (this.place.closest("section").hidden) return;
    let jobs = null;
    try { jobs = (await ask("GET", "/api/jobs")).jobs.filter(this.wanted); } catch { /* asked again below */ }
    if (jobs) this.#show(jobs);
    if (!jobs || jobs.some((job) => !isOver(job))) this.#timer = setTimeout(() => this.show(), EVERY_MS);
  }

  #show(jobs) {
    const known = new Set(jobs.map(({ id }) => id));
    for (const [id, card] of this.#cards) if (!known.has(id)) { card.element.remove(); this.#cards.delete(id); }
    jobs.forEach((job, place) => {
      let card = this.#cards.get(job.id);
      if (!card) { card = new JobCard(() => this.show()); this.#cards.set(job.id, card); }
      card.show(job);
      if (this.place.children[place] !== card.element) this.place.insertBefore(card.element, this.place.children[place] ?? null);
    });
  }
}

export class JobCard {
  #told = "";

  /** onChange: called when it was cancelled or removed; mine: whether it may be */
  constructor(onChange, mine = true) {
    Object.assign(this, { onChange, mine });
    this.title = make("h2");
    this.state = make("span", { className: "state", role: "status" });
    this.tools = make("div", { className: "job-tools" });
    this.bar = make("progress", { max: 1, "aria-label": "How far it is" });
    this.preview = make("img", { className: "preview", alt: "As far as it is", hidden: true });
    this.results = make("div", { className: "results" });
    this.element = make("article", { className: "job card" }, make("div", { className: "job-head" }, this.title, this.state, this.tools), this.bar, this.preview, this.results);
  }

  show(job) {
    const told = JSON.stringify(job);
    if (told === this.#told) return;
    const before = this.#told ? JSON.parse(this.#told) : {};
    this.#told = told;
    this.title.textContent = job.results[0]?.name ?? KINDS[job.kind];
    if (job.results.length > 1) this.title.textContent = `${job.results.length} paintings`;
    this.state.textContent = inWords(job);
    this.bar.hidden = isOver(job);
    if (job.state === "running" && job.of) this.bar.value = job.done / job.of; else this.bar.removeAttribute("value");
    this.preview.hidden = !job.preview || isOver(job);
    if (job.preview && !isOver(job) && job.preview !== before.preview) this.preview.src = job.preview;
    if (JSON.stringify(before.results) !== JSON.stringify(job.results)) this.results.replaceChildren(...job.results.map((result) => this.#result(job, result)));
    this.#showTools(job);
  }

  #showTools(job) {
    const tools = [];
    if (job.results.length > 1) tools.push(make("a", { className: "button", href: `/api/jobs/${job.id}/zip?key=${job.key}`, download: "" }, icon("download"), "All"));
    tools.push(tool("share", "Copy the link to this", () => navigator.clipboard?.writeText(linkOf(job))));
    if (this.mine) tools.push(tool(isOver(job) ? "trash" : "close", isOver(job) ? "Remove" : "Cancel", () => this.#end(job)));
    this.tools.replaceChildren(...tools);
  }

  async #end(job) {
    try { await ask("DELETE", `/api/jobs/${job.id}`); } catch (error) { this.state.textContent = error.message; }
    this.onChange();
  }

  #result(job, result) {
    const files = sent.get(job.id) ?? [], original = files.length === 1 ? originalOf(files[0]) : undefined;
    const look = result.kind === "style" ? make("p", { className: "muted" }, "A style model: put it into your styles, or play it with livebrush.") : shown(result, original);
    const line = make("div", { className: "result-line" }, make("span", { title: result.name }, result.name));
    if (this.mine && result.kind !== "style") line.append(tool("palette", "Publish in the gallery", () => publish(result)));
    const download = make("a", { className: "button quiet icon-only", href: `${result.url}&download=true`, download: "", title: "Download", "aria-label": `Download ${result.name}` }, icon("download"));
    line.append(download);
    return make("div", { className: "result" }, look, line);
  }
}

function inWords(job) {
  if (job.expired) return "no longer kept";
  if (job.state === "queued") return job.position > 1 ? `waits, ${job.position - 1} before it` : "waits";
  if (job.state === "failed") return job.error ?? "it failed";
  if (job.state === "running") return [job.of ? `${Math.floor((100 * job.done) / job.of)} %` : "begins", leftInWords(job.seconds_left)].filter(Boolean).join(", ");
  const mail = job.mail === "sent" ? ", mailed" : job.mail === "failed" ? ", the mail could not be sent" : "";
  return (job.state === "done" ? "done" : "cancelled") + mail;
}

function leftInWords(seconds) {
  if (seconds === null || seconds === undefined) return "";
  if (seconds < 90) return `${Math.max(1, Math.round(seconds))} s left`;
  return seconds < 5400 ? `${Math.round(seconds / 60)} min left` : `${(seconds / 3600).toFixed(1)} h left`;
}
