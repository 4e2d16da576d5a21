// Asks the server for the visitor's own work. A secret in the browser's storage owns what it made; there are no accounts.
const OWNER = "livebrush-owner";

export function owner() {
  let secret = null;
  try { secret = localStorage.getItem(OWNER); } catch { /* private windows: what is made now is lost with the page */ }
  if (!secret) {
    secret = [...crypto.getRandomValues(new Uint8Array(32))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
    try { localStorage.setItem(OWNER, secret); } catch { /* the same */ }
  }
  return secret;
}

/** What the server answers, null for an empty answer. Throws an Error with its sentence. */
export async function ask(method, path, body) {
  const headers = { "X-Livebrush-Owner": owner() };
  if (body !== undefined) headers["Content-Type"] = "application/json";
  const answer = await fetch(path, { method, headers, body: body === undefined ? undefined : JSON.stringify(body) })
    .catch(() => { throw new Error("The studio does not answer."); });
  const told = answer.status === 204 ? null : await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Error(told?.error ?? `The studio answers ${answer.status}.`);
  return told;
}

/** Send one file; onProgress is called with a share. Resolves to what the server knows of it. */
export function upload(file, onProgress) {
  return new Promise((done, failed) => {
    const request = new XMLHttpRequest(), form = new FormData();
    form.append("file", file, file.name);
    request.open("POST", "/api/files");
    request.setRequestHeader("X-Livebrush-Owner", owner());
    request.responseType = "json";
    request.upload.onprogress = ({ loaded, total }) => onProgress(loaded / total);
    request.onload = () => (request.status === 201 ? done(request.response.files[0]) : failed(new Error(request.response?.error ?? "The file was refused.")));
    request.onerror = () => failed(new Error("The studio does not answer."));
    request.send(form);
  });
}

export const limits = ask("GET", "/api/limits").catch(() => null); // null: this studio paints live only
