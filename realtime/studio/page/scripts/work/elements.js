// Small elements that the pages of work are made of. Text of strangers only ever becomes text.

/** An element: make("p", { className: "muted" }, "text", child). */
export function make(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name.startsWith("aria-") || name === "role") element.setAttribute(name, value); else element[name] = value;
  }
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

export function icon(name) {
  const space = "http://www.w3.org/2000/svg", picture = document.createElementNS(space, "svg"), use = document.createElementNS(space, "use");
  picture.setAttribute("class", "icon");
  picture.setAttribute("aria-hidden", "true");
  use.setAttribute("href", `/page/icons/icons.svg#${name}`);
  picture.append(use);
  return picture;
}

/** A button with a picture only. */
export function tool(name, label, onClick) {
  return make("button", { type: "button", className: "quiet icon-only", title: label, "aria-label": label, onclick: onClick }, icon(name));
}

/** The original and its painting under one slider. */
export function compare(original, painting, name) {
  const slider = make("input", { type: "range", min: 0, max: 100, value: 50, "aria-label": `Original left of the line, in per cent: ${name}` });
  const box = make("div", { className: "compare" }, make("img", { src: painting, alt: name, loading: "lazy" }), make("img", { src: original, alt: "", className: "under", loading: "lazy" }), slider);
  slider.addEventListener("input", () => box.style.setProperty("--split", `${slider.value}%`));
  return box;
}
