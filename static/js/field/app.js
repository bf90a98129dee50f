/* The engineer's page: draws what the phone keeps, keeps what is done, and sends it whenever there is a network. */

import "../early.js";
import { drawList } from "./list.js";
import { clock, copy, fill, say, withEntries } from "./parts.js";
import { sync } from "./send.js";
import { addEntry, changeEntry, dropEntry, forget, readDay, readEntries, stayKept } from "./store.js";
import { VisitPage } from "./visit.js";

const EVERY = 30_000;
const root = document.getElementById("field");
const urls = { day: root.dataset.day, entries: root.dataset.entries };
const state = { day: null, entries: [], network: navigator.onLine ? "idle" : "offline", page: null };

const mine = () => state.entries.filter((entry) => state.day && entry.staff === state.day.staff.id);
const shownId = () => Number(/^#visit-(\d+)$/.exec(location.hash)?.[1] || 0);

async function read() {
  [state.day, state.entries] = await Promise.all([readDay(), readEntries()]);
}

/* --- drawing --------------------------------------------------------------------------------------------------------- */
function draw() {
  drawBar();
  drawRefused();
  if (!state.day) {
    if (state.network === "offline") root.querySelector("[data-place]").replaceChildren(copy("field-first"));
    return;
  }
  fill(document, { who: state.day.staff.name, outlet: state.day.outlet });
  const visit = state.day.visits.find((one) => one.id === shownId());
  const place = root.querySelector("[data-place]");
  if (!visit) {
    state.page = null;
    drawList(place, state.day, mine());
    return;
  }
  if (state.page?.id !== visit.id) {
    state.page = new VisitPage(visit, (...deed) => act(visit, ...deed));
    place.replaceChildren(state.page.element);
    window.scrollTo(0, 0);
  }
  state.page.update(withEntries(visit, mine()), state.day, mine());
}

function drawBar() {
  const waiting = mine().filter((entry) => entry.state !== "refused").length;
  const refused = mine().length - waiting;
  const others = state.entries.length - mine().length;
  const isAway = state.network === "offline";
  let words = waiting ? say("waiting", { n: waiting }) : say("sent");
  if (state.network === "sending") words = say("sending");
  if (isAway) words = waiting ? say("offline", { n: waiting }) : say("offline_none");
  const bar = root.querySelector("[data-bar]");
  bar.dataset.state = isAway ? "offline" : waiting ? "waiting" : "sent";
  bar.dataset.waiting = String(waiting);
  fill(bar, { network: words, refused: refused ? say("refused", { n: refused }) : "" });
  root.querySelector("[data-signed-out]").hidden = state.network !== "signed_out";
  fill(root, { others: others && state.day ? say("somebody_else", { n: others }) : "" });
}

/** What the server did not accept: why, and what can be done about it. */
function drawRefused() {
  const rows = mine().filter((entry) => entry.state === "refused").map((entry) => {
    const row = copy("field-refused");
    const why = entry.code === "not_found" ? say("gone") : entry.words;
    fill(row, { what: [say(`kind.${entry.kind}`), entry.name, clock(entry.at)].filter(Boolean).join(" · "), why });
    row.querySelector("[data-again]").addEventListener("click", async () => {
      await changeEntry({ ...entry, state: "waiting", words: "", code: "" });
      await again();
    });
    row.querySelector("[data-discard]").addEventListener("click", async () => {
      if (!window.confirm(say("discard_sure"))) return;
      await dropEntry(entry.seq);
      await again();
    });
    return row;
  });
  root.querySelector("[data-refused]").replaceChildren(...rows);
}

/* --- doing and sending --------------------------------------------------------------------------------------------------- */
/** Keep a deed on the phone, then send it if there is a network. True once it is kept. */
async function act(visit, kind, data, file = null) {
  const entry = { key: crypto.randomUUID?.() ?? uuid(), kind, visit: visit.id, staff: state.day.staff.id, at: new Date().toISOString(), data, file, name: visit.name, state: "waiting" };
  try {
    await addEntry(entry);
  } catch {
    root.querySelector("[data-unsaved]").hidden = false;
    return false;
  }
  await read();
  draw();
  send();
  return true;
}

function uuid() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const text = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return text.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

let isSending = false, isWanted = false;

async function send() {
  if (isSending) { isWanted = true; return; }
  isSending = true;
  try {
    do {
      isWanted = false;
      state.network = "sending";
      drawBar();
      const outcome = await sync(urls, () => again());
      state.network = outcome === "busy" ? "idle" : outcome;
    } while (isWanted && state.network === "idle");
  } catch (error) {
    state.network = "offline";
    console.warn("sending stopped:", error);
  } finally {
    isSending = false;
    await again(false);
  }
}

/** Read and draw anew what the phone keeps; with `then`, send too. */
async function again(then = !isSending) {
  await read();
  draw();
  if (then) send();
}

/** Signing out needs the server, and takes the days off the phone. */
async function leave(event) {
  event.preventDefault();
  const form = event.currentTarget;
  const waiting = mine().length;
  if (!navigator.onLine || (waiting && !window.confirm(say("leave_sure", { n: waiting })))) return;
  await forget().catch(() => {});
  form.submit();
}

/* --- the page -------------------------------------------------------------------------------------------------------------- */
async function start() {
  window.addEventListener("hashchange", draw);
  window.addEventListener("online", send);
  window.addEventListener("offline", () => { state.network = "offline"; drawBar(); });
  document.addEventListener("visibilitychange", () => { if (!document.hidden) send(); });
  root.querySelector("[data-bar] button").addEventListener("click", send);
  root.querySelector("form[data-sign-out]").addEventListener("submit", leave);
  setInterval(() => { if (!document.hidden) send(); }, EVERY);
  stayKept();
  try { await again(false); } catch { root.querySelector("[data-unsaved]").hidden = false; }
  root.dataset.ready = "";
  navigator.serviceWorker?.register(root.dataset.worker, { scope: root.dataset.scope }).catch((error) => console.warn("not kept for times without a network:", error));
  await send();
}

start();
