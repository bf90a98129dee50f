/* [data-clock="running|paused|met|missed"] with data-start, data-due, data-warn, data-taken, data-risk: sets the look (calm, risk, warn, over,
   paused, met, missed), the icon and the words. Ticks each second only near the deadline; fires `clock:state` when the look changes. */

import { attach } from "./attach.js";
import { t } from "./texts.js";
import { timeText } from "./times.js";

const icons = { calm: "clock-ring", risk: "at-risk", warn: "warning", over: "breached", paused: "clock-bars", met: "ok", missed: "breached" };
const chips = new Set();

/** A length in words, at most two units: "1h 20m", "18m", "2d 4h". Seconds only below one minute. */
export function duration(milliseconds) {
  const s = Math.max(0, Math.floor(milliseconds / 1000));
  const d = Math.floor(s / 86400), h = Math.floor((s % 86400) / 3600), m = Math.floor((s % 3600) / 60);
  if (s >= 3 * 86400) return h ? t("dur.dh", { d, h }) : t("dur.d", { d });
  if (s >= 3600) { const hours = d * 24 + h; return m ? t("dur.hm", { h: hours, m: String(m).padStart(2, "0") }) : t("dur.h", { h: hours }); }
  return s >= 60 ? t("dur.m", { m }) : t("dur.s", { s });
}

/** Look and words of a clock at a moment; pure, so that it can be tested. */
export function clockState(data, now) {
  const taken = data.taken === undefined ? null : Number(data.taken) * 1000;
  if (data.clock === "paused") return { look: "paused", words: t("clock.paused"), used: 0 };
  if (data.clock === "met") return { look: "met", words: taken === null ? t("clock.met_bare") : t("clock.met", { t: duration(taken) }), used: 0 };
  if (data.clock === "missed") return { look: "missed", words: taken === null ? t("clock.missed_bare") : t("clock.missed", { t: duration(taken) }), used: 0 };
  const due = Date.parse(data.due), start = Date.parse(data.start ?? data.due);
  const left = due - now;
  if (Number.isNaN(due)) return { look: "calm", words: "", used: 0 };
  if (left <= 0) return { look: "over", words: t("clock.over", { t: duration(-left) }), used: 100 };
  const span = Math.max(1, due - start);
  const warn = data.warn ? Date.parse(data.warn) : start + span * 0.75;
  const look = now >= warn ? "warn" : data.risk !== undefined ? "risk" : "calm";
  return { look, words: t("clock.left", { t: duration(left) }), used: Math.min(100, Math.max(0, ((now - start) / span) * 100)), left };
}

function draw(chip, now) {
  const state = clockState(chip.dataset, now);
  const words = chip.querySelector("b");
  if (!chip.querySelector("span")) state.words = state.words.charAt(0).toUpperCase() + state.words.slice(1);
  if (words.textContent !== state.words) words.textContent = state.words;
  const svg = chip.querySelector("svg");
  if (chip.dataset.look !== state.look) {
    const before = chip.dataset.look;
    chip.dataset.look = state.look;
    const use = svg.firstElementChild;
    const sprite = (use.getAttribute("href") || "").split("#")[0];
    use.setAttribute("href", `${sprite}#${icons[state.look]}`);
    if (before) chip.dispatchEvent(new CustomEvent("clock:state", { bubbles: true, detail: { look: state.look, before } }));
  }
  if (state.look === "calm") svg.style.setProperty("--ring-used", String(Math.max(4, Math.round(state.used))));
  chip.nextAt = state.left !== undefined && state.left < 90_000 ? now + 1000 : now + 15_000;
}

attach("[data-clock]", (chip) => {
  draw(chip, Date.now());
  if (chip.dataset.due && chip.dataset.clock === "running") chip.title = t("clock.due", { t: timeText(new Date(chip.dataset.due), "clock") });
  chips.add(chip);
  return () => chips.delete(chip);
});

setInterval(() => {
  if (document.hidden) return;
  const now = Date.now();
  chips.forEach((chip) => { if (now >= (chip.nextAt || 0)) draw(chip, now); });
}, 1000);
document.addEventListener("visibilitychange", () => { if (!document.hidden) chips.forEach((chip) => draw(chip, Date.now())); });
