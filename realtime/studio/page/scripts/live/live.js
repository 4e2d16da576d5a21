// The live page: puts the pieces together.
import { Connection } from "./connection.js";
import { smallPicture, takeDrops } from "./dropping.js";
import { Keys } from "./keys.js";
import { Meter } from "./meter.js";
import { notice } from "./notices.js";
import { Panel } from "./panel.js";
import { Pump } from "./pump.js";
import { Recorder, save } from "./recorder.js";
import { CameraSource, FileSource, StillSource, StudioCamera } from "./sources.js";
import { Stage } from "./stage.js";
import { Strip } from "./strip.js";

const $ = (id) => document.getElementById(id);
const SETTLED_MS = 900; // cameras find their exposure first

const connection = new Connection(), stage = new Stage(), meter = new Meter();
const pump = new Pump(connection, stage, meter, () => stage.view === "split" || stage.view === "side");
const strip = new Strip((name) => give("style", name));
const panel = new Panel(give, chooseView);
const recorder = new Recorder(stage.painted, showRecorder);
const own = new Map(); // the visitor's own pictures, to be told again after a new connection
let keys = null, state = null, beside = false, thumbnailsDue = true;
let studioCamera = null; // what the server tells of its own, where it shares one

/** For measurements and tests. */
globalThis.livebrush = { meter, pump, get state() { return state; } };

// Commands: those that only the page can carry out, all others go to the server

const HERE = {
  back: () => seekOr(-5, "previous_style"),
  forward: () => seekOr(5, "next_style"),
  seek: (seconds) => pump.source?.canSeek && pump.source.seekBy(seconds),
  record: (on) => { if (on ?? !recorder.isOn) begin(); else recorder.stop(); },
  full_screen: (on) => fullScreen(on ?? !document.fullscreenElement),
  help: (on) => { if (on ?? !$("help").open) $("help").showModal(); else $("help").close(); },
  split: (on) => {
    if (!pump.hasOriginals) { notice("Of the studio's camera only the painting is sent."); return; }
    beside = false;
    connection.command("split", on);
  },
};

function give(command, value) {
  if (HERE[command]) HERE[command](value); else connection.command(command, value);
}

function seekOr(seconds, command) {
  if (pump.source?.canSeek) pump.source.seekBy(seconds); else connection.command(command);
}

function fullScreen(on) {
  if (on) stage.element.requestFullscreen?.().catch(() => notice("This browser shows no full screen.")); else document.exitFullscreen?.();
}

function chooseView(view) {
  beside = view === "side";
  connection.command("split", view === "split");
  connection.command("original", view === "original");
}

// What the server says

connection.addEventListener("open", () => { $("link").dataset.state = "open"; $("link").title = "connected"; });
connection.addEventListener("closed", ({ detail }) => {
  $("link").dataset.state = "closed";
  $("link").title = "not connected";
  notice(detail.reason || "The studio does not answer; trying again.");
});
connection.addEventListener("loading", ({ detail }) => { $("loading-bar").value = detail.done / detail.of; });
connection.addEventListener("hello", async ({ detail }) => {
  takeStudioCamera(detail.camera);
  takeDeck(detail);
  takeState(detail);
  $("loading").hidden = true;
  if (!pump.source) await useSample();
  connection.command("mirror", pump.source.facesViewer);
  connection.command("net_size", pump.source.isStill ? "full" : "auto");
  pump.changed();
  for (const [name, picture] of own) connection.addStyle(picture, name).catch(() => {});
});
connection.addEventListener("deck", ({ detail }) => { takeDeck(detail); takeState(detail); });
for (const event of ["state", "answer"]) connection.addEventListener(event, ({ detail }) => takeState(detail));
connection.addEventListener("refused", ({ detail }) => notice(detail.error));
pump.onShown = () => {
  if (!thumbnailsDue) return;
  thumbnailsDue = false;
  setTimeout(() => connection.command("thumbnails"), pump.source?.isStill ? 0 : SETTLED_MS);
};
connection.addEventListener("thumbnail", async ({ detail }) => {
  await strip.thumbnail(detail.number, detail.blob);
  for (const listener of listeners) listener();
});
connection.addEventListener("snapshot", ({ detail }) => notice(`${save(detail.blob, "png")} is among your downloads`));

function takeDeck({ styles, loading }) {
  strip.styles(styles);
  panel.styles(styles);
  $("styles-note").textContent = loading ? `${styles.length}, more are coming` : "";
  for (const listener of listeners) listener();
  if (!loading) connection.command("thumbnails");
}

function takeState({ state: told }) {
  const before = state && looks(state);
  state = told;
  const both = pump.hasOriginals;
  const view = state.original ? "original" : both && state.split ? "split" : both && beside ? "side" : "painting";
  if (stage.view !== view) { stage.view = view; pump.changed(); }
  if (document.activeElement !== stage.split) stage.splitAt(state.split_at);
  stage.mirror(state.mirror);
  panel.state(state, view);
  strip.mark(state.style, state.blend ? state.previous : null, state.page);
  meter.state(state);
  $("hud").hidden = !state.hud;
  hold(state.paused);
  for (const text of state.notices) notice(text);
  if (before !== looks(state)) pump.changed();
}

/** What changes the painting of one and the same frame. */
const looks = ({ style, strength, blend, blend_amount, previous, mix, only, keep_colours, original }) =>
  JSON.stringify([style, strength, blend, blend_amount, previous, mix, only, keep_colours, original]);

