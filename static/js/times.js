/* <time datetime="…" data-time="short|ago|clock|day|full">: written in the reader's zone and language, exact on hover, kept current.
   One timer for the page; text is written before the first paint of the element, so nothing shifts. */

import { attach } from "./attach.js";
import { language, t, zone } from "./texts.js";

const MINUTE = 60_000, HOUR = 3_600_000, DAY = 86_400_000;
const shown = new Set();
const formats = new Map();
// Days stand ahead of months, as on the dashboards and in mails.
const locale = () => (language() === "en" ? "en-GB" : language());

function format(name, options) {
  const key = `${name} ${language()}`;
  if (!formats.has(key)) {
    let made;
    try { made = new Intl.DateTimeFormat(locale(), { ...options, timeZone: zone() }); } catch { made = new Intl.DateTimeFormat(locale(), options); }
    formats.set(key, made);
  }
  return formats.get(key);
}

const clockTime = (d) => format("clock", { hour: "2-digit", minute: "2-digit", hourCycle: "h23" }).format(d);
const dayKey = (d) => format("key", { year: "numeric", month: "numeric", day: "numeric" }).format(d);
const full = (d) => format("full", { dateStyle: "full", timeStyle: "medium", hourCycle: "h23" }).format(d);

function day(d, now) {
  if (dayKey(d) === dayKey(now)) return t("time.today");
  if (dayKey(d) === dayKey(new Date(now - DAY))) return t("time.yesterday");
  const sameYear = d.getFullYear() === now.getFullYear();
  return sameYear ? format("md", { day: "numeric", month: "short" }).format(d) : format("ymd", { day: "numeric", month: "short", year: "numeric" }).format(d);
}

function short(d, now) {
  const age = now - d;
  if (Math.abs(age) < MINUTE) return t("time.now");
  if (age > 0 && age < HOUR) return t("time.m", { n: Math.floor(age / MINUTE) });
  if (age > 0 && age < DAY) return t("time.h", { n: Math.floor(age / HOUR) });
  if (age > 0 && age < 7 * DAY) return t("time.d", { n: Math.floor(age / DAY) });
  return day(d, now);
}

function ago(d, now) {
  const age = d - now, size = Math.abs(age);
  const relative = new Intl.RelativeTimeFormat(language(), { numeric: "auto" });
  if (size < HOUR) return relative.format(Math.round(age / MINUTE), "minute");
  if (size < DAY) return relative.format(Math.round(age / HOUR), "hour");
  if (size < 30 * DAY) return relative.format(Math.round(age / DAY), "day");
  return day(d, now);
}

const styles = {
  short, ago, day,
  clock: (d, now) => (dayKey(d) === dayKey(now) ? clockTime(d) : `${day(d, now)} ${clockTime(d)}`),
  full: (d) => format("medium", { dateStyle: "medium", timeStyle: "short", hourCycle: "h23" }).format(d),
};

export function timeText(moment, style = "clock", now = new Date()) {
  return (styles[style] || styles.clock)(moment, now);
}

function write(element, now) {
  const moment = new Date(element.dateTime);
  if (Number.isNaN(+moment)) return;
  const text = timeText(moment, element.dataset.time, now);
  if (element.textContent !== text) element.textContent = text;
}

attach("time[data-time]", (element) => {
  shown.add(element);
  write(element, new Date());
  const moment = new Date(element.dateTime);
  if (!Number.isNaN(+moment)) element.title = full(moment);
  const watch = new MutationObserver(() => write(element, new Date()));
  watch.observe(element, { attributes: true, attributeFilter: ["datetime"] });
  return () => { shown.delete(element); watch.disconnect(); };
});

setInterval(() => {
  if (document.hidden) return;
  const now = new Date();
  shown.forEach((element) => write(element, now));
}, 15_000);
document.addEventListener("visibilitychange", () => { if (!document.hidden) { const now = new Date(); shown.forEach((el) => write(el, now)); } });
