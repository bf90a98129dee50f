/* <dialog data-palette data-url="/palette">: Ctrl+K, `/` or [data-palette-open]. Asks `?q=` for {"groups": [{"label", "items": [{"label", "hint", "icon", "url" | "post" | "event", "keys"}]}]}
   (with `ticket=` of the one that is open, whose verbs come too);
   arrows choose, Enter opens, Ctrl+Enter opens in a new tab. Slow answers never overtake newer ones; the last list stays while the next is fetched. */

import { attach, all, announce, on } from "./attach.js";
import { request } from "./net.js";
import { shortcut } from "./shortcuts.js";
import { t } from "./texts.js";
import { iconNode, toast } from "./toast.js";

attach("dialog[data-palette]", (dialog) => {
  const input = dialog.querySelector("input");
  const list = dialog.querySelector('[role="listbox"]');
  let timer = 0, running = null, items = [], chosen = -1;

  function choose(index) {
    chosen = items.length ? (index + items.length) % items.length : -1;
    items.forEach(({ node }, i) => node.setAttribute("aria-selected", String(i === chosen)));
    if (chosen < 0) return input.removeAttribute("aria-activedescendant");
    input.setAttribute("aria-activedescendant", items[chosen].node.id);
    items[chosen].node.scrollIntoView({ block: "nearest" });
  }

  function draw(groups) {
    items = [];
    list.replaceChildren();
    for (const group of groups) {
      if (!group.items?.length) continue;
      const box = document.createElement("div");
      box.setAttribute("role", "group");
      if (group.label) { const head = document.createElement("div"); head.className = "palette-group"; head.textContent = group.label; head.setAttribute("aria-hidden", "true"); box.setAttribute("aria-label", group.label); box.append(head); }
      for (const item of group.items) {
        const node = document.createElement("div");
        node.className = "palette-item";
        node.id = `palette-item-${items.length}`;
        node.setAttribute("role", "option");
        node.setAttribute("aria-selected", "false");
        const label = document.createElement("span");
        label.textContent = item.label;
        node.append(iconNode(item.icon || "arrow-right"), label);
        if (item.hint) { const hint = document.createElement("small"); hint.textContent = item.hint; node.append(hint); }
        if (item.keys) { const kbd = document.createElement("kbd"); kbd.className = "kbd"; kbd.textContent = item.keys; node.append(kbd); }
        const index = items.push({ node, item }) - 1;
        node.addEventListener("pointermove", () => chosen !== index && choose(index));
        node.addEventListener("click", (event) => go(item, event.ctrlKey || event.metaKey));
        box.append(node);
      }
      list.append(box);
    }
    if (!items.length) say(t("palette.empty", { q: input.value.trim() }));
    else announce(t("palette.results", { n: items.length }));
    choose(0);
  }

  function say(text) {
    const node = document.createElement("div");
    node.className = "palette-empty";
    node.setAttribute("role", "option");
    node.setAttribute("aria-disabled", "true");
    node.setAttribute("aria-selected", "false");
    node.textContent = text;
    items = [];
    list.replaceChildren(node);
    announce(text);
  }

  async function ask() {
    running?.abort();
    const mine = (running = new AbortController());
    try {
      const url = new URL(dialog.dataset.url, location.href);
      url.searchParams.set("q", input.value.trim());
      const ticket = document.querySelector("[data-ticket]");
      if (ticket) url.searchParams.set("ticket", ticket.dataset.number);
      const data = await request(url, { signal: mine.signal });
      if (mine === running) draw(data.groups || []);
    } catch (error) {
      if (error.name !== "AbortError" && mine === running) say(t("palette.failed"));
    }
  }

  async function go(item, aside) {
    dialog.close();
    if (item.url) { if (aside) window.open(item.url, "_blank", "noopener"); else location.assign(item.url); }
    else if (item.post) {
      try { const data = await request(item.post, { method: "POST", body: new FormData() }); if (data?.url) location.assign(data.url); document.dispatchEvent(new CustomEvent("palette:done", { detail: { item, data } })); }
      catch (error) { toast(error.message, { kind: "error" }); }
    } else if (item.event) document.dispatchEvent(new CustomEvent(item.event, { detail: item }));
  }

  function open() {
    if (dialog.open) return dialog.close();
    dialog.showModal();
    input.select();
    ask();
  }

  return all(
    shortcut("Ctrl+k", t("keys.palette"), open),
    shortcut("/", t("keys.search"), open),
    on(document, "click", (event) => { if (event.target.closest("[data-palette-open]")) open(); }),
    on(input, "input", () => { clearTimeout(timer); timer = setTimeout(ask, 120); }),
    on(dialog, "keydown", (event) => {
      if (event.isComposing) return;
      if (event.key === "ArrowDown") choose(chosen + 1);
      else if (event.key === "ArrowUp") choose(chosen - 1);
      else if (event.key === "Enter") { if (items[chosen]) go(items[chosen].item, event.ctrlKey || event.metaKey); }
      else if (event.key.toLowerCase() === "k" && (event.ctrlKey || event.metaKey)) dialog.close();
      else return;
      event.preventDefault();
    }),
    on(dialog, "click", (event) => { if (event.target === dialog) dialog.close(); }),
    () => running?.abort(),
  );
});