function hold(paused) {
  if (pump.paused === paused) return;
  pump.paused = paused;
  pump.source?.pause(paused);
  $("pause-button").setAttribute("aria-pressed", String(paused));
}

// Sources

async function use(open, tag) {
  try {
    const source = await open();
    if (recorder.isOn) recorder.stop();
    if (state?.paused) connection.command("pause", false);
    pump.use(source);
    thumbnailsDue = true;
    panel.views(pump.hasOriginals);
    $("tag").textContent = tag;
    $("tag").hidden = !tag;
    connection.command("mirror", source.facesViewer);
    connection.command("net_size", source.isStill ? "full" : "auto"); // a still has all the time there is
    showCamera();
  } catch (error) {
    notice(error.message);
  }
}

const useSample = () => use(async () => StillSource.open(await (await fetch("/page/sample.jpg")).blob(), "sample"), "A sample: start the camera, or open a file");
const useFile = (file) => use(() => (file.type.startsWith("image/") ? StillSource.open(file) : FileSource.open(file)), "");
const useCamera = () => use(() => ($("camera-choice").value === "server" && studioCamera ? new StudioCamera(studioCamera) : CameraSource.open()), "");
const cameraIsOn = () => pump.source instanceof CameraSource || pump.source instanceof StudioCamera;

async function toggleCamera() {
  $("camera-button").disabled = true;
  await (cameraIsOn() ? useSample() : useCamera());
  $("camera-button").disabled = false;
}

/** camera: its name and whether people see themselves in it, or null */
function takeStudioCamera(camera) {
  const choice = $("camera-choice");
  if (!studioCamera && camera && !navigator.mediaDevices?.getUserMedia) choice.value = "server"; // this device gives none
  studioCamera = camera;
  $("camera-field").hidden = !camera;
  if (camera) choice.options[1].textContent = `of the studio: ${camera.name}`;
}

$("camera-choice").addEventListener("change", () => { if (cameraIsOn()) useCamera(); });

function showCamera() {
  const on = cameraIsOn();
  $("camera-label").firstElementChild.textContent = on ? "stop " : "start ";
  $("camera-button").classList.toggle("primary", !on);
}

async function addStyle(file) {
  const button = $("add-button"), name = file.name?.replace(/\.[^.]*$/, "") || "picture";
  button.setAttribute("aria-busy", "true");
  try {
    const picture = await smallPicture(file);
    own.set(await connection.addStyle(picture, name), picture);
  } catch (error) {
    notice(error.message);
  }
  button.removeAttribute("aria-busy");
}

// Recording

function begin() {
  try {
    if (pump.source?.isStill) throw new Error("A photo is saved by the snapshot.");
    recorder.start(pump.source?.sound?.() ?? null);
  } catch (error) {
    notice(error.message);
  }
}

function showRecorder() {
  const on = recorder.isOn, button = $("record-button");
  button.setAttribute("aria-pressed", String(on));
  button.setAttribute("aria-label", on ? "Stop recording" : "Record");
  $("record-clock").hidden = !on;
  if (on) $("record-clock").textContent = "0:00";
  else notice("The recording is among your downloads");
}
setInterval(() => {
  const seconds = Math.floor(recorder.seconds);
  if (recorder.isOn) $("record-clock").textContent = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}, 500);

// Buttons

$("camera-button").addEventListener("click", toggleCamera);
$("file-button").addEventListener("click", () => $("file").click());
$("file").addEventListener("change", ({ target }) => { if (target.files[0]) useFile(target.files[0]); target.value = ""; });
$("add-button").addEventListener("click", () => $("picture").click());
$("picture").addEventListener("change", ({ target }) => { for (const file of target.files) addStyle(file); target.value = ""; });
$("pause-button").addEventListener("click", () => give("pause"));
$("snapshot-button").addEventListener("click", () => give("snapshot"));
$("record-button").addEventListener("click", () => give("record"));
$("full-screen-button").addEventListener("click", () => give("full_screen"));
$("refresh-button").addEventListener("click", () => connection.command("thumbnails"));
$("help-button").addEventListener("click", () => give("help", true));
$("help-close").addEventListener("click", () => $("help").close());
$("help").addEventListener("click", (event) => { if (event.target === $("help")) $("help").close(); });
$("lines").addEventListener("change", ({ target }) => { pump.lines = Number(target.value); pump.changed(); });
stage.split.addEventListener("change", () => { connection.command("split_at", stage.split.valueAsNumber); });
takeDrops(addStyle, useFile);

const listeners = [];

/** Call back when styles or their small pictures have changed. */
export const onStyles = (listener) => listeners.push(listener);

/** The deck, for other pages: what is known of each style, and its small picture. */
export const styles = () => strip.all().map((style) => ({ ...style, current: style.name === state?.style }));

/** Another page is seen: the camera goes off, a film waits. */
export function hide() {
  keys?.rest(true);
  if (recorder.isOn) recorder.stop();
  if (cameraIsOn()) useSample(); else pump.source?.pause(true);
}

export function reveal() {
  keys?.rest(false);
  if (state && !state.paused) pump.source?.pause(false);
}

/** Begin: the table of keys, then the connection. */
export async function start() {
  connection.connect();
  const commands = await (await fetch("/api/commands")).json();
  keys = new Keys(commands, give);
  keys.rest($("live").hidden);
}
