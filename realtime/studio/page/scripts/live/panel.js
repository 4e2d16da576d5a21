// The controls beside the picture: what they say follows the server's state, what is changed in them becomes a command.
import { shortTitle } from "./strip.js";

const $ = (id) => document.getElementById(id);
const SWITCHES = ["keep_colours", "steady", "mirror", "autoplay"];

export class Panel {
  #styles = [];
  #held = new Set(); // sliders that are being moved: the state does not pull at them

  /** give: called with a command's name and value; onView: with the view that was chosen */
  constructor(give, onView) {
    this.give = give;
    this.#slider("strength", "strength-value", (value) => give("strength", value));
    this.#slider("blend-amount", "blend-value", (value) => give("blend_amount", value));
    $("blend").addEventListener("change", ({ target }) => (target.value ? give("blend_with", target.value) : give("blend", false)));
    for (const name of SWITCHES) $(name).addEventListener("change", ({ target }) => give(name, target.checked));
    for (const input of document.querySelectorAll("input[name=only]")) input.addEventListener("change", () => give("only", input.value));
    for (const input of document.querySelectorAll("input[name=view]")) input.addEventListener("change", () => onView(input.value));
  }

  styles(styles) {
    this.#styles = styles;
    const options = styles.map(({ name, title }) => new Option(shortTitle(title), name));
    $("blend").replaceChildren(new Option("nothing", ""), ...options);
  }

  /** both: whether there are originals to show beside the paintings */
  views(both) {
    for (const input of document.querySelectorAll("input[name=view]")) input.disabled = !both && (input.value === "split" || input.value === "side");
  }

  state(state, view) {
    const about = this.#styles.find(({ name }) => name === state.style) ?? {};
    $("style-title").textContent = shortTitle(about.title ?? state.style);
    $("style-artist").textContent = [about.artist, about.year].filter(Boolean).join(", ") || (about.own ? "your picture" : KINDS[about.kind] ?? "");
    this.#set("strength", state.strength, "strength-value");
    this.#set("blend-amount", state.blend_amount, "blend-value");
    $("blend").value = state.blend ? state.previous ?? "" : "";
    for (const option of $("blend").options) option.disabled = option.value === state.style;
    $("blend-field").hidden = !state.blend;
    for (const name of SWITCHES) $(name).checked = state[name];
    for (const input of document.querySelectorAll("input[name=only]")) input.checked = input.value === state.only;
    for (const input of document.querySelectorAll("input[name=view]")) input.checked = input.value === view;
  }

  #slider(id, output, give) {
    const input = $(id);
    let waiting = false;
    input.addEventListener("pointerdown", () => this.#held.add(id));
    for (const end of ["pointerup", "pointercancel", "change", "blur"]) input.addEventListener(end, () => this.#held.delete(id));
    input.addEventListener("input", () => {
      say(input, $(output));
      if (waiting) return;
      waiting = true;
      requestAnimationFrame(() => { waiting = false; give(input.valueAsNumber); });
    });
  }

  #set(id, value, output) {
    if (this.#held.has(id)) return;
    $(id).value = value;
    say($(id), $(output));
  }
}

function say(input, output) {
  const text = `${Math.round(100 * input.valueAsNumber)} %`;
  output.textContent = text;
  input.setAttribute("aria-valuetext", text);
  input.style.setProperty("--filled", `${100 * input.valueAsNumber}%`);
}

const KINDS = { painting: "painting", photo: "the light of a photo" };
