// What hangs in the gallery.
import { ask } from "./api.js";
import { icon, make, tool } from "./elements.js";

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
  const shown = item.kind === "video"
    ? make("video", { src: item.url, controls: true, preload: "metadata", loop: true, muted: true })
    : make("img", { src: item.url, alt: item.title, loading: "lazy" });
  const line = make("figcaption", {}, make("span", {}, item.title));
  line.append(make("a", { className: "button quiet icon-only", href: item.url, download: item.name, title: "Download", "aria-label": `Download ${item.title}` }, icon("download")));
  const figure = make("figure", { className: "hung" }, shown, line);
  if (item.mine) line.append(tool("trash", `Take ${item.title} down`, async () => { await ask("DELETE", `/api/gallery/${item.id}`); figure.remove(); empty.hidden = wall.children.length > 0; }));
  return figure;
}

more.addEventListener("click", next);
export async function show() {
  page = 0;
  wall.replaceChildren();
  await next();
}
