/* Offers and presence on every page of the staff. [data-offers] is filled with cards when the connection stands, when the server says {t: "offer"}, and when a time is over;
   each card counts down by its own clock (the server's moment is only the end). [data-presence-box] loads the person's presence when the menu around it opens.
   Events: ticket:taken (open it), ticket:take_next (ask for the next waiting one; also [data-take-next] and `o n`), presence:changed {state}. */

import { attach, announce, all, on } from "./attach.js";
import { shortcut } from "./shortcuts.js";
import { t } from "./texts.js";

const told = new Set();
let loading = null, again = false, unfolded = false, answering = 0;

const here = () => document.querySelector("[data-offers]");

async function load() {
  if (!here()) return;
  // the push about an answer may overtake the answer: a button that was replaced meanwhile could not tell of it
  if (loading || answering) { again = true; return; }
  loading = fetch("/offers/", { headers: { "HX-Request": "true" }, credentials: "same-origin" }).catch(() => null);
  const answer = await loading;
  const text = answer?.ok ? await answer.text() : null;
  loading = null;
  if (answering) { again = true; return; }
  if (text !== null && here()) {
    const held = here().contains(document.activeElement) && document.activeElement.getAttribute("hx-post");
    here().innerHTML = text;
    window.htmx?.process(here());
    if (held) here().querySelector(`[hx-post="${held}"]`)?.focus();
  }
  if (again) { again = false; load(); }
}

export function showState(state) {
  document.querySelectorAll(":is(.rail-me, .tabbar-me) .av-dot").forEach((dot) => { dot.dataset.presence = state; });
}

// on a phone the cards lie on the top of the screen, and what is under them moves down by so much
attach("[data-offers]", (node) => {
  const sizes = new ResizeObserver(() => document.documentElement.style.setProperty("--offers-height", `${node.offsetHeight}px`));
  sizes.observe(node);
  return () => sizes.disconnect();
});
attach("[data-offers]", () => all(...["live:offer", "live:hello", "live:catchup"].map((type) => on(document, type, load))));
attach("[data-my-state]", (node) => showState(node.dataset.myState));
on(document, "presence:changed", (event) => { showState(event.detail.state); load(); });

attach("[data-offer]", (card) => {
  const left = card.querySelector("[data-left]"), bar = card.querySelector("[data-bar]");
  const length = Number(card.dataset.seconds) || 60, ends = new Date(card.dataset.expires).getTime();
  if (!told.has(card.dataset.offer)) { told.add(card.dataset.offer); announce(card.dataset.said); }
  const tick = () => {
    const seconds = Math.min(length, Math.ceil((ends - Date.now()) / 1000));
    left.textContent = Math.max(0, seconds);
    bar.style.setProperty("inline-size", `${Math.max(0, Math.min(100, (100 * seconds) / length))}%`);
    if (seconds <= 0) { clearInterval(timer); load(); }
  };
  const timer = setInterval(tick, 1000);
  tick();
  return () => clearInterval(timer);
});

/* a refusal (somebody was quicker) is said by page.js; the card goes */
const concerns = (event) => /^\/(offers\/|queues\/next\/)/.test(event.detail.requestConfig?.path || "");
on(document, "htmx:beforeRequest", (event) => { if (concerns(event)) answering += 1; });
on(document, "htmx:afterRequest", (event) => {
  if (!concerns(event)) return;
  answering = Math.max(0, answering - 1);
  if (!answering && (again || !event.detail.successful)) { again = false; load(); }
});

/* the cards behind the first stay unfolded when another comes or goes */
attach("[data-offers-more]", (more) => {
  more.open = unfolded;
  return on(more, "toggle", () => { if (more.isConnected) unfolded = more.open; });
});

/* the next one by hand */
const next = () => { if (here()) window.htmx?.ajax("POST", "/queues/next/", { source: document.body, target: "#offers", swap: "innerHTML" }); };
on(document, "ticket:take_next", next);
attach("[data-may-take]", () => shortcut("o n", t("keys.take_next"), next, t("keys.offers")));
attach("[data-take-next]", (button) => on(button, "click", () => { button.closest("[popover]")?.hidePopover(); next(); }));

on(document, "ticket:taken", (event) => {
  if (document.getElementById("col-main")) document.dispatchEvent(new CustomEvent("ticket:open", { detail: event.detail }));
  else location.assign(event.detail.url);
});

attach("[data-presence-box]", (box) => {
  const menu = box.closest("[popover]");
  return all(
    on(menu || box, "toggle", (event) => { if (event.newState === "open") window.htmx?.ajax("GET", "/presence/", { target: box, swap: "innerHTML" }); }),
    // the menu's own arrow keys must not take those of the choices
    on(box, "keydown", (event) => { if (event.key.startsWith("Arrow") || event.key === "Home" || event.key === "End") event.stopPropagation(); }),
  );
});
