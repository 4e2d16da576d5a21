// Which page is seen: the part of the address behind the #.
import { hide, reveal, start } from "./live/live.js";
import { limits } from "./work/api.js";

const PAGES = {
  live: null,
  online: () => import("./work/online.js"),
  own: () => import("./work/own.js"),
  gallery: () => import("./work/gallery.js"),
  job: () => import("./work/job.js"),
};
const TITLES = { live: "Live", online: "Online", own: "Own style", gallery: "Gallery", job: "A painting" };

async function show() {
  const [asked, ...more] = location.hash.slice(1).split("/").map(decodeURIComponent);
  const name = (await limits) && asked in PAGES ? asked : "live";
  for (const page of Object.keys(PAGES)) document.getElementById(page).hidden = page !== name;
  for (const link of document.querySelectorAll("#nav a")) {
    if (link.hash === `#${name}`) link.setAttribute("aria-current", "page"); else link.removeAttribute("aria-current");
  }
  document.getElementById("help-button").hidden = name !== "live";
  document.title = `${TITLES[name]} · livebrush studio`;
  if (name === "live") reveal(); else { hide(); await (await PAGES[name]()).show(...more); }
}

addEventListener("hashchange", show);
limits.then((bounds) => { document.getElementById("nav").hidden = !bounds; });
start();
show();
