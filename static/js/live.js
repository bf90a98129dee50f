/* One WebSocket for the desk (docs/developer/live.md). Started by <html data-live="/ws/desk/"> or any [data-live] element; data-position is the event position
   that the server read before it rendered the page. A frame is one message or a list of them: {t: "hello" | "row" | "gone" | "counts" | "notice" | "presence" | …, id, v, p, wait};
   each becomes an event `live:<t>` on document, detail = the message. `p` moves our position, which is sent as {resume: position} when the socket opens; `wait` (seconds) is the
   least time between two fetches of rows. `catchup` with a position is answered here by a resume; `catchup` with `all` goes to the lists, which load themselves anew.
   [data-live-ticket="id"]: tells the server that this ticket is being looked at; [data-presence="id"]: its faces. typing(): its writer is at work. `send(object)` for others.
   Events: live:open, live:lost (also when the device is offline). [data-live-bar] says so in words after a moment. */

import { attach, announce, on } from "./attach.js";
import { t } from "./texts.js";
import { timeText } from "./times.js";
import { iconNode } from "./toast.js";

let socket = null, address = "", position = null, tries = 0, timer = 0, stopped = false, lostAt = null, barTimer = 0;
let resuming = false, resumeTimer = 0, typingTimer = 0, staleTimer = 0;
const STALE = 20_000; // over so many milliseconds desks spread their looking again
export const pace = { wait: 2000 };
const here = new Map();

const emit = (name, detail) => document.dispatchEvent(new CustomEvent(`live:${name}`, { detail }));

export function send(message) {
  if (socket?.readyState === WebSocket.OPEN) socket.send(JSON.stringify(message));
}

const shown = () => [...here.keys()].pop() ?? null;

/** The person is writing in the ticket that is open; called at each change, tells the others now and then. */
export function typing() {
  if (shown() === null) return;
  if (!typingTimer) send({ viewing: shown(), typing: true });
  clearTimeout(typingTimer);
  typingTimer = setTimeout(() => { typingTimer = 0; send({ viewing: shown(), typing: false }); }, 6000);
}

/* Until the answer is complete, our position stays: a connection that breaks before then has missed the rest. */
function resume() {
  if (position === null) return;
  resuming = true;
  send({ resume: position });
}

function take(message) {
  if (!message || typeof message.t !== "string") return;
  if (Number.isFinite(message.wait)) pace.wait = Math.max(500, message.wait * 1000);
  // a wallboard listens for hours without anybody in front of it
  if (message.t === "ping" && !document.querySelector("[data-live-silent]")) send({ pong: true });
  if (message.t === "hello" || message.t === "resumed") { tries = 0; found(); }
  if (message.t === "resumed" || message.all) resuming = false;
  if (message.all) position = message.p;
  if (message.t === "catchup" && !message.all) {
    position = position === null ? message.p : Math.min(position, message.p);
    resuming = true;
    clearTimeout(resumeTimer);
    resumeTimer = setTimeout(resume, Math.random() * pace.wait); // every desk was told at once; they need not ask at once
    return;
  }
  if (!resuming && Number.isFinite(message.p) && (position === null || message.p > position)) position = message.p;
  // many rows changed at once: every desk was told together, and looks again at a moment of its own
  if (message.t === "stale") { clearTimeout(staleTimer); staleTimer = setTimeout(() => emit("catchup", message), Math.random() * STALE); return; }
  if (message.t !== "ping") emit(message.t, message);
}

function bar(text) {
  document.querySelectorAll("[data-live-bar]").forEach((node) => {
    node.hidden = !text;
    if (!text) return node.replaceChildren();
    const box = document.createElement("div");
    box.className = "banner banner-warn";
    const words = document.createElement("span");
    words.textContent = text;
    box.append(iconNode("offline"), words);
    node.replaceChildren(box);
    announce(text);
    return undefined;
  });
}

