/* The desk's own behaviour over the kit: a ticket opens in its column (the address follows, back and forward work), views and filters change the list in place,
   fields are set from menus with what the person saw, other people's changes arrive in the open ticket, counts keep up, an answer that is taken back returns to the composer. */

import { attach, on } from "./attach.js";
import { openDialog } from "./dialog.js";
import { pace } from "./live.js";
import { request } from "./net.js";
import { setCounts } from "./page.js";
import { shortcut } from "./shortcuts.js";
import { t } from "./texts.js";


const column = () => document.querySelector("#col-main [data-ticket]");
const list = () => document.querySelector("#ticket-list");
const columns = () => document.querySelector(".columns");
const view = () => list()?.dataset.view || document.querySelector("#list-column")?.dataset.view || "";

/* ---- counts ---- */
let countTimer = 0, countedAt = 0;
function counts() {
  if (countTimer || document.hidden || !document.querySelector("[data-count], [data-count-dot]")) return;
  countTimer = setTimeout(async () => {
    countTimer = 0;
    countedAt = Date.now();
    try { counted((await request("/tickets/counts/")).counts); } catch { /* the next push asks again */ }
  }, Math.max(0, countedAt ? Math.max(1000, pace.wait) - (Date.now() - countedAt) : 0));
}

/* A list by time ("due soon") fills without any change that could be told: when its number moved, its rows are looked at. */
let before = {}, byTime = false;
function counted(found) {
  setCounts(found);
  const key = view(), moved = byTime && key in before && key in found && before[key] !== found[key];
  before = found;
  byTime = false;
  if (moved && list()?.dataset.by === "due") document.dispatchEvent(new CustomEvent("list:moved"));
}
function passed() { byTime = true; counts(); }

/* ---- opening a ticket in its column ---- */
function addressOf(url) {
  const address = new URL(url, location.href);
  if (view()) address.searchParams.set("view", view());
  return address.pathname + address.search + address.hash;
}

let opening = null;
async function openTicket(url, { push = true, source } = {}) {
  const target = document.getElementById("col-main");
  if (!target || !window.htmx) { location.assign(url); return; }
  const mine = (opening = {});
  const address = addressOf(url);
  await window.htmx.ajax("GET", address, { target: "#col-main", swap: "innerHTML", source: source || target });
  if (mine !== opening) return;
  if (push && location.pathname + location.search !== address) history.pushState({ desk: address }, "", address);
  shown();
}

function shown() {
  const ticket = column();
  const grid = columns();
  if (!ticket || !grid) return;
  delete grid.dataset.empty;
  if (grid.dataset.show === "list") grid.dataset.show = "ticket";
  document.title = ticket.dataset.title;
  if (list()) list().dataset.current = ticket.dataset.ticket;
}

