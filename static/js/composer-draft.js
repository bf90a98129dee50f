/* The draft of a composer: sent to the server 800 ms after the last change (data-draft-url), kept in this browser at once, so that a closed tab, a lost connection
   or a refused save never costs text. The server's version number keeps two windows from overwriting each other in silence. */

import { request } from "./net.js";
import { t } from "./texts.js";
import { timeText } from "./times.js";

const DELAY = 800;

export class ComposerDraft {
  constructor(composer) {
    this.composer = composer;
    this.key = `draft:${composer.dataset.draftKey}`;
    this.url = composer.dataset.draftUrl;
    this.last = this.data().text;
    this.paused = false;
    this.onHide = () => { if (document.hidden) this.flush(); };
    document.addEventListener("visibilitychange", this.onHide);
  }

  data() {
    const { form, text } = this.composer;
    const value = (name) => form.elements[name]?.value ?? "";
    return { text: text.value, mode: value("mode"), channel: value("channel"), to: value("to"), cc: value("cc"), bcc: value("bcc"), files: this.composer.files?.ids() ?? [], version: Number(value("draft_version")) || 0 };
  }

  later() {
    if (this.paused) return;
    this.dirty = true;
    this.keep();
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.save(), DELAY);
  }

  keep() {
    if (!this.composer.dataset.draftKey) return;
    try { localStorage.setItem(this.key, JSON.stringify({ ...this.data(), at: Date.now() })); } catch { /* full or forbidden: the server has it */ }
  }

  async save() {
    if (!this.url || !this.dirty) return;
    if (this.saving) { this.again = true; return; }
    this.saving = true;
    this.dirty = false;
    this.composer.state("draft", t("draft.saving"));
    try {
      const answer = await request(this.url, { method: "POST", body: this.data() });
      if (this.paused) return;
      this.composer.form.elements.draft_version.value = answer?.version ?? 0;
      this.forget();
      this.composer.state("draft-saved", t("draft.saved", { t: timeText(answer?.saved_at ? new Date(answer.saved_at) : new Date(), "clock") }));
      this.composer.dispatchEvent(new CustomEvent("composer:draft", { bubbles: true, detail: { version: answer?.version } }));
    } catch (error) {
      this.dirty = true;
      this.keep();
      if (error.status === 409 && error.data?.version) { this.composer.form.elements.draft_version.value = error.data.version; this.composer.state("warning", t("draft.conflict")); }
      else { this.composer.state("offline", t("draft.local")); if (!this.paused) this.timer = setTimeout(() => this.save(), 8000); }
    } finally {
      this.saving = false;
      if (this.again) { this.again = false; this.later(); }
    }
  }

  /** Leaving: one last try that outlives the page. */
  flush() {
    clearTimeout(this.timer);
    if (this.dirty && this.url && !this.paused) request(this.url, { method: "POST", body: this.data(), keepalive: true }).catch(() => {});
    if (!this.composer.isConnected) document.removeEventListener("visibilitychange", this.onHide);
  }

  /** Text that only this browser has, because the server was not reached, comes back into an empty or older composer. */
  restore() {
    let kept;
    try { kept = JSON.parse(localStorage.getItem(this.key) || "null"); } catch { return; }
    if (!kept || !kept.text || Date.now() - kept.at > 14 * 86_400_000) return this.forget();
    const { form, text } = this.composer;
    if (kept.text === text.value || kept.version < (Number(form.elements.draft_version.value) || 0)) return this.forget();
    text.value = kept.text;
    for (const name of ["to", "cc", "bcc"]) if (kept[name] && form.elements[name]) form.elements[name].value = kept[name];
    if (kept.mode === "note") this.composer.setMode("note", false);
    this.composer.state("offline", t("draft.local"));
    return this.later();
  }

  pause() { this.paused = true; clearTimeout(this.timer); }
  resume() { this.paused = false; this.later(); }

  sent() {
    this.dirty = false;
    this.forget();
    this.composer.form.elements.draft_version.value = 0;
    this.composer.state("", "");
    this.paused = false;
  }

  forget() { try { localStorage.removeItem(this.key); } catch { /* nothing kept */ } }
}
