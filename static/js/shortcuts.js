/* Keyboard shortcuts: single keys, sequences ("g i"), and combinations ("Ctrl+k"). A control takes one with data-shortcut="r" (its name is shown in the
   `?` sheet, or data-shortcut-label); modules register others with `shortcut(keys, label, action, group)`. Keys are dead while typing, and inside dialogs.
   Turning single keys off: <html data-shortcuts="off"> (a person's own setting, WCAG 2.1.4). */

import { attach, on } from "./attach.js";
import { openDialog } from "./dialog.js";
import { t } from "./texts.js";

const registered = new Map();
let first = "", firstAt = 0;

export function shortcut(keys, label, action, group = t("keys.general")) {
  registered.set(keys, { keys, label, action, group });
  return () => registered.delete(keys);
}

const typing = (el) => el && (el.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(el.tagName)) && !/^(checkbox|radio|button|submit)$/.test(el.type || "");
const named = (el) => el.dataset.shortcutLabel || el.getAttribute("aria-label") || el.textContent.replace(/\s+/g, " ").trim();
const visible = (el) => el.getClientRects().length > 0 && !el.disabled;

function elementFor(keys) {
  return [...document.querySelectorAll(`[data-shortcut="${CSS.escape(keys)}"]`)].find(visible);
}

function keyName(event) {
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  if (event.ctrlKey || event.metaKey) return `Ctrl+${key}`;
  return event.altKey ? "" : key;
}

function run(keys, event) {
  const own = registered.get(keys);
  if (own) { event.preventDefault(); own.action(event); return true; }
  const element = elementFor(keys);
  if (!element) return false;
  event.preventDefault();
  if (/^(INPUT|TEXTAREA)$/.test(element.tagName)) element.focus(); else element.click();
  return true;
}

const isPrefix = (key) => [...registered.keys()].some((k) => k.startsWith(`${key} `)) || !!document.querySelector(`[data-shortcut^="${CSS.escape(key)} "]`);

on(document, "keydown", (event) => {
  if (event.defaultPrevented || event.isComposing) return;
  const key = keyName(event);
  if (!key) return;
  const combined = key.startsWith("Ctrl+");
  const open = document.querySelector("dialog[open]");
  if (combined) { if (!open || registered.get(key)?.always) run(key, event); return; }
  if (typing(event.target) || open || document.documentElement.dataset.shortcuts === "off") return;
  if (document.querySelector(":popover-open")) return;
  // Enter presses what has the focus; it is a shortcut only where it would do nothing
  if (key === "Enter" && event.target.closest?.("a[href], button, summary, [role=button]")) return;
  const sequence = first && event.timeStamp - firstAt < 1200 ? `${first} ${key}` : "";
  first = "";
  if (sequence && run(sequence, event)) return;
  if (isPrefix(key)) { first = key; firstAt = event.timeStamp; event.preventDefault(); return; }
  run(key, event);
});

function keyCaps(keys) {
  const row = document.createElement("dd");
  keys.split(" ").forEach((part, index) => {
    if (index) { const then = document.createElement("span"); then.className = "ink-3 small"; then.textContent = t("keys.then"); row.append(then); }
    part.split("+").forEach((cap) => { const kbd = document.createElement("kbd"); kbd.className = "kbd"; kbd.textContent = cap.length === 1 ? cap.toUpperCase() : cap; row.append(kbd); });
  });
  return row;
}

function fill(sheet) {
  const groups = new Map();
  const add = (group, label, keys) => { if (!groups.has(group)) groups.set(group, new Map()); groups.get(group).set(keys, label); };
  registered.forEach(({ group, label, keys }) => add(group, label, keys));
  document.querySelectorAll("[data-shortcut]").forEach((el) => add(el.dataset.shortcutGroup || t(el.dataset.shortcut.startsWith("g ") ? "keys.go" : "keys.ticket"), named(el), el.dataset.shortcut));
  sheet.replaceChildren(...[...groups].map(([group, keys]) => {
    const section = document.createElement("section");
    const heading = document.createElement("h3");
    heading.textContent = group;
    const list = document.createElement("dl");
    keys.forEach((label, key) => { const name = document.createElement("dt"); name.textContent = label; list.append(name, keyCaps(key)); });
    section.append(heading, list);
    return section;
  }));
}

attach("[data-shortcut-sheet]", (dialog) => {
  const end = shortcut("?", t("keys.sheet"), () => { fill(dialog.querySelector("[data-keys]")); openDialog(dialog); });
  const button = on(document, "click", (event) => { if (event.target.closest("[data-shortcuts-open]")) { fill(dialog.querySelector("[data-keys]")); openDialog(dialog); } });
  return () => { end(); button(); };
});
