// The strip of styles, each with a small picture of what is seen, painted in it.

/** Without what stands in brackets: other names, and which of several. */
export const shortTitle = (title) => title.replace(/\s*\(.*\)$/, "");

export class Strip {
  #tiles = new Map(); // name -> { tile, canvas }
  #names = [];
  #styles = [];

  /** onChoose: called with a style's name */
  constructor(onChoose) {
    this.list = document.getElementById("strip");
    this.onChoose = onChoose;
    this.list.addEventListener("keydown", (event) => this.#walk(event));
  }

  /** What is known of each style, and its small picture. */
  all() { return this.#styles.map((style) => ({ ...style, picture: this.#tiles.get(style.name).canvas })); }

  styles(styles) {
    this.#styles = styles;
    this.#names = styles.map(({ name }) => name);
    for (const [name, { tile }] of this.#tiles) if (!this.#names.includes(name)) { tile.remove(); this.#tiles.delete(name); }
    styles.forEach((style, place) => {
      const known = this.#tiles.get(style.name) ?? this.#make(style);
      known.place.textContent = (place % 9) + 1;
      if (this.list.children[place] !== known.tile) this.list.insertBefore(known.tile, this.list.children[place] ?? null);
    });
  }

  /** The current style, what it is blended with, and the page of nine that digits reach. */
  mark(style, blended, page) {
    this.#names.forEach((name, place) => {
      const { tile, place: digit } = this.#tiles.get(name);
      const chosen = name === style;
      if (chosen && tile.getAttribute("aria-checked") !== "true") this.#reveal(tile);
      tile.setAttribute("aria-checked", String(chosen));
      tile.tabIndex = chosen || (!this.#names.includes(style) && place === 0) ? 0 : -1;
      tile.toggleAttribute("data-blended", name === blended);
      digit.hidden = Math.floor(place / 9) + 1 !== page;
    });
  }

  async thumbnail(place, blob) {
    const entry = this.#tiles.get(this.#names[place]);
    if (!entry) return;
    const bitmap = await createImageBitmap(blob);
    entry.canvas.width = bitmap.width;
    entry.canvas.height = bitmap.height;
    entry.canvas.getContext("2d", { alpha: false }).drawImage(bitmap, 0, 0);
    entry.canvas.hidden = false;
    bitmap.close();
  }

  #make(style) {
    const tile = document.createElement("button"), picture = document.createElement("span");
    const canvas = document.createElement("canvas"), name = document.createElement("span"), place = document.createElement("span");
    tile.type = "button";
    tile.className = "tile";
    tile.dataset.style = style.name;
    tile.setAttribute("role", "radio");
    tile.setAttribute("aria-checked", "false");
    tile.title = [style.title, style.artist, style.year].filter(Boolean).join(", ");
    picture.className = "tile-picture";
    picture.ariaHidden = "true";
    canvas.hidden = true;
    place.className = "tile-place";
    name.className = "tile-name";
    name.textContent = shortTitle(style.title);
    picture.append(canvas, place);
    tile.append(picture, name);
    tile.addEventListener("click", () => this.onChoose(style.name));
    const entry = { tile, canvas, place };
    this.#tiles.set(style.name, entry);
    return entry;
  }

  #walk(event) {
    const step = { ArrowLeft: -1, ArrowUp: -1, ArrowRight: 1, ArrowDown: 1 }[event.key];
    const tile = event.target.closest(".tile");
    if (!step || !tile) return;
    event.preventDefault();
    event.stopPropagation();
    const names = this.#names, place = names.indexOf(tile.dataset.style);
    const next = names[(place + step + names.length) % names.length];
    this.#tiles.get(next).tile.focus();
    this.onChoose(next);
  }

  #reveal(tile) {
    const strip = tile.closest(".strip"), box = tile.getBoundingClientRect(), within = strip.getBoundingClientRect();
    if (box.left < within.left || box.right > within.right) {
      strip.scrollTo({ left: strip.scrollLeft + box.left - within.left - within.width / 2 + box.width / 2, behavior: "smooth" });
    }
  }
}
