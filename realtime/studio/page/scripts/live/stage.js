// The picture: a canvas of the painting, one of the frame it was painted from, and how they are shown.

export class Stage {
  #kept = [];
  #turn = 0;

  constructor() {
    this.element = document.getElementById("stage");
    this.painted = document.getElementById("painted");
    this.original = document.getElementById("original");
    this.split = document.getElementById("split");
    this.split.addEventListener("input", () => this.splitAt(this.split.valueAsNumber));
    this.splitAt(0.5);
  }

  get view() { return this.element.dataset.view; }

  /** painting | split | side | original */
  set view(view) {
    this.element.dataset.view = view;
    this.split.tabIndex = view === "split" ? 0 : -1;
  }

  splitAt(place) {
    this.split.value = place;
    this.split.setAttribute("aria-valuetext", `${Math.round(100 * place)} %`);
    this.element.style.setProperty("--split", `${100 * place}%`);
  }

  mirror(on) { this.element.toggleAttribute("data-mirror", on); }

  /** A copy of a frame, until its painting comes. */
  keep(bitmap, width, height) {
    const canvas = (this.#kept[this.#turn] ??= document.createElement("canvas"));
    this.#turn = (this.#turn + 1) % 4;
    fit(canvas, width, height);
    canvas.getContext("2d", { alpha: false }).drawImage(bitmap, 0, 0, width, height);
    return canvas;
  }

  /** A painting, and the frame that it was made of where that is shown too. */
  show(painting, original) {
    const { width, height } = painting;
    draw(this.painted, painting, width, height);
    painting.close();
    if (original) draw(this.original, original, width, height);
    this.element.style.setProperty("--ratio", width / height);
  }
}

function draw(canvas, picture, width, height) {
  fit(canvas, width, height);
  canvas.getContext("2d", { alpha: false }).drawImage(picture, 0, 0);
}

function fit(canvas, width, height) {
  if (canvas.width !== width || canvas.height !== height) { canvas.width = width; canvas.height = height; }
}