function lost() {
  if (lostAt) return;
  lostAt = new Date();
  emit("lost", {});
  barTimer = setTimeout(() => bar(navigator.onLine ? t("live.lost") : t("live.offline", { t: timeText(lostAt, "clock") })), 3000);
}

function found() {
  clearTimeout(barTimer);
  if (lostAt && document.querySelector("[data-live-bar]:not([hidden])")) announce(t("live.back"));
  lostAt = null;
  bar("");
}

function connect() {
  clearTimeout(timer);
  if (stopped || (socket && socket.readyState <= WebSocket.OPEN)) return;
  const url = new URL(address, location.href);
  url.protocol = location.protocol === "https:" ? "wss:" : "ws:";
  const mine = (socket = new WebSocket(url));
  mine.onopen = () => {
    clearTimeout(resumeTimer);
    resume();
    if (shown() !== null) send({ viewing: shown() });
    emit("open", { position });
  };
  mine.onmessage = (event) => {
    let message;
    try { message = JSON.parse(event.data); } catch { return; }
    (Array.isArray(message) ? message : [message]).forEach(take);
  };
  mine.onclose = (event) => {
    if (socket !== mine) return;
    socket = null;
    clearTimeout(resumeTimer);
    if (event.code === 4401 || event.code === 4403) { stopped = true; bar(t("error.signed_out")); return; }
    lost();
    tries += 1;
    const most = Math.min(30_000, 500 * 2 ** tries);
    timer = setTimeout(connect, most / 2 + Math.random() * (most / 2));
  };
}

export function start(url, from) {
  if (address) return;
  address = url;
  if (from !== undefined && from !== "") position = Number(from);
  connect();
  // a socket may outlive the outage: then nothing but its answer tells that it still works
  on(window, "online", () => { tries = 0; if (socket?.readyState === WebSocket.OPEN && position !== null) resume(); else connect(); });
  on(window, "offline", () => { lost(); bar(t("live.offline", { t: timeText(lostAt, "clock") })); });
  on(document, "visibilitychange", () => { if (!document.hidden && !socket) { tries = 0; connect(); } });
  on(window, "pagehide", () => { stopped = true; socket?.close(); });
  on(window, "pageshow", (event) => { if (event.persisted) { stopped = false; connect(); } });
}

attach("[data-live]", (element) => start(element.dataset.live || "/ws/desk/", element.dataset.position));

attach("[data-live-ticket]", (element) => {
  const id = Number(element.dataset.liveTicket);
  here.set(id, (here.get(id) || 0) + 1);
  send({ viewing: shown() });
  return () => { const n = here.get(id) - 1; if (n > 0) here.set(id, n); else { here.delete(id); send({ viewing: shown() }); } };
});

/* faces: {t: "presence", id, people: [{id, name, initials, tone, lang, typing}]} */
attach("[data-presence]", (box) => {
  const label = box.querySelector("[data-presence-text]");
  return on(document, "live:presence", (event) => {
    if (String(event.detail.id) !== box.dataset.presence) return;
    const people = (event.detail.people || []).filter((p) => String(p.id) !== box.dataset.me);
    const stack = document.createElement("span");
    stack.className = "av-stack";
    people.slice(0, 4).forEach((person) => {
      const face = document.createElement("span");
      face.className = `av av-24 av-${person.tone || 6}`;
      face.textContent = person.initials;
      if (person.lang) face.lang = person.lang;
      face.setAttribute("role", "img");
      face.setAttribute("aria-label", person.name);
      face.title = person.name;
      stack.append(face);
    });
    box.querySelector(".av-stack")?.remove();
    if (people.length) box.prepend(stack);
    box.hidden = !people.length;
    const writing = people.find((p) => p.typing);
    if (label) label.textContent = writing ? t("presence.typing", { name: writing.name }) : people.length === 1 ? t("presence.one", { name: people[0].name }) : people.length ? t("presence.many", { n: people.length }) : "";
  });
});
