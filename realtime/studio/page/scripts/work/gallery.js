// What hangs in the gallery: small pictures, each of which opens its work.
import { ask } from "./api.js";
import { icon, make, tool } from "./elements.js";
import { shown } from "./shown.js";

const dialog = document.getElementById("hung"), place = document.getElementById("hung-place"), title = document.getElementById("hung-title");
const wall = document.getElementById("wall"), more = document.getElementById("wall-more"), empty = document.getElementById("wall-empty");
let page = 0;

async function next() {
  const told = await ask("GET", `/api/gallery?page=${page + 1}`);
  page = told.page;
  wall.append(...told.items.map(hung));
  more.hidden = page >= told.pages;
  empty.hidden = wall.children.length > 0;
}

function hung(item) {
  const opens = make("button", { type: "button", className: "hung-picture", title: `Look at ${item.title}`, onclick: () => open(item) }, small(item), item.kind === "video" ? icon("play") : null);
  const line = make("figcaption", {}, make("span", {}, item.title));
  line.append(make("a", { className: "button quiet icon-only", href: item.url, download: item.name, title: "Download", "aria-label": `Download ${item.title}` }, icon("download")));
  const figure = make("figure", { className: "hung" }, opens, line);
  if (item.mine) line.append(tool("trash", `Take ${item.title} down`, async () => { await ask("DELETE", `/api/gallery/${item.id}`); figure.remove(); empty.hidden = wall.children.length > 0; }));
  return figure;
}

/** Its small picture; the whole where it has none, since it was hung before there were any. */
function small(item) {
  const { thumbnail } = item;
  if (thumbnail) return make("img", { loading: "lazy", width: thumbnail.width, height: thumbnail.height, src: thumbnail.url, alt: item.title });
  return item.kind === "video" ? make("video", { src: item.url, preload: "metadata", muted: true }) : make("img", { loading: "lazy", src: item.url, alt: item.title });
}

function open(item) {
  title.textContent = item.title;
  place.replaceChildren(shown(item));
  dialog.showModal();
}

dialog.addEventListener("close", () => place.replaceChildren()); // a film goes silent
document.getElementById("hung-close").addEventListener("click", () => dialog.close());
addEventListener("hashchange", () => dialog.close());
more.addEventListener("click", next);
export async function show() {
  page = 0;
  wall.replaceChildren();
  await next();
}
