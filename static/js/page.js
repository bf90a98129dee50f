/* What every page with htmx shares: a thin progress line, errors as toasts in words, busy buttons, live counters, pressed-once forms. */

import { attach, on } from "./attach.js";
import { errorText } from "./net.js";
import { toast } from "./toast.js";

let running = 0;
const line = () => document.querySelector("[data-page-progress]");
const busy = (by) => { running = Math.max(0, running + by); line()?.toggleAttribute("data-busy", running > 0); };

let waiting = new WeakMap();
on(document, "htmx:beforeRequest", (event) => { const timer = setTimeout(() => { busy(1); waiting.set(event.detail.xhr, true); }, 150); waiting.set(event.detail.xhr, timer); });
on(document, "htmx:afterRequest", (event) => { const state = waiting.get(event.detail.xhr); if (state === true) busy(-1); else clearTimeout(state); });
on(document, "htmx:sendError", () => toast(errorText(0), { kind: "error" }));
on(document, "htmx:timeout", () => toast(errorText(0), { kind: "error" }));
on(document, "htmx:responseError", (event) => {
  const { status, responseText } = event.detail.xhr;
  let words = "";
  try { if ((event.detail.xhr.getResponseHeader("Content-Type") || "").includes("json")) words = JSON.parse(responseText).detail; } catch { /* not for people */ }
  toast(words || errorText(status), { kind: "error" });
});

/* a plain form is sent once: its button is held until the page changes */
attach("form[data-form]", (form) => on(form, "submit", (event) => {
  if (event.defaultPrevented) return;
  const button = event.submitter || form.querySelector("[type=submit]");
  setTimeout(() => { button?.setAttribute("data-busy", ""); button?.setAttribute("aria-busy", "true"); }, 0);
  setTimeout(() => { button?.removeAttribute("data-busy"); button?.removeAttribute("aria-busy"); }, 8000);
}));
on(window, "pageshow", () => document.querySelectorAll("[data-busy].btn").forEach((b) => b.removeAttribute("data-busy")));

/* a button that leads back to its own page (move up, switch off) has the focus again there, or its neighbour when it is gone */
const PRESSED = "pressed";
on(document, "submit", ({ target: form, submitter: button, defaultPrevented }) => {
  if (defaultPrevented || !button || !form.matches("form[method=post]")) return;
  sessionStorage.setItem(PRESSED, JSON.stringify([location.pathname, form.getAttribute("action"), button.name, button.value]));
});
attach("body", () => {
  const [path, action, name, value] = JSON.parse(sessionStorage.getItem(PRESSED) || "[]");
  sessionStorage.removeItem(PRESSED);
  if (path !== location.pathname || !action || document.querySelector("[aria-invalid=true]")) return;
  const form = [...document.querySelectorAll("form[method=post]")].find((one) => one.getAttribute("action") === action);
  const buttons = [...(form?.querySelectorAll("button:enabled") || [])];
  (buttons.find((one) => one.name === name && one.value === value) || buttons[0])?.focus({ preventScroll: false });
});

/* the first wrong field gets the focus when a form comes back */
attach("form[data-form] [aria-invalid=true]", (field) => { if (!document.querySelector("[data-invalid-focused]")) { field.toggleAttribute("data-invalid-focused", true); field.focus({ preventScroll: false }); } });

/* live counters: {"all": 48} → [data-count="all"]; the looks of warning and breach follow the number */
export function setCounts(counts) {
  for (const [key, value] of Object.entries(counts)) {
    document.querySelectorAll(`[data-count="${CSS.escape(key)}"]`).forEach((node) => {
      node.textContent = value;
      const some = Number.parseInt(value, 10) > 0;
      if (node.dataset.look === "bad") node.className = some ? "count-bad" : "count";
      if (node.dataset.look === "warn") node.className = some ? "count count-warn" : "count";
    });
    document.querySelectorAll(`[data-count-dot="${CSS.escape(key)}"]`).forEach((dot) => { dot.hidden = !(Number.parseInt(value, 10) > 0); });
  }
}
on(document, "live:counts", (event) => setCounts(event.detail.counts || event.detail));
on(document, "counts", (event) => setCounts(event.detail.counts || event.detail));

/* [data-copy]: copies its value */
attach("[data-copy]", (button) => on(button, "click", async () => { try { await navigator.clipboard.writeText(button.dataset.copy); toast(button.dataset.copied || button.dataset.copy, { icon: "copy" }); } catch { /* no clipboard here */ } }));
/* [data-submit-on-change]: a filter form that needs no button */
attach("[data-submit-on-change]", (form) => on(form, "change", () => form.requestSubmit()));
