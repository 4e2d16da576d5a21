// Where frames come from: the camera, a video, a photo. One at a time.

class VideoSource {
  constructor(video) {
    this.video = video;
    this.isStill = false;
  }
  get picture() { return this.video; }
  get size() { return [this.video.videoWidth, this.video.videoHeight]; }
  get isReady() { return this.video.readyState >= 2 && this.video.videoWidth > 0; }
  get canSeek() { return false; }

  /** Call back for every frame that is shown, with the time of its capture; until it is stopped. */
  watch(onFrame) {
    const video = this.video;
    if (video.requestVideoFrameCallback) {
      const next = (now, about) => {
        if (this.stopped) return;
        onFrame(about.captureTime ?? now);
        video.requestVideoFrameCallback(next);
      };
      video.requestVideoFrameCallback(next);
    } else {
      let last = -1;
      const next = (now) => {
        if (this.stopped) return;
        if (video.currentTime !== last) { last = video.currentTime; onFrame(now); }
        requestAnimationFrame(next);
      };
      requestAnimationFrame(next);
    }
  }
  pause(paused) { if (paused) this.video.pause(); else this.video.play().catch(() => {}); }
  stop() { this.stopped = true; this.video.pause(); }
}

export class CameraSource extends VideoSource {
  static async open() {
    if (!navigator.mediaDevices?.getUserMedia) {
      throw new Error("The browser gives its camera only to https:// pages and to this machine itself.");
    }
    const stream = await navigator.mediaDevices
      .getUserMedia({ video: { width: { ideal: 1280 }, height: { ideal: 720 }, frameRate: { ideal: 30 } }, audio: false })
      .catch((error) => { throw new Error(WHY[error.name] ?? `The camera cannot be opened (${error.message}).`); });
    const video = await playing((element) => { element.srcObject = stream; });
    return new CameraSource(video, stream);
  }
  constructor(video, stream) {
    super(video);
    this.stream = stream;
    this.name = "camera";
    this.facesViewer = stream.getVideoTracks()[0]?.getSettings().facingMode !== "environment";
  }
  stop() { super.stop(); for (const track of this.stream.getTracks()) track.stop(); }
}

export class FileSource extends VideoSource {
  static async open(file) {
    const address = URL.createObjectURL(file);
    try {
      const video = await playing((element) => { element.loop = true; element.muted = false; element.src = address; });
      return new FileSource(video, address, file.name);
    } catch {
      URL.revokeObjectURL(address);
      throw new Error(`${file.name} is no video that this browser plays.`);
    }
  }
  constructor(video, address, name) {
    super(video);
    this.address = address;
    this.name = name;
    this.facesViewer = false;
  }
  get canSeek() { return true; }
  seekBy(seconds) {
    const end = this.video.duration || 0;
    this.video.currentTime = Math.min(Math.max(0, this.video.currentTime + seconds), Math.max(0, end - 0.1));
  }
  /** The sound as a track to record; null where there is none. Heard all the same. */
  sound() {
    if (this.track === undefined) {
      const context = new AudioContext(), heard = context.createMediaElementSource(this.video);
      const recorded = context.createMediaStreamDestination();
      heard.connect(recorded);
      heard.connect(context.destination);
      this.context = context;
      this.track = recorded.stream.getAudioTracks()[0] ?? null;
    }
    return this.track;
  }
  stop() { super.stop(); this.context?.close(); this.video.removeAttribute("src"); this.video.load(); URL.revokeObjectURL(this.address); }
}

/** The camera of the machine that paints: its frames come painted, and are asked for one by one. */
export class StudioCamera {
  constructor({ name, faces_viewer: facesViewer }) {
    Object.assign(this, { name, facesViewer, isStill: false, isFar: true, canSeek: false, isReady: true, isPaused: false });
  }
  /** Ask again and again: an answer may be lost. */
  watch(onFrame) { this.timer = setInterval(() => { if (!this.isPaused) onFrame(performance.now()); }, 100); }
  pause(paused) { this.isPaused = paused; }
  stop() { clearInterval(this.timer); }
}

export class StillSource {
  static async open(file, name = file.name) {
    try {
      return new StillSource(await createImageBitmap(file, { imageOrientation: "from-image" }), name);
    } catch {
      throw new Error(`${name} is no picture that this browser shows.`);
    }
  }
  constructor(bitmap, name) {
    this.bitmap = bitmap;
    this.name = name;
    this.isStill = true;
    this.facesViewer = this.canSeek = false;
  }
  get picture() { return this.bitmap; }
  get size() { return [this.bitmap.width, this.bitmap.height]; }
  get isReady() { return true; }
  watch() {}
  pause() {}
  stop() { this.bitmap.close(); }
}

async function playing(give) {
  const video = document.createElement("video");
  video.playsInline = true;
  video.muted = true;
  await new Promise((done, failed) => {
    video.onloadeddata = done;
    video.onerror = failed;
    give(video);
    video.play().catch(() => {});
  });
  await video.play().catch(() => { video.muted = true; return video.play(); }); // without a gesture only what is silent plays
  return video;
}

const WHY = {
  NotAllowedError: "The browser was not allowed to use the camera: allow it in the address bar, and start again.",
  NotFoundError: "There is no camera. Open a video or a photo instead.",
  NotReadableError: "Another program uses the camera: close it there, and start again.",
};
