// A field for numbers from labels: keeps the focus for hand scanners, and reads codes with a phone's camera where it can.
const FORMATS = ["code_128", "code_39", "ean_13", "qr_code", "itf", "data_matrix"];

class Scanner {
  constructor(form) {
    this.form = form;
    this.field = form.querySelector("[data-scan-field]");
    this.button = form.querySelector("[data-scan-camera]");
    this.view = document.querySelector("[data-scan-view]");
    if (this.button && this.view && "BarcodeDetector" in window && navigator.mediaDevices?.getUserMedia) {
      this.button.hidden = false;
      this.button.addEventListener("click", () => (this.stream ? this.stop() : this.start()));
    }
  }

  async start() {
    try {
      this.stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
    } catch {
      // no camera, or no leave to use it: the number is typed
      this.button.hidden = true;
      this.field.focus();
      return;
    }
    this.detector = new BarcodeDetector({ formats: FORMATS });
    this.video = this.view.querySelector("video");
    this.video.srcObject = this.stream;
    this.view.hidden = false;
    this.button.setAttribute("aria-expanded", "true");
    await this.video.play();
    this.look();
  }

  async look() {
    if (!this.stream) return;
    const found = await this.detector.detect(this.video).catch(() => []);
    if (found.length) {
      this.field.value = found[0].rawValue;
      this.stop();
      this.form.requestSubmit();
      return;
    }
    setTimeout(() => this.look(), 200);
  }

  stop() {
    for (const track of this.stream?.getTracks() ?? []) track.stop();
    this.stream = null;
    this.view.hidden = true;
    this.button.setAttribute("aria-expanded", "false");
  }
}

for (const form of document.querySelectorAll("[data-scan]")) new Scanner(form);
