// A painting as it is looked at: a picture under one slider with its original, a film and one frame of it beside its own.
import { compare, make } from "./elements.js";

/** file: a result or what hangs in the gallery; original: address of a picture, where the server keeps none */
export function shown(file, original) {
  const under = file.original?.url ?? original, name = file.title ?? file.name;
  if (file.kind === "picture") return under ? compare(under, file.url, name) : make("img", { src: file.url, alt: name, loading: "lazy" });
  const film = make("video", { src: file.url, controls: true, preload: "metadata", loop: true, playsInline: true });
  if (!file.poster) return film;
  film.poster = file.poster.url;
  film.preload = "none";
  if (!file.original) return film;
  const frames = compare(file.original.url, file.poster.url, `a frame of ${name}`);
  return make("div", { className: "film" }, film, make("p", { className: "fine muted" }, "One frame, and what it was painted from:"), frames);
}
