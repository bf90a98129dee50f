/* [data-columns="key"]: columns with remembered widths and folds. [data-splitter="list"] (data-min, data-max, data-reverse) drags, arrows and double click;
   [data-toggle-views], [data-toggle-context], [data-toggle-list] fold; [data-show-column="list|ticket|context"] changes the column a phone shows.
   Opening a link inside .col-list shows the conversation on a phone. Fires `columns:change`. */

import { attach, all, on } from "./attach.js";

const read = (key) => { try { return JSON.parse(localStorage.getItem(`columns:${key}`)) || {}; } catch { return {}; } };
const write = (key, value) => { try { localStorage.setItem(`columns:${key}`, JSON.stringify(value)); } catch { /* private mode: not remembered */ } };
const phone = matchMedia("(max-width: 719px)");
const narrow = matchMedia("(max-width: 1079px)");
const middle = matchMedia("(max-width: 1279px)");

attach("[data-columns]", (desk) => {
  const key = desk.dataset.columns;
  const kept = read(key);
  const columns = desk.querySelector(".columns");
  const set = (name, width) => desk.style.setProperty(`--col-${name}`, `${width}px`);
  Object.entries(kept.widths || {}).forEach(([name, width]) => set(name, width));
  if (kept.views === "off") desk.dataset.views = "off";
  if (kept.context === "off" && columns) columns.dataset.context = "off";
  const save = () => write(key, kept);

  function fold(element, attribute, isNarrow) {
    if (!element) return;
    const now = element.dataset[attribute];
    const next = isNarrow ? (now === "open" ? "" : "open") : now === "off" ? "" : "off";
    if (next) element.dataset[attribute] = next; else delete element.dataset[attribute];
    if (!isNarrow) { kept[attribute] = next; save(); }
    desk.querySelectorAll(`[data-toggle-${attribute}]`).forEach((button) => button.setAttribute("aria-expanded", String(isNarrow ? next === "open" : next !== "off")));
    desk.dispatchEvent(new CustomEvent("columns:change", { bubbles: true }));
  }

  function show(name) {
    if (!columns) return;
    columns.dataset.show = name;
    desk.dispatchEvent(new CustomEvent("columns:change", { bubbles: true, detail: { show: name } }));
  }

  return all(
    on(desk, "click", (event) => {
      if (event.target.closest("[data-toggle-views]")) return fold(desk, "views", narrow.matches);
      if (event.target.closest("[data-toggle-context]")) return phone.matches ? show(columns.dataset.show === "context" ? "ticket" : "context") : fold(columns, "context", middle.matches);
      if (event.target.closest("[data-toggle-list]")) return fold(columns, "list", false);
      const target = event.target.closest("[data-show-column]");
      if (target) return show(target.dataset.showColumn);
      if (desk.dataset.views === "open" && !event.target.closest(".views")) delete desk.dataset.views;
      return undefined;
    }),
    on(document, "keydown", (event) => {
      if (event.key !== "Escape") return;
      if (desk.dataset.views === "open") delete desk.dataset.views;
      if (columns?.dataset.context === "open") delete columns.dataset.context;
    }),
    on(desk, "htmx:beforeRequest", (event) => { if (phone.matches && event.target.closest?.(".col-list .row")) show("ticket"); }),
  );
});

attach("[data-splitter]", (bar) => {
  const desk = bar.closest("[data-columns]");
  const name = bar.dataset.splitter, min = Number(bar.dataset.min), max = Number(bar.dataset.max);
  const sign = bar.dataset.reverse === undefined ? 1 : -1;
  const column = bar.parentElement;
  function apply(width, keep) {
    const size = Math.round(Math.max(min, Math.min(max, width)));
    desk.style.setProperty(`--col-${name}`, `${size}px`);
    bar.setAttribute("aria-valuenow", String(size));
    if (keep) { const kept = read(desk.dataset.columns); kept.widths = { ...kept.widths, [name]: size }; write(desk.dataset.columns, kept); }
  }
  bar.setAttribute("aria-valuenow", String(Math.round(column.getBoundingClientRect().width)));
  return all(
    on(bar, "pointerdown", (event) => {
      event.preventDefault();
      bar.setPointerCapture(event.pointerId);
      bar.dataset.drag = "";
      const from = event.clientX, width = column.getBoundingClientRect().width;
      const move = (e) => apply(width + sign * (e.clientX - from));
      const end = (e) => { bar.removeEventListener("pointermove", move); delete bar.dataset.drag; apply(width + sign * (e.clientX - from), true); };
      bar.addEventListener("pointermove", move);
      bar.addEventListener("pointerup", end, { once: true });
      bar.addEventListener("pointercancel", end, { once: true });
    }),
    on(bar, "keydown", (event) => {
      const step = { ArrowLeft: -16, ArrowRight: 16 }[event.key];
      if (step) { event.preventDefault(); apply(column.getBoundingClientRect().width + sign * step, true); }
    }),
    on(bar, "dblclick", () => { desk.style.removeProperty(`--col-${name}`); const kept = read(desk.dataset.columns); delete kept.widths?.[name]; write(desk.dataset.columns, kept); }),
  );
});
