/* <hd-composer>: grows with its text, keeps the draft on the server (and in this browser when the server does not answer), Ctrl+Enter sends, notes, channel and recipients,
   files by button, drop and paste with progress, `/` canned replies and `@` colleagues. The markup and its data- attributes are in templates/components/composer.html.
   Other scripts: element.reply(), element.note(), element.insert(text). Events (bubbling): composer:sent, composer:draft {version}, composer:error {message}. */

import { on } from "./attach.js";
import { ComposerDraft } from "./composer-draft.js";
import { ComposerFiles } from "./composer-files.js";
import { ComposerMenu } from "./composer-menu.js";
import { closeDialog, openDialog } from "./dialog.js";
import { typing } from "./live.js";
import { errorText } from "./net.js";
import { shortcut } from "./shortcuts.js";
import { t } from "./texts.js";
import { iconNode } from "./toast.js";

/** Why the server refused, in its own words where it gave some. */
function reasonOf(xhr) {
  try { const { detail } = JSON.parse(xhr.responseText); if (detail) return detail; } catch { /* no words of its own */ }
  return errorText(xhr?.status || 0);
}

class Composer extends HTMLElement {
  connectedCallback() {
    if (this.ends) return;
    this.form = this.querySelector("form");
    if (!this.form) return;
    this.text = this.querySelector("textarea");
    this.placeholder = this.text.placeholder;
    this.label = this.text.getAttribute("aria-label");
    this.draft = new ComposerDraft(this);
    this.files = new ComposerFiles(this);
    this.menu = new ComposerMenu(this);
    this.ends = [
      on(this.text, "input", () => this.changed()),
      on(this.text, "keydown", (event) => this.key(event)),
      on(this, "click", (event) => this.click(event)),
      on(this.form, "submit", (event) => this.check(event), true),
      on(this.form, "htmx:configRequest", () => { this.sending = true; this.draft.pause(); }),
      on(this.form, "htmx:afterRequest", (event) => this.answered(event)),
      on(this.form, "keydown", (event) => {
        // Enter in a form presses its first button, which sends at once
        if (event.key === "Enter" && event.target.name === "later_at") { event.preventDefault(); this.querySelector("[data-composer-later-send]").click(); }
      }),
      on(this.form, "input", (event) => { if (event.target !== this.text && event.target.name) this.draft.later(); }),
      shortcut("r", t("keys.reply"), () => this.reply(), t("keys.ticket")),
      shortcut("n", t("keys.note"), () => this.note(), t("keys.ticket")),
      shortcut("Ctrl+Enter", t("keys.send"), () => this.submit(), t("keys.ticket")),
    ];
    this.setMode(this.dataset.mode || "reply", false);
    this.useChannel(this.querySelector('[data-channel][aria-checked="true"]'), false);
    this.draft.restore();
    this.grow();
  }

  disconnectedCallback() {
    this.draft?.flush();
    this.ends?.forEach((end) => end());
    this.menu?.close();
    this.ends = null;
  }

  reply() { this.setMode("reply"); this.text.focus(); this.scrollIntoView({ block: "nearest" }); }
  note() { this.setMode("note"); this.text.focus(); this.scrollIntoView({ block: "nearest" }); }

  insert(text) {
    const { selectionStart: from, selectionEnd: to } = this.text;
    this.text.focus();
    this.text.setRangeText(text, from, to, "end");
    this.changed();
  }

  changed() {
    this.grow();
    this.error("");
    this.limit();
    this.draft.later();
    this.menu.look();
    typing();
  }

  grow() {
    if (CSS.supports("field-sizing", "content")) return;
    this.text.style.setProperty("height", "auto");
    this.text.style.setProperty("height", `${this.text.scrollHeight + 2}px`);
  }