on(document, "click", (event) => {
  if (event.defaultPrevented || event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
  const row = event.target.closest("#ticket-list .row");
  const link = event.target.closest("a.row-subject, a[data-open-ticket]");
  if (link && document.getElementById("col-main")) {
    event.preventDefault();
    openTicket(link.getAttribute("href"), { source: row || undefined });
    return;
  }
  const other = event.target.closest("a.view, a[data-list-link]");
  if (other && document.getElementById("list-column")) {
    event.preventDefault();
    openList(other.getAttribute("href"));
  }
});

on(document, "ticket:open", (event) => openTicket(event.detail.url));
on(window, "popstate", () => {
  const ticket = /^\/tickets\/HD-\d+\/$/i.test(location.pathname);
  if (!document.getElementById("list-column")) return;
  if (ticket) openTicket(location.pathname + location.search + location.hash, { push: false });
  else location.reload();
});

/* ---- another view, order or filter in the list column ---- */
async function openList(url) {
  await window.htmx.ajax("GET", url, { target: "#list-column", swap: "innerHTML" });
  const shownView = view();
  document.querySelectorAll("a.view").forEach((link) => {
    const key = new URL(link.href).searchParams.get("view");
    if (key === shownView) link.setAttribute("aria-current", "page"); else link.removeAttribute("aria-current");
  });
  const desk = document.querySelector(".desk");
  if (desk?.dataset.views === "open") delete desk.dataset.views;
  const grid = columns();
  if (grid && matchMedia("(max-width: 719px)").matches) grid.dataset.show = "list";
  const ticket = column();
  const address = ticket ? `/tickets/${ticket.dataset.number}/${new URL(url, location.href).search}` : url;
  history.pushState({ desk: address }, "", address);
  counts();
}

attach("form[data-list-form]", (form) => on(form, "submit", (event) => {
  event.preventDefault();
  form.closest("[popover]")?.hidePopover();
  openList(`${form.getAttribute("action")}?${new URLSearchParams(new FormData(form))}`);
}));

/* a list that has arrived: the open ticket is marked, the counts are asked for */
attach("#ticket-list", (found) => {
  const ticket = column();
  if (ticket) found.dataset.current = ticket.dataset.ticket;
  counts();
});

/* ---- an open ticket ---- */
attach("[data-ticket]", (ticket) => {
  shown();
  if (ticket.dataset.unreadTicket !== undefined) {
    request(`/tickets/${ticket.dataset.number}/read/`, { method: "POST", body: new FormData() }).catch(() => {});
  }
  const form = new FormData();
  form.append("ticket", ticket.dataset.ticket);
  if (document.querySelector('[data-count-dot="notifications"]:not([hidden])')) {
    request("/notifications/read/", { method: "POST", body: form }).then(counts).catch(() => {});
  }
  let timer = 0, asked = 0, again = false, busy = false;
  async function refresh() {
    timer = 0;
    if (busy) { again = true; return; }
    busy = true;
    asked = Date.now();
    try { await update(ticket); } catch { /* the next push or catch-up tries again */ }
    busy = false;
    if (again) { again = false; plan(); }
  }
  const plan = () => { if (!timer) timer = setTimeout(refresh, Math.max(0, Math.min(pace.wait, 1000) - (Date.now() - asked))); };
  const ends = [
    on(document, "live:row", (event) => { if (String(event.detail.id) === ticket.dataset.ticket) { plan(); beside(event.detail.e); } }),
    on(document, "ticket:news", plan),
    on(document, "live:catchup", plan),
    on(document, "live:gone", (event) => { if (String(event.detail.id) === ticket.dataset.ticket) leave(); }),
    on(document, "undo:done", plan),
  ];
  return () => { clearTimeout(timer); ends.forEach((end) => end()); };
});

/* dialogs that the keyboard and the palette open: their form is fetched first */
async function ask(src) {
  const dialog = document.getElementById("desk-dialog"), body = document.getElementById("desk-dialog-body");
  if (!dialog || !body) return;
  const part = await html(src).catch(() => null);
  if (!part) return;
  body.replaceChildren(part);
  window.htmx?.process(body);
  openDialog(dialog);
}
on(document, "dialog:load", (event) => ask(event.detail.src));
attach("[data-ask]", (ticket) => {
  const keys = { sub: ["b", t("keys.sub"), "sub-tickets"], consult: ["q", t("keys.consult"), "consultations"] };
  const ends = ticket.dataset.ask.split(" ").filter((name) => keys[name]).map((name) => shortcut(keys[name][0], keys[name][1], () => ask(`/tickets/${ticket.dataset.number}/${keys[name][2]}/`), t("keys.ticket")));
  return () => ends.forEach((end) => end());
});

/* what stands beside a ticket and moved with it: sub-tickets, consultations; never under somebody's hands */
let besideTimer = 0;
function beside(names) {
  if (!(names || []).some((name) => name.startsWith("ticket.sub_") || name.startsWith("consultation."))) return;
  clearTimeout(besideTimer);
  besideTimer = setTimeout(() => {
    const box = document.getElementById("context-more");
    const typed = box && [...box.querySelectorAll("textarea, input[type=text]")].some((field) => field === document.activeElement || field.value !== field.defaultValue);
    if (box && !typed) document.dispatchEvent(new CustomEvent("context:changed"));
  }, 300);
}

const html = async (url) => {
  const answer = await fetch(url, { headers: { "HX-Request": "true" }, credentials: "same-origin" });
  if (answer.status === 404) { leave(); throw new Error("gone"); }
  if (!answer.ok) throw new Error(String(answer.status));
  const template = document.createElement("template");
  template.innerHTML = await answer.text();
  return template.content;
};

/** What others changed: the header (unless a menu of it is open), new messages, and our own whose state moved. */
async function update(ticket) {
  const base = `/tickets/${ticket.dataset.number}/`;
  const head = ticket.querySelector("#ticket-head");
  const pending = [...ticket.querySelectorAll(".msg-out, .letter-out")].slice(-6).map((node) => node.id.replace("message-", ""));
  const parts = [html(`${base}thread/?after=${ticket.dataset.last}`), html(`${base}header/`)];
  if (pending.length) parts.push(html(`${base}thread/?ids=${pending.join(",")}`));
  const [fresh, header, states] = await Promise.all(parts);
  if (!ticket.isConnected) return;
  if (head && !head.querySelector(":popover-open") && !head.contains(document.activeElement)) replace(head, header.querySelector("#ticket-head"));
  else if (head) head.dataset.editVersion = header.querySelector("#ticket-head").dataset.editVersion;
  const facts = document.getElementById("ticket-properties");
  if (facts && !facts.contains(document.activeElement)) replace(facts, header.querySelector("#ticket-properties"));
  renewClocks(header.querySelector("#ticket-clocks"));
  const thread = ticket.querySelector("#thread");
  fresh.querySelectorAll("article, .channel-divider, .split-offer").forEach((node) => { if (!node.id || !document.getElementById(node.id)) { thread.append(node); window.htmx?.process(node); } });
  ticket.dataset.last = fresh.querySelector("[data-last-id]")?.dataset.lastId || ticket.dataset.last;
  const came = new Set();
  states?.querySelectorAll("article").forEach((node) => {
    came.add(node.id.replace("message-", ""));
    const old = document.getElementById(node.id);
    if (old && old.querySelector(".msg-meta")?.textContent !== node.querySelector(".msg-meta")?.textContent) replace(old.querySelector(".msg-meta"), node.querySelector(".msg-meta")), old.toggleAttribute("data-pending", node.hasAttribute("data-pending"));
  });
  if (states) pending.filter((id) => !came.has(id)).forEach((id) => document.getElementById(`message-${id}`)?.remove());
}

/** The deadlines anew: after an open explanation has closed; what had the focus has it again. */
function renewClocks(fresh) {
  const clocks = document.getElementById("ticket-clocks");
  if (!clocks || !fresh) return;
  const open = clocks.querySelector(":popover-open");
  if (open) { open.addEventListener("toggle", () => renewClocks(fresh), { once: true }); return; }
  const focused = clocks.contains(document.activeElement) ? document.activeElement : null;
  const ended = clocks.querySelector("details")?.open;
  replace(clocks, fresh);
  if (ended) fresh.querySelector("details")?.setAttribute("open", "");
  if (!focused) return;
  const same = [...fresh.querySelectorAll("button, summary, a")].find((node) => ["popovertarget", "data-dialog-src", "href"].every((name) => node.getAttribute(name) === focused.getAttribute(name)));
  (same || fresh.querySelector("button"))?.focus({ preventScroll: true });
}

function replace(old, fresh) {
  if (!old || !fresh) return;
  old.replaceWith(fresh);
  window.htmx?.process(fresh);
}

function leave() {
  const main = document.getElementById("col-main");
  if (!column() || !main) return;
  main.replaceChildren();
  document.getElementById("context-body")?.replaceChildren();
  const grid = columns();
  if (grid) { grid.dataset.empty = ""; grid.dataset.show = "list"; }
  if (list()) delete list().dataset.current;
  history.replaceState({}, "", `/tickets/${view() ? `?view=${view()}` : ""}`);
}
on(document, "ticket:left", leave);

/* what was sent is in the thread: the next question for news starts behind it */
on(document, "ticket:said", (event) => {
  const ticket = column();
  if (ticket && String(event.detail.id) === ticket.dataset.ticket) ticket.dataset.last = String(Math.max(Number(ticket.dataset.last) || 0, event.detail.message));
});

/* an answer that was taken back: its text returns to the composer */
function takenBack(data) {
  document.getElementById(`message-${data.message}`)?.remove();
  const composer = document.querySelector("hd-composer");
  if (composer && data.text && !composer.text.value.trim()) { composer.reply(); composer.insert(data.text); }
}
on(document, "undo:done", (event) => { if (event.detail.data?.message) takenBack(event.detail.data); });
on(document, "htmx:afterRequest", (event) => {
  if (!/\/withdraw\/$/.test(event.detail.pathInfo?.requestPath || "") || !event.detail.successful) return;
  try { takenBack(JSON.parse(event.detail.xhr.responseText)); } catch { /* nothing to put back */ }
});

/* ---- fields from menus ---- */
on(document, "click", (event) => {
  const item = event.target.closest("[data-set-field]");
  if (item && item.getAttribute("aria-disabled") !== "true") {
    const { setField: field, value, was, url, version } = item.dataset;
    window.htmx.ajax("POST", url, { target: "#ticket-head", swap: "outerHTML", values: { field, value, was, edit_version: version } });
    return;
  }
  const tag = event.target.closest("[data-add-tag]");
  if (tag) {
    const input = tag.closest("form").querySelector('input[name="value"]');
    const words = input.value.split(",").map((word) => word.trim()).filter(Boolean);
    if (!words.includes(tag.dataset.addTag)) input.value = [...words, tag.dataset.addTag].join(", ");
    input.focus();
  }
});

/* 409: somebody was quicker; both values are shown in the dialog. 422: a form came back with what is wrong with it. */
on(document, "htmx:beforeSwap", (event) => {
  const { xhr } = event.detail;
  if (xhr.status === 409 && (xhr.getResponseHeader("Content-Type") || "").includes("html")) {
    event.detail.shouldSwap = true;
    event.detail.isError = false;
    event.detail.target = document.getElementById("desk-dialog-body");
    event.detail.swapOverride = "innerHTML";
  } else if (xhr.status === 422 && document.getElementById("desk-dialog")?.open) {
    event.detail.target = document.getElementById("desk-dialog-body");
    event.detail.swapOverride = "innerHTML";
  }
});
on(document, "htmx:afterSwap", (event) => {
  if (event.target.id === "desk-dialog-body" && event.target.querySelector("[data-open-dialog]")) openDialog(document.getElementById("desk-dialog"));
  if (event.target.id === "col-main") shown();
});
on(document, "htmx:afterRequest", (event) => {
  if (event.detail.successful && event.detail.elt?.matches?.("form[data-field-form]")) document.dispatchEvent(new CustomEvent("dialog:close"));
});
on(document, "click", (event) => {
  if (!event.target.closest("[data-refresh-header]")) return;
  const ticket = column();
  if (ticket) html(`/tickets/${ticket.dataset.number}/header/`).then((part) => replace(document.getElementById("ticket-head"), part.querySelector("#ticket-head"))).catch(() => {});
});

/* ---- bulk ---- */
on(document, "click", (event) => {
  const item = event.target.closest("[data-bulk-action]");
  const form = document.getElementById("bulk-form");
  if (!item || !form) return;
  form.elements.action.value = item.dataset.bulkAction;
  form.elements.value.value = item.dataset.bulkValue || "";
  form.requestSubmit();
});

/* ---- the conversation: changes between messages, a mail as it was sent ---- */
on(document, "click", async (event) => {
  const ticket = column();
  if (!ticket) return;
  if (event.target.closest("[data-toggle-changes]")) {
    const thread = ticket.querySelector("#thread");
    const on_ = thread.toggleAttribute("data-changes");
    window.htmx.ajax("GET", `/tickets/${ticket.dataset.number}/thread/${on_ ? "?changes=1" : ""}`, { target: "#thread", swap: "innerHTML" });
  }
  const show = event.target.closest("[data-show-html]");
  if (show) {
    const body = document.querySelector(`#message-${show.dataset.showHtml} .letter-body`);
    if (!body) return;
    const frame = document.createElement("iframe");
    frame.className = "letter-frame";
    frame.setAttribute("sandbox", "allow-popups allow-popups-to-escape-sandbox allow-same-origin");
    frame.referrerPolicy = "no-referrer";
    frame.title = show.textContent.trim();
    frame.dataset.frame = "";
    frame.src = show.dataset.src;
    body.replaceChildren(frame);
  }
});

/* ---- tabs of the context column ---- */
on(document, "click", async (event) => {
  const tab = event.target.closest("[data-context-tab]");
  if (!tab) return;
  const box = tab.closest(".col-body");
  box.querySelectorAll("[data-context-tab]").forEach((other) => { if (other === tab) other.setAttribute("aria-current", "page"); else other.removeAttribute("aria-current"); });
  box.querySelectorAll("[data-context-pane]").forEach((pane) => { pane.hidden = pane.dataset.contextPane !== tab.dataset.contextTab; });
  const pane = box.querySelector(`[data-context-pane="${tab.dataset.contextTab}"]`);
  if (tab.dataset.src) window.htmx.ajax("GET", tab.dataset.src, { target: pane, swap: "innerHTML" });
});

/* ---- when counts are asked for again ---- */
for (const type of ["live:counts", "live:notice", "live:catchup", "notifications:read"]) on(document, type, counts);
on(document, "visibilitychange", () => { if (!document.hidden) counts(); });
/* what time alone changes: when a chip on the page turns, and now and then for what is not on the page; desks ask at moments of their own */
on(document, "clock:state", () => setTimeout(passed, Math.random() * 4000));
const quiet = 50_000 + Math.random() * 20_000;
setInterval(() => { if (Date.now() - countedAt >= quiet) passed(); }, 5000);
attach("[data-desk]", () => { if (!list()) counts(); });

/* ---- notifications ---- */
on(document, "click", (event) => {
  const link = event.target.closest("a[data-notice]");
  if (!link) return;
  const form = new FormData();
  form.append("id", link.dataset.notice);
  request("/notifications/read/", { method: "POST", body: form, keepalive: true }).catch(() => {});
});
