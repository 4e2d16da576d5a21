// A picture painted after another: at once, slowly, or by a net that is trained for it.
import { limits } from "./api.js";
import { FileTaker } from "./file_taker.js";
import { JobList } from "./jobs.js";
import { need, takeOrders } from "./ordering.js";

const $ = (id) => document.getElementById(id);
const page = $("own"), way = () => page.querySelector("input[name=way]:checked").value;
const jobs = new JobList(page.querySelector("[data-jobs]"), () => true);
const says = takeOrders($("own-form"), order, () => jobs.show());
const content = new FileTaker(page.querySelector("[data-files=content]"), { label: "Photos or a film", says });
const style = new FileTaker(page.querySelector("[data-files=style]"), { label: "A painting or photo", says, most: 1, films: false });

function order() {
  const kind = way(), keep_colours = $("own-colours").checked;
  need(!content.isSending && !style.isSending, "A file is still on its way.");
  need(style.ids.length, "Choose a picture to paint after.");
  if (kind === "train") return { kind, files: [], styles: style.ids, options: { title: $("own-name").value.trim() || "My style" } };
  need(content.ids.length, "Choose a picture to paint.");
  const options = kind === "still" ? { keep_colours, size: Number($("own-size").value) } : { keep_colours };
  return { kind, files: content.ids, styles: style.ids, options };
}

function showFields() {
  $("own-size-field").hidden = way() !== "still";
  $("own-name-field").hidden = way() !== "train";
}
for (const input of page.querySelectorAll("input[name=way]")) input.addEventListener("change", showFields);
limits.then((bounds) => { $("way-train").hidden = !bounds?.trains; });

export function show() { showFields(); jobs.show(); }
