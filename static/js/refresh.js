/* [data-refresh="address"][data-every="seconds"]: the element's content is fetched anew when the socket tells of a change (at most every two seconds,
   or as the server asks), when the connection is back, and every so many seconds. Only while the page is visible. Focus and scrolling stay.
   The socket is told that the page shows people and queues, so that it hears when somebody comes or goes.
   Fires refresh:done and refresh:failed on the element; what is on screen stays there meanwhile. */

import { attach, all, on } from "./attach.js";
import { pace, send } from "./live.js";

const told = ["row", "gone", "counts", "floor", "catchup", "resumed", "hello"];
let shown = 0;
const watch = () => { if (shown) send({ floor: true }); };
on(document, "live:open", watch);

attach("[data-refresh]", (box) => {
  const every = Number(box.dataset.every || 15) * 1000;
  let timer = 0, due = Infinity, at = 0, busy = false, tries = 0, wanted = false;

  function plan(wait) {
    const when = Date.now() + Math.max(0, wait);
    if (when >= due && timer) return;
    clearTimeout(timer);
    due = when;
    timer = setTimeout(load, when - Date.now());
  }

  async function load() {
    timer = 0; due = Infinity;
    if (document.hidden) { wanted = true; return; }
    if (busy) { wanted = true; return; }
    busy = true; wanted = false; at = Date.now();
    try {
      const answer = await fetch(box.dataset.refresh, { headers: { "HX-Request": "true" }, credentials: "same-origin", signal: AbortSignal.timeout(10_000) });
      if (!answer.ok || answer.redirected) throw new Error(String(answer.status));
      const html = await answer.text();
      if (box.isConnected) swap(html);
      tries = 0;
      box.dispatchEvent(new CustomEvent("refresh:done", { bubbles: true }));
    } catch {
      tries += 1;
      box.dispatchEvent(new CustomEvent("refresh:failed", { bubbles: true }));
    }
    busy = false;
    if (wanted) plan(pace.wait);
    plan(tries ? Math.min(30_000, 1000 * 2 ** Math.min(tries, 5)) * (0.75 + Math.random() / 2) : every);
  }

  function swap(html) {
    const focused = box.contains(document.activeElement) ? document.activeElement.getAttribute("href") : null;
    const places = [...box.querySelectorAll("[tabindex]")].map((node) => [node.scrollLeft, node.scrollTop]);
    const made = document.createElement("template");
    made.innerHTML = html;
    box.replaceChildren(made.content);
    box.querySelectorAll("[tabindex]").forEach((node, nth) => { if (places[nth]) [node.scrollLeft, node.scrollTop] = places[nth]; });
    if (focused) box.querySelector(`a[href="${CSS.escape(focused)}"]`)?.focus({ preventScroll: true });
  }

  const soon = () => plan(pace.wait - (Date.now() - at));
  plan(every);
  shown += 1;
  watch();
  return all(
    ...told.map((name) => on(document, `live:${name}`, soon)),
    on(document, "visibilitychange", () => { if (!document.hidden) soon(); }),
    () => { clearTimeout(timer); shown -= 1; if (!shown) send({ floor: false }); },
  );
});
