/* Toasts in [data-toasts] (aria-live polite). From script: toast(text, {kind, icon, undo, seconds}); from the server: the header
   HX-Trigger {"toast": {"text", "kind", "icon", "undo_url", "seconds"}}, or a <template data-toast data-undo data-seconds> swapped in anywhere. */

import { attach, on } from "./attach.js";
import { request } from "./net.js";
import { t } from "./texts.js";

const icons = { success: "ok", sent: "send", error: "alert", warning: "warning", info: "info" };
const sprite = () => (document.querySelector("use[href*='sprite']")?.getAttribute("href") || "/static/icons/sprite.svg").split("#")[0];

export function iconNode(name, css = "i") {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("class", css);
  svg.setAttribute("aria-hidden", "true");
  const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
  use.setAttribute("href", `${sprite()}#${name}`);
  svg.append(use);
  return svg;
}

export function toast(text, { kind = "info", icon, undo, seconds = 5, keep = kind === "error" } = {}) {
  const region = document.querySelector("[data-toasts]");
  if (!region) return null;
  const box = document.createElement("div");
  box.className = "toast";
  const words = document.createElement("span");
  words.className = "toast-text";
  words.textContent = text;
  box.append(iconNode(icon || icons[kind] || "info"), words);
  let left = undo ? seconds : keep ? 12 : 5, timer = 0;
  const end = () => { clearInterval(timer); box.remove(); };
  if (undo) {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = t("toast.undo");
    const count = document.createElement("span");
    count.className = "toast-seconds";
    count.setAttribute("aria-hidden", "true");
    count.textContent = t("toast.seconds", { n: left });
    box.append(button, count);
    button.addEventListener("click", async () => {
      end();
      try { await undo(); } catch (error) { toast(error.message, { kind: "error" }); }
    });
  } else {
    const close = document.createElement("button");
    close.type = "button";
    close.className = "toast-close";
    close.setAttribute("aria-label", t("toast.close"));
    close.append(iconNode("x"));
    close.addEventListener("click", end);
    box.append(close);
  }
  let held = false;
  // A pointer or focus on a plain message holds it; an undo keeps the time that the server gives it.
  if (!undo) { box.addEventListener("pointerenter", () => { held = true; }); box.addEventListener("pointerleave", () => { held = false; }); box.addEventListener("focusin", () => { held = true; }); box.addEventListener("focusout", () => { held = false; }); }
  timer = setInterval(() => {
    if (held) return;
    left -= 1;
    const count = box.querySelector(".toast-seconds");
    if (count) count.textContent = t("toast.seconds", { n: Math.max(0, left) });
    if (left <= 0) end();
  }, 1000);
  region.append(box);
  while (region.querySelectorAll(".toast").length > 3) region.querySelector(".toast").remove();
  return end;
}

/** Undo by posting to an address; the page hears `undo:done` afterwards. */
export const undoBy = (url) => async () => {
  const data = await request(url, { method: "POST", body: new FormData() });
  document.dispatchEvent(new CustomEvent("undo:done", { detail: { url, data } }));
  toast(t("toast.undone"));
};

attach("template[data-toast]", (template) => {
  const { kind, icon, undo, seconds } = template.dataset;
  const text = (template.content.textContent || "").trim();
  queueMicrotask(() => { template.remove(); if (text) toast(text, { kind: kind || "info", icon: icon || undefined, undo: undo ? undoBy(undo) : undefined, seconds: Number(seconds) || 5 }); });
});

on(document, "toast", (event) => {
  const { text, kind, icon, undo_url: undo, seconds, value } = event.detail || {};
  const words = text || value;
  if (words) toast(words, { kind, icon, undo: undo ? undoBy(undo) : undefined, seconds: seconds || 5 });
});
