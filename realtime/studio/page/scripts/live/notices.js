// Short lines over the picture that go by themselves.
const SHOWN_MS = 5000;
const list = document.getElementById("notices");
const shown = new Map();

export function notice(text) {
  if (!text || shown.has(text)) return;
  const line = document.createElement("li");
  line.textContent = text;
  list.append(line);
  shown.set(text, line);
  setTimeout(() => { line.remove(); shown.delete(text); }, SHOWN_MS);
}
