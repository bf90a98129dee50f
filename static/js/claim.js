/* A claim's page follows what others do: when its ticket changes, a page that nobody is typing in is drawn anew; else a line above the moves says so. */

import { attach, announce, all, on } from "./attach.js";
import { pace } from "./live.js";
import { t } from "./texts.js";

const EVERY = 30_000;

const touched = (box) => [...box.querySelectorAll("input, textarea, select")].some((el) => {
  if (el.type === "hidden") return false;
  if (el.type === "file") return el.files.length > 0;
  if (el.type === "checkbox" || el.type === "radio") return el.checked !== el.defaultChecked;
  if (el.tagName === "SELECT") return [...el.options].some((one) => one.selected !== one.defaultSelected) && el.value !== "";
  return el.value !== el.defaultValue;
});

attach("[data-claim]", (box) => {
  let timer = 0;

  async function look() {
    timer = 0;
    const answer = await fetch(box.dataset.claimUrl, { headers: { "HX-Request": "true" }, credentials: "same-origin" }).catch(() => null);
    if (!answer?.ok || !box.isConnected) return;
    const made = document.createElement("template");
    made.innerHTML = await answer.text();
    const fresh = made.content.querySelector("[data-claim]");
    if (!fresh || fresh.dataset.claimVersion === box.dataset.claimVersion) return;
    if (touched(box) || document.querySelector("dialog[open]")) { say(); return; }
    box.replaceWith(fresh);
    window.htmx?.process(fresh);
    announce(t("claim.changed"));
  }

  function say() {
    if (box.querySelector("[data-claim-stale]")) return;
    const bar = document.createElement("a");
    bar.className = "btn btn-sm claim-stale";
    bar.dataset.claimStale = "";
    bar.href = box.dataset.claimUrl;
    bar.textContent = t("claim.changed_show");
    box.querySelector(".claim-main")?.prepend(bar);
    announce(t("claim.changed"));
  }

  const soon = (wait) => { if (!timer) timer = setTimeout(look, wait); };
  return all(
    on(document, "live:row", (event) => { if (String(event.detail.id) === box.dataset.claimTicket) soon(pace.wait); }),
    on(document, "live:catchup", () => soon(pace.wait)),
    on(document, "claim:changed", () => soon(0)),
    on(document, "context:changed", () => soon(0)),
    // who sees the claim but not its ticket hears nothing of it
    (() => { const every = setInterval(() => { if (!document.hidden) soon(0); }, EVERY); return () => clearInterval(every); })(),
    () => clearTimeout(timer),
  );
});
