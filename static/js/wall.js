/* Wallboard: the clock, figures fetched again from the page's own address ([data-wall-body], every data-every seconds), and a live mark that turns into
   "reconnecting, figures from …" while the old figures stay on screen. */

import "./early.js";
import { attach } from "./attach.js";
import { language, zone } from "./texts.js";
import { timeText } from "./times.js";

attach("[data-wall-clock]", (node) => {
  const format = new Intl.DateTimeFormat(language(), { hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZone: zone() });
  const draw = () => { node.textContent = format.format(new Date()); };
  draw();
  const timer = setInterval(draw, 1000);
  return () => clearInterval(timer);
});

let fresh = new Date();
function live(ok) {
  const mark = document.querySelector("[data-wall-live]");
  if (!mark) return;
  if (ok) fresh = new Date();
  mark.dataset.state = ok ? "on" : "off";
  const words = ok ? mark.dataset.textLive : mark.dataset.textOff.replace("{t}", timeText(fresh, "clock"));
  const box = mark.querySelector("[data-wall-text]");
  if (box.textContent !== words) box.textContent = words;
}

attach("[data-wall-body]", (body) => {
  let timer = 0, wait = Number(body.dataset.every || 5) * 1000, tries = 0;
  async function load() {
    try {
      const answer = await fetch(body.dataset.url || location.href, { headers: { "HX-Request": "true" }, credentials: "same-origin", signal: AbortSignal.timeout(10_000) });
      if (!answer.ok) throw new Error(String(answer.status));
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const next = page.querySelector("[data-wall-body]");
      if (next) body.replaceChildren(...next.childNodes);
      tries = 0;
      live(true);
    } catch { tries += 1; live(false); }
    timer = setTimeout(load, tries ? Math.min(30_000, wait * 2 ** Math.min(tries, 3)) * (0.75 + Math.random() / 2) : wait);
  }
  timer = setTimeout(load, wait);
  return () => clearTimeout(timer);
});
