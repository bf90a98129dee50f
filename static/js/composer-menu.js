/* Suggestions while writing: `/word` at the start of a line or after a blank asks data-canned-url, `@word` data-mentions-url (both ?q=, answer {"items": [{"label", "hint", "text"}]}).
   Arrows choose, Enter or Tab takes, Escape closes. */

import { request } from "./net.js";
import { t } from "./texts.js";

export class ComposerMenu {
  constructor(composer) {
    this.composer = composer;
    this.box = composer.querySelector(".composer-menu");
    this.items = [];
    composer.text.addEventListener("blur", () => setTimeout(() => this.close(), 150));
  }

  /** The word being written, when it starts with a mark. */
  token() {
    const { text } = this.composer;
    if (text.selectionStart !== text.selectionEnd) return null;
    const found = /(^|[\s\u3000，。、（(])([/@])([^\s/@]{0,40})$/u.exec(text.value.slice(0, text.selectionStart));
    return found && { mark: found[2], word: found[3], from: text.selectionStart - found[3].length - 1 };
  }

  async look() {
    const token = this.token();
    const url = token && (token.mark === "/" ? this.composer.dataset.cannedUrl : this.composer.dataset.mentionsUrl);
    if (!url) return this.close();
    this.asked?.abort();
    const mine = (this.asked = new AbortController());
    clearTimeout(this.timer);
    this.timer = setTimeout(async () => {
      try {
        const address = new URL(url, location.href);
        address.searchParams.set("q", token.word);
        const data = await request(address, { signal: mine.signal });
        if (mine === this.asked && this.token()) this.draw(data.items || []);
      } catch { /* writing goes on without suggestions */ }
    }, 120);
    return undefined;
  }

  draw(items) {
    this.items = items.slice(0, 8);
    this.at = 0;
    this.box.hidden = false;
    if (!this.items.length) {
      const none = document.createElement("div");
      none.className = "composer-option ink-3";
      none.setAttribute("role", "option");
      none.setAttribute("aria-disabled", "true");
      none.textContent = t("composer.no_match");
      this.box.replaceChildren(none);
      return;
    }
    this.box.replaceChildren(...this.items.map((item, index) => {
      const node = document.createElement("div");
      node.className = "composer-option";
      node.id = `composer-option-${index}`;
      node.setAttribute("role", "option");
      const label = document.createElement("b");
      label.textContent = item.label;
      const hint = document.createElement("span");
      hint.textContent = item.hint || item.text || "";
      node.append(label, hint);
      node.addEventListener("pointerdown", (event) => { event.preventDefault(); this.take(index); });
      return node;
    }));
    this.choose(0);
  }

  choose(index) {
    this.at = (index + this.items.length) % this.items.length;
    [...this.box.children].forEach((node, i) => node.setAttribute("aria-selected", String(i === this.at)));
    this.box.children[this.at].scrollIntoView({ block: "nearest" });
    this.composer.text.setAttribute("aria-activedescendant", `composer-option-${this.at}`);
  }

  take(index) {
    const token = this.token(), item = this.items[index];
    if (!token || !item) return;
    const { text } = this.composer;
    text.setRangeText(`${item.text ?? `${token.mark}${item.label} `}`, token.from, text.selectionStart, "end");
    this.close();
    this.composer.changed();
  }

  key(event) {
    if (this.box.hidden) return false;
    if (event.key === "Escape") { this.close(); event.preventDefault(); event.stopPropagation(); return true; }
    if (!this.items.length || event.isComposing) return false;
    if (event.key === "ArrowDown") this.choose(this.at + 1);
    else if (event.key === "ArrowUp") this.choose(this.at - 1);
    else if ((event.key === "Enter" && !event.ctrlKey && !event.metaKey) || event.key === "Tab") this.take(this.at);
    else return false;
    event.preventDefault();
    return true;
  }

  close() {
    this.asked?.abort();
    this.asked = null;
    this.items = [];
    this.box.hidden = true;
    this.composer.text.removeAttribute("aria-activedescendant");
  }
}
