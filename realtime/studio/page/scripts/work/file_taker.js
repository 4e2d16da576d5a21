// Where files are dropped and chosen; they are sent at once.
import { limits, upload } from "./api.js";
import { icon, make, tool } from "./elements.js";

const originals = new Map(); // id -> address of the visitor's own file, as long as the page is open

/** The picture that was sent, to compare a painting with; undefined after the page was opened anew. */
export const originalOf = (id) => originals.get(id);

export class FileTaker {
  #files = new Map(); // element -> id, null while it is sent

  /** place: where it goes; says: called with what was refused; most: files; films: whether videos are taken */
  constructor(place, { label, says, most = 20, films = true }) {
    Object.assign(this, { says, most, films });
    this.input = make("input", { type: "file", className: "unseen", multiple: most > 1, accept: films ? "image/*,video/*" : "image/*", tabIndex: -1, "aria-hidden": "true" });
    this.list = make("ul", { className: "files", "aria-label": "Chosen files" });
    const take = make("button", { type: "button", className: "take", onclick: () => this.input.click() }, icon("film"), make("strong", {}, label), make("span", { className: "fine muted" }, films ? "photos, films; drop them here, or choose" : "a picture; drop it here, or choose"));
    take.addEventListener("dragover", (event) => { event.preventDefault(); take.classList.add("over"); });
    take.addEventListener("dragleave", () => take.classList.remove("over"));
    take.addEventListener("drop", (event) => { event.preventDefault(); take.classList.remove("over"); this.take(event.dataTransfer.files); });
    this.input.addEventListener("change", () => { this.take(this.input.files); this.input.value = ""; });
    place.replaceChildren(take, this.input, this.list);
  }

  get ids() { return [...this.#files.values()].filter(Boolean); }
  get isSending() { return [...this.#files.values()].includes(null); }

  take(files) {
    for (const file of files) {
      if (this.most === 1) this.clear();
      if (this.#files.size < this.most) this.#send(file);
    }
  }

  clear() { for (const element of [...this.#files.keys()]) this.#remove(element); }

  async #send(file) {
    const bound = await limits;
    if (bound && file.size > bound.file_bytes) { this.says(`${file.name} is larger than ${Math.round(bound.file_bytes / 1e6)} MB.`); return; }
    const address = URL.createObjectURL(file), isFilm = file.type.startsWith("video/");
    const bar = make("progress", { max: 1, value: 0, "aria-label": `${file.name} is sent` });
    const shown = make(isFilm ? "video" : "img", { src: address, muted: true, alt: "" });
    const element = make("li", { className: "file", title: file.name }, shown, bar, make("span", {}, file.name));
    element.append(tool("close", `Leave ${file.name} out`, () => this.#remove(element)));
    this.#files.set(element, null);
    this.list.append(element);
    try {
      const { id } = await upload(file, (share) => { bar.value = share; });
      originals.set(id, address);
      if (this.#files.has(element)) this.#files.set(element, id);
      bar.remove();
    } catch (error) {
      this.says(error.message);
      this.#remove(element);
    }
  }

  #remove(element) { element.remove(); this.#files.delete(element); }
}
