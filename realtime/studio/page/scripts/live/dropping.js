// Files that are dropped on the page, or pasted: to be painted, or to be painted after.

/** onStyle, onSource: called with a file */
export function takeDrops(onStyle, onSource) {
  const layer = document.getElementById("drop");
  const zones = [...layer.querySelectorAll(".drop-zone")];
  let depth = 0;
  const end = () => { depth = 0; layer.hidden = true; for (const zone of zones) zone.classList.remove("over"); };
  const live = document.getElementById("live");
  const holdsFiles = (event) => !live.hidden && event.dataTransfer?.types.includes("Files");
  addEventListener("dragenter", (event) => { if (holdsFiles(event)) { depth += 1; layer.hidden = false; } });
  addEventListener("dragleave", (event) => { if (holdsFiles(event) && --depth <= 0) end(); });
  addEventListener("dragover", (event) => {
    if (!holdsFiles(event)) return;
    event.preventDefault();
    for (const zone of zones) zone.classList.toggle("over", zone === event.target);
  });
  addEventListener("drop", (event) => {
    if (!holdsFiles(event)) return;
    event.preventDefault();
    const wanted = event.target.dataset?.drop;
    end();
    for (const file of event.dataTransfer.files) give(file, wanted);
  });
  addEventListener("paste", (event) => { if (!live.hidden) for (const file of event.clipboardData?.files ?? []) give(file, "style"); });

  function give(file, wanted) {
    if (file.type.startsWith("image/") && wanted !== "source") onStyle(file);
    else onSource(file);
  }
}

/** A picture small enough to send: nets look at no more than a few hundred pixels of it. */
export async function smallPicture(file) {
  const most = 1024, bitmap = await createImageBitmap(file, { imageOrientation: "from-image" }).catch(() => null);
  if (!bitmap) return file; // the server may know it
  const scale = Math.min(1, most / Math.max(bitmap.width, bitmap.height));
  const canvas = new OffscreenCanvas(Math.max(1, Math.round(bitmap.width * scale)), Math.max(1, Math.round(bitmap.height * scale)));
  const context = canvas.getContext("2d");
  context.imageSmoothingQuality = "high";
  context.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  bitmap.close();
  return canvas.convertToBlob({ type: "image/png" });
}
