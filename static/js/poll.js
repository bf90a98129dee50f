/* [data-poll]: asks its address every 15 seconds while the page is looked at, with data-seen; 204 means nothing new, else the part is replaced.
   It waits while somebody types inside it. */

import { attach, announce, all, on } from "./attach.js";
import { t } from "./texts.js";

const EVERY = 15_000;

attach("[data-poll]", (box) => {
  let stopped = false;
  async function ask() {
    if (stopped || document.hidden || !navigator.onLine) return;
    if (box.contains(document.activeElement) && document.activeElement.matches("input, textarea")) return;
    const url = new URL(box.dataset.poll, location.href);
    url.searchParams.set("seen", box.dataset.seen || "");
    let answer;
    try { answer = await fetch(url, { headers: { "HX-Request": "true", "HX-Current-URL": location.href }, credentials: "same-origin" }); } catch { return; }
    const elsewhere = answer.headers.get("HX-Redirect");
    if (elsewhere) { location.assign(elsewhere); return; }
    if (answer.status !== 200 || stopped) return;
    const part = new DOMParser().parseFromString(await answer.text(), "text/html").body.firstElementChild;
    if (!part?.dataset.poll || !box.isConnected) return;
    stopped = true;
    box.replaceWith(part);
    announce(t("thread.new"));
  }
  const timer = setInterval(ask, EVERY);
  return all(() => { stopped = true; clearInterval(timer); }, on(document, "visibilitychange", ask));
});
