/* Files of a composer: chosen, dropped or pasted; each is uploaded at once (data-upload-url answers {"id", "name", "size", "kind"}) and posted as a repeated `files` field. */

import { announce, on } from "./attach.js";
import { upload } from "./net.js";
import { t } from "./texts.js";
import { iconNode } from "./toast.js";
import { size } from "./upload.js";

const icons = { image: "photo", pdf: "file-pdf", text: "file-text", sheet: "file-sheet", zip: "file-zip", audio: "file-audio", video: "video" };

export class ComposerFiles {
  constructor(composer) {
    this.composer = composer;
    this.box = composer.querySelector("[data-composer-files]");
    this.input = composer.querySelector("[data-composer-input]");
    this.running = new Map();
    const open = (accept) => { this.input.accept = accept; this.input.click(); };
    on(composer, "click", (event) => {
      if (event.target.closest("[data-composer-attach]")) open("");
      else if (event.target.closest("[data-composer-image]")) open("image/*");
      const remove = event.target.closest("[data-file-remove]");
      if (remove) this.remove(remove.closest(".file"));
    });
    on(this.input, "change", () => { this.add(this.input.files); this.input.value = ""; });
    on(composer, "paste", (event) => { const files = [...(event.clipboardData?.files || [])]; if (files.length) { event.preventDefault(); this.add(files); } });
    let inside = 0;
    const carries = (event) => [...(event.dataTransfer?.types || [])].includes("Files");
    on(composer, "dragenter", (event) => { if (carries(event)) { inside += 1; composer.dataset.drop = ""; } });
    on(composer, "dragleave", () => { inside = Math.max(0, inside - 1); if (!inside) delete composer.dataset.drop; });
    on(composer, "dragover", (event) => { if (carries(event)) event.preventDefault(); });
    on(composer, "drop", (event) => { inside = 0; delete composer.dataset.drop; if (carries(event)) { event.preventDefault(); this.add(event.dataTransfer.files); } });
  }

  ids() { return [...this.box.querySelectorAll('input[name="files"]')].map((field) => field.value); }
  busy() { return this.running.size > 0; }
  clear() { this.running.forEach((stop) => stop.abort()); this.running.clear(); this.box.replaceChildren(); }

  add(files) { [...files].forEach((file) => this.one(file)); this.composer.text.focus(); }

  chip(file) {
    const chip = document.createElement("span");
    chip.className = "file";
    const name = document.createElement("span");
    name.className = "file-name";
    name.textContent = file.name || "image.png";
    const bytes = document.createElement("span");
    bytes.className = "file-size";
    bytes.textContent = size(file.size);
    const remove = document.createElement("button");
    remove.type = "button";
    remove.dataset.fileRemove = "";
    remove.setAttribute("aria-label", t("file.remove", { name: file.name }));
    remove.append(iconNode("x", "i i-sm"));
    const progress = document.createElement("progress");
    progress.max = 1;
    progress.value = 0;
    progress.setAttribute("aria-label", t("file.uploading", { name: file.name }));
    chip.append(iconNode(file.type.startsWith("image/") ? "photo" : "file-text"), name, bytes, remove, progress);
    this.box.append(chip);
    return chip;
  }

  async one(file) {
    const most = Number(this.composer.dataset.maxBytes);
    if (most && file.size > most) return this.composer.error(t("file.too_large", { name: file.name, limit: size(most) }));
    const chip = this.chip(file), stop = new AbortController();
    this.running.set(chip, stop);
    try {
      const answer = await upload(this.composer.dataset.uploadUrl, file, (share) => { chip.querySelector("progress").value = share; }, stop.signal);
      const field = document.createElement("input");
      field.type = "hidden";
      field.name = "files";
      field.value = answer.id;
      chip.dataset.file = answer.id;
      chip.querySelector("progress")?.remove();
      if (answer.kind && icons[answer.kind]) chip.querySelector("svg").replaceWith(iconNode(icons[answer.kind]));
      chip.append(field);
      announce(t("file.attached", { name: file.name }));
      this.composer.draft.later();
    } catch (error) {
      chip.dataset.state = "error";
      chip.querySelector("progress")?.remove();
      this.composer.error(t("file.failed", { name: file.name, reason: error.message }));
    } finally {
      this.running.delete(chip);
    }
    return undefined;
  }

  remove(chip) {
    this.running.get(chip)?.abort();
    this.running.delete(chip);
    chip.remove();
    this.composer.draft.later();
    this.composer.text.focus();
  }
}
