/* Wallboard: the clock, waits that count up ([data-since]) and deadlines that count down ([data-deadline]), and a live mark that turns into
   "reconnecting, figures from …" while the old figures stay on screen. The figures come by refresh.js, moved by the socket. */

import "./early.js";
import "./menu.js";
import "./refresh.js";
import { attach, on } from "./attach.js";
import { duration } from "./clock-chip.js";
import { language, t, zone } from "./texts.js";
import { timeText } from "./times.js";

attach("[data-wall-clock]", (node) => {
  const format = new Intl.DateTimeFormat(language(), { hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZone: zone() });
  const draw = () => { node.textContent = format.format(new Date()); };
  draw();
  const timer = setInterval(draw, 1000);
  return () => clearInterval(timer);
});

/* Read from afar: "3h 20m" within a day, "2d 4h" within a week, "12d" beyond. */
const DAY = 86_400_000;
function coarse(milliseconds) {
  if (milliseconds < DAY) return duration(milliseconds);
  const d = Math.floor(milliseconds / DAY), h = Math.floor((milliseconds % DAY) / 3_600_000);
  return d < 7 && h ? t("dur.dh", { d, h }) : t("dur.d", { d });
}

/* "04:05" below an hour, in coarser steps beyond. */
export function waited(milliseconds) {
  const s = Math.max(0, Math.floor(milliseconds / 1000));
  if (s >= 3600) return coarse(milliseconds);
  return `${String(Math.floor(s / 60)).padStart(2, "0")}:${String(s % 60).padStart(2, "0")}`;
}

function tick(root = document) {
  const now = Date.now();
  root.querySelectorAll("[data-since]").forEach((node) => {
    const age = now - Date.parse(node.dataset.since), words = waited(age);
    if (node.textContent !== words) node.textContent = words;
    node.toggleAttribute("data-long", age >= 3_600_000);
  });
  root.querySelectorAll("[data-deadline]").forEach((node) => {
    const left = Date.parse(node.dataset.deadline) - now, box = node.querySelector("[data-left]");
    const words = left > 0 ? t("clock.left", { t: duration(left) }) : t("clock.over", { t: coarse(-left) });
    if (box.textContent !== words) box.textContent = words;
    if (node.hasAttribute("data-over") !== left <= 0) {
      node.toggleAttribute("data-over", left <= 0);
      const use = node.querySelector("svg use"), sprite = use.getAttribute("href").split("#")[0];
      use.setAttribute("href", `${sprite}#${left <= 0 ? "breached" : "warning"}`);
    }
  });
}

let fresh = new Date(), connected = true, loaded = true;
function mark() {
  const node = document.querySelector("[data-wall-live]");
  if (!node) return;
  const ok = connected && loaded;
  node.dataset.state = ok ? "on" : "off";
  const words = ok ? node.dataset.textLive : node.dataset.textOff.replace("{t}", timeText(fresh, "clock"));
  const box = node.querySelector("[data-wall-text]");
  if (box.textContent !== words) box.textContent = words;
}

attach(".wall-body", (box) => { tick(box); const watch = new MutationObserver(() => tick(box)); watch.observe(box, { childList: true }); return () => watch.disconnect(); });
setInterval(() => tick(), 1000);
on(document, "live:lost", () => { connected = false; mark(); });
on(document, "live:hello", () => { connected = true; mark(); });
on(document, "live:resumed", () => { connected = true; mark(); });
on(document, "refresh:done", () => { fresh = new Date(); loaded = true; mark(); });
on(document, "refresh:failed", () => { loaded = false; mark(); });
