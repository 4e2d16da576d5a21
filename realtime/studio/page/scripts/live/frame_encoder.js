// A worker: a picture in, the message for the server out. canvas.toBlob of the page itself waits for idle moments.
const canvas = new OffscreenCanvas(1, 1);
const context = canvas.getContext("2d", { alpha: false });

onmessage = async ({ data: { bitmap, number, width, height, quality } }) => {
  if (canvas.width !== width || canvas.height !== height) { canvas.width = width; canvas.height = height; }
  context.drawImage(bitmap, 0, 0, width, height);
  bitmap.close();
  const jpeg = await canvas.convertToBlob({ type: "image/jpeg", quality });
  const message = new Uint8Array(8 + jpeg.size);
  new DataView(message.buffer).setUint32(4, number);
  message.set(new Uint8Array(await jpeg.arrayBuffer()), 8);
  postMessage({ number, message: message.buffer }, [message.buffer]);
};
