// The keys of the live window, from the server's one table of commands.
const NAMES = { ArrowUp: "up", ArrowDown: "down", ArrowLeft: "left", ArrowRight: "right", " ": "space", Escape: "esc" };
const OWN_KEYS = new Set(["up", "down", "left", "right", "space"]); // what controls that have the focus use themselves

export class Keys {
  #bindings = new Map();
  #rests = false;

  /** give: called with a command's name and value */
  constructor(commands, give) {
    const rows = [];
    for (const command of commands) {
      for (const key of command.keys) {
        for (const name of key.keys) this.#bindings.set(name, [command.name, key.value ?? undefined]);
        if (key.shown) rows.push([key.shown, key.help]);
      }
    }
    this.give = give;
    fill(document.getElementById("key-table"), rows);
    document.addEventListener("keydown", (event) => this.#pressed(event));
  }

  /** Whether they do nothing for now: another page is seen. */
  rest(rests) { this.#rests = rests; }

  #pressed(event) {
    if (this.#rests || event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
    const name = NAMES[event.key] ?? event.key.toLowerCase(), binding = this.#bindings.get(name);
    if (!binding || isTaken(event.target, name)) return;
    event.preventDefault();
    this.give(...binding);
  }
}

function isTaken(target, name) {
  if (target.matches("input[type=text], input[type=password], textarea, [contenteditable]")) return true;
  if (target.matches("select, input[type=range], input[type=radio]")) return OWN_KEYS.has(name) || target.matches("select");
  return name === "space" && target.matches("button, a, input, summary");
}

function fill(body, rows) {
  body.replaceChildren(...rows.map(([shown, help]) => {
    const row = document.createElement("tr"), keys = document.createElement("td"), what = document.createElement("td");
    for (const key of shown.split(" ")) { const cap = document.createElement("kbd"); cap.textContent = key; keys.append(cap); }
    what.textContent = help;
    row.append(keys, what);
    return row;
  }));
}
