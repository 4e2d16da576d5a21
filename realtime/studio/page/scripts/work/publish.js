// Hangs a result in the gallery, under a title.
import { ask } from "./api.js";

const dialog = document.getElementById("publish"), title = document.getElementById("publish-name"), said = document.getElementById("publish-said");
const original = document.getElementById("publish-original"), originalField = document.getElementById("publish-original-field");
let wanted = null;

export function publish(result) {
  wanted = result;
  said.textContent = "";
  original.checked = false;
  originalField.hidden = !result.original;
  title.value = result.name.replace(/\.[^.]*$/, "").replaceAll("_", " ");
  dialog.showModal();
  title.select();
}

document.getElementById("publish-cancel").addEventListener("click", () => dialog.close());
document.getElementById("publish-form").addEventListener("submit", async (event) => {
  event.preventDefault();
  try {
    await ask("POST", "/api/gallery", { result: wanted.id, title: title.value.trim(), original: original.checked });
    dialog.close();
    location.hash = "#gallery";
  } catch (error) {
    said.textContent = error.message;
  }
});
