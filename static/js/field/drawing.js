/* The line to sign on, and photos made small enough to be sent from a cellar. */

const MOST_PIXELS = 1920;
const QUALITY = 0.82;

/** A canvas to draw on with finger, pen or mouse; `isEmpty`, `clear()`, `picture()` (PNG on white). */
export class Pad {
  constructor(canvas, changed) {
    this.canvas = canvas;
    this.changed = changed;
    this.strokes = [];
    canvas.addEventListener("pointerdown", (event) => this.begin(event));
    canvas.addEventListener("pointermove", (event) => this.go(event));
    for (const name of ["pointerup", "pointercancel"]) canvas.addEventListener(name, () => this.end());
    new ResizeObserver(() => this.draw()).observe(canvas);
  }

  get isEmpty() { return !this.strokes.some((stroke) => stroke.length > 1); }

  point(event) {
    const box = this.canvas.getBoundingClientRect();
    return [(event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height];
  }

  begin(event) {
    event.preventDefault();
    this.canvas.setPointerCapture?.(event.pointerId);
    this.current = [this.point(event)];
    this.strokes.push(this.current);
  }

  go(event) {
    if (!this.current) return;
    for (const one of event.getCoalescedEvents?.().length ? event.getCoalescedEvents() : [event]) this.current.push(this.point(one));
    this.draw();
  }

  end() {
    if (!this.current) return;
    this.current = null;
    this.changed();
  }

  clear() {
    this.strokes = [];
    this.draw();
    this.changed();
  }

  draw() {
    const scale = Math.min(window.devicePixelRatio || 1, 2);
    const { clientWidth: width, clientHeight: height } = this.canvas;
    if (!width) return;
    this.canvas.width = Math.round(width * scale);
    this.canvas.height = Math.round(height * scale);
    paint(this.canvas, this.strokes, getComputedStyle(this.canvas).color);
  }

  /** The signature as a PNG, black on white whatever the theme, 900 pixels wide. */
  picture() {
    const canvas = document.createElement("canvas");
    canvas.width = 900;
    canvas.height = Math.round(900 * (this.canvas.clientHeight / this.canvas.clientWidth));
    const context = canvas.getContext("2d");
    context.fillStyle = "white";
    context.fillRect(0, 0, canvas.width, canvas.height);
    paint(canvas, this.strokes, "black");
    return new Promise((resolve) => { canvas.toBlob(resolve, "image/png"); });
  }
}

function paint(canvas, strokes, colour) {
  const context = canvas.getContext("2d");
  context.strokeStyle = colour;
  context.lineWidth = Math.max(2, canvas.width / 260);
  context.lineCap = context.lineJoin = "round";
  for (const stroke of strokes) {
    context.beginPath();
    stroke.forEach(([x, y], nth) => context[nth ? "lineTo" : "moveTo"](x * canvas.width, y * canvas.height));
    context.stroke();
  }
}

/** A photo of at most 1,920 pixels as JPEG; rejects for what is no picture. */
export async function shrink(file) {
  const picture = await createImageBitmap(file);
  const factor = Math.min(1, MOST_PIXELS / Math.max(picture.width, picture.height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, Math.round(picture.width * factor));
  canvas.height = Math.max(1, Math.round(picture.height * factor));
  canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height);
  picture.close();
  const small = await new Promise((resolve) => { canvas.toBlob(resolve, "image/jpeg", QUALITY); });
  if (!small) throw new Error("no picture");
  return small;
}

/** SHA-256 in hexadecimal, or nothing where the browser does not work it out (no secure connection). */
export async function digest(blob) {
  if (!crypto.subtle) return "";
  const bytes = new Uint8Array(await crypto.subtle.digest("SHA-256", await blob.arrayBuffer()));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