  key(event) {
    if (this.menu.key(event)) return;
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) { event.preventDefault(); event.stopPropagation(); this.submit(); }
    else if (event.key === "Escape") { event.stopPropagation(); this.text.blur(); }
  }

  submit() {
    const button = this.querySelector(this.dataset.mode === "note" ? ".composer-add-note" : "[data-composer-send]");
    button?.click(); // a click, so that htmx knows the button and posts its value
  }

  check(event) {
    const empty = !this.text.value.trim() && !this.files.ids().length;
    const message = this.files.busy() ? t("composer.uploading") : empty ? t("composer.empty") : this.over > 0 && this.dataset.mode !== "note" ? t("composer.over", { n: this.over }) : this.sending ? " " : "";
    if (!message) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    if (message.trim()) { this.error(message); this.text.focus(); }
  }

  answered(event) {
    if (event.target !== this.form) return;
    this.sending = false;
    if (this.form.elements.later_at) this.form.elements.later_at.disabled = true;
    if (event.detail.successful) {
      this.text.value = "";
      this.files.clear();
      this.draft.sent();
      this.grow();
      this.limit();
      this.setMode("reply");
      this.dispatchEvent(new CustomEvent("composer:sent", { bubbles: true }));
      this.text.focus();
    } else {
      this.draft.resume();
      const message = reasonOf(event.detail.xhr);
      this.error(message);
      this.dispatchEvent(new CustomEvent("composer:error", { bubbles: true, detail: { message } }));
    }
  }

  click(event) {
    const hit = (selector) => event.target.closest(selector);
    let found;
    if (hit("[data-composer-note]")) this.dataset.mode === "note" ? this.reply() : this.note();
    else if (hit("[data-composer-large]")) { found = hit("[data-composer-large]"); this.toggleAttribute("data-large"); found.setAttribute("aria-pressed", String(this.hasAttribute("data-large"))); this.text.focus(); }
    else if (hit("[data-composer-recipients]")) this.recipients();
    else if ((found = hit("[data-composer-insert]"))) this.insertMark(found.dataset.composerInsert);
    else if (hit("[data-composer-later]")) this.askTime();
    else if (hit("[data-composer-later-send]")) this.takeTime(event);
    else if ((found = hit("[data-channel]"))) { this.useChannel(found, true); this.text.focus(); }
  }

  /** A time of one's own. Its field counts only while it is asked, so that it never holds up another way to send. */
  askTime() {
    const dialog = this.querySelector("#composer-later"), field = this.form.elements.later_at;
    field.disabled = false;
    dialog.addEventListener("close", () => { if (!this.sending) field.disabled = true; }, { once: true });
    openDialog(dialog);
  }

  takeTime(event) {
    const field = this.form.elements.later_at;
    if (!field.value || !field.reportValidity()) { event.preventDefault(); field.reportValidity(); field.focus(); return; }
    queueMicrotask(() => closeDialog(this.querySelector("#composer-later"), { force: true }));
  }

  insertMark(mark) {
    const before = this.text.value.slice(0, this.text.selectionStart);
    this.insert(!before || /\s$/.test(before) ? mark : ` ${mark}`);
  }

  recipients() {
    const box = this.querySelector(".composer-recipients"), opener = this.querySelector("[data-composer-recipients]");
    box.hidden = !box.hidden;
    opener.setAttribute("aria-expanded", String(!box.hidden));
    if (!box.hidden) box.querySelector("input").focus();
    else this.querySelector("[data-composer-to-text]").textContent = [this.form.elements.to.value, this.form.elements.cc.value].filter(Boolean).join(", ");
  }

  useChannel(item, byHand) {
    if (!item) return;
    this.querySelectorAll("[data-channel]").forEach((other) => other.setAttribute("aria-checked", String(other === item)));
    this.form.elements.channel.value = item.dataset.channel;
    const opener = this.querySelector("[data-composer-channel]");
    if (opener && byHand) { opener.querySelector("span").textContent = item.dataset.label; opener.querySelector("svg").replaceWith(item.querySelector("svg").cloneNode(true)); }
    const mail = item.dataset.mail !== undefined;
    this.querySelector(".composer-to").hidden = !mail && !item.dataset.address;
    if (byHand && item.dataset.address) this.querySelector("[data-composer-to-text]").textContent = item.dataset.address;
    if (!mail) this.querySelector(".composer-recipients").hidden = true;
    this.max = Number(item.dataset.limit) || 0;
    this.limitText = item.dataset.limitText || "";
    this.limit();
    if (byHand) this.draft.later();
  }

  limit() {
    const box = this.querySelector("[data-composer-limit]");
    const length = [...this.text.value].length;
    this.over = this.max ? length - this.max : 0;
    box.classList.toggle("bad", this.over > 0);
    box.textContent = this.over > 0 ? t("composer.over", { n: this.over }) : this.max && length > this.max * 0.8 ? t("composer.left", { n: this.max - length }) : this.limitText;
  }

  setMode(mode, save = true) {
    this.dataset.mode = mode;
    this.form.elements.mode.value = mode;
    const note = mode === "note";
    this.querySelector("[data-composer-note]")?.setAttribute("aria-pressed", String(note));
    this.text.placeholder = note ? this.text.dataset.placeholderNote : this.placeholder;
    this.text.setAttribute("aria-label", note ? this.text.dataset.labelNote : this.label);
    if (save) this.draft.later();
  }

  error(message) { this.querySelector("[data-composer-error]").textContent = message; }

  state(icon, words) {
    const box = this.querySelector("[data-composer-state]");
    const text = document.createElement("span");
    text.textContent = words;
    if (words) box.replaceChildren(iconNode(icon), text); else box.replaceChildren();
  }
}

customElements.define("hd-composer", Composer);
