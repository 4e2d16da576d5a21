// Photos and films, painted in styles of the studio.
import { onStyles, styles } from "../live/live.js";
import { shortTitle } from "../live/strip.js";
import { make } from "./elements.js";
import { FileTaker } from "./file_taker.js";
import { JobList } from "./jobs.js";
import { need, takeOrders } from "./ordering.js";

const $ = (id) => document.getElementById(id);
const page = $("online"), picks = $("online-styles");
const jobs = new JobList(page.querySelector("[data-jobs]"), ({ kind }) => kind === "paint");
const says = takeOrders($("online-form"), order, () => { files.clear(); jobs.show(); });
const files = new FileTaker(page.querySelector("[data-files]"), { label: "Photos or a film", says });

function order() {
  need(!files.isSending, "A file is still on its way.");
  need(files.ids.length, "Choose a photo or a film.");
  const wanted = [...picks.querySelectorAll("input:checked")].map(({ value }) => value);
  need(wanted.length, "Choose a style.");
  const only = $("online-only").value;
  const options = { strength: $("online-strength").valueAsNumber, keep_colours: $("online-colours").checked, steady: $("online-steady").checked };
  return { kind: "paint", files: files.ids, styles: wanted, options: only ? { ...options, only } : options };
}

$("online-strength").addEventListener("input", ({ target }) => {
  $("online-strength-value").textContent = `${Math.round(100 * target.valueAsNumber)} %`;
  target.style.setProperty("--filled", `${100 * target.valueAsNumber}%`);
});

let chosen = null; // names, once the visitor has chosen; the current style until then
picks.addEventListener("change", () => { chosen = new Set([...picks.querySelectorAll("input:checked")].map(({ value }) => value)); });

function showPicks() {
  if (page.hidden || picks.contains(document.activeElement)) return;
  picks.replaceChildren(...styles().filter(({ own }) => !own).map(({ name, title, picture, current }) => {
    const box = make("input", { type: "checkbox", value: name, checked: chosen ? chosen.has(name) : current });
    const canvas = make("canvas", { width: picture?.width || 4, height: picture?.height || 3, "aria-hidden": "true" });
    if (picture?.width) canvas.getContext("2d").drawImage(picture, 0, 0);
    return make("label", { className: "pick" }, box, canvas, make("span", { title }, shortTitle(title)));
  }));
}

export function show() {
  showPicks();
  jobs.show();
}
onStyles(showPicks);
