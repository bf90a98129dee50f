/* Sending what was done, one deed after the other in the order of their doing. Each carries its key, so that sending it again after
   a lost answer changes nothing. A deed leaves the phone's store only when the server has said that it has it. */

import { changeEntry, keepDay, readDay, readEntries, settleEntry } from "./store.js";

// Refusals that pass by themselves; all others are told to the person.
const PASSING = new Set([408, 425, 429, 500, 502, 503, 504]);
const PASSING_CODES = new Set(["torn", "somebody_else"]);

class Away extends Error {}
class SignedOut extends Error {}

async function ask(url, options = {}) {
  let answer;
  try {
    answer = await fetch(url, { credentials: "same-origin", cache: "no-store", ...options, headers: { Accept: "application/json", ...options.headers } });
  } catch { throw new Away(); }
  const isJson = (answer.headers.get("Content-Type") || "").includes("json");
  let data = null;
  if (isJson) { try { data = await answer.json(); } catch { throw new Away(); } }
  if (answer.status === 401 || (answer.redirected && !isJson)) throw new SignedOut();
  return { status: answer.status, ok: answer.ok && isJson, isJson, data };
}

let token = "";

async function fetchDay(url) {
  const answer = await ask(url);
  // a role that was taken away, or another person who signed in: what waits here waits for whoever did it
  if (answer.status === 403) throw new SignedOut();
  if (!answer.ok) throw new Away();
  const { csrf, ...day } = answer.data;
  token = csrf;
  // the page may be an old one that the phone kept
  document.querySelectorAll("input[name=csrfmiddlewaretoken]").forEach((input) => { input.value = csrf; });
  await keepDay(day);
  return day;
}

async function sendOne(url, entry) {
  const form = new FormData();
  const { key, kind, visit, staff, at, data } = entry;
  form.append("entry", JSON.stringify({ key, kind, visit, staff, at, data }));
  if (entry.file) form.append("file", entry.file, `${kind}.${entry.file.type === "image/png" ? "png" : "jpg"}`);
  return ask(url, { method: "POST", body: form, headers: { "X-CSRFToken": token } });
}

/** "settled", "later" (try again by itself) or "refused" (the person decides). */
async function work(url, entry) {
  const answer = await sendOne(url, entry);
  if (answer.ok && answer.data.key === entry.key) {
    await settleEntry(entry, answer.data.visit);
    return "settled";
  }
  const isPassing = !answer.isJson || answer.status < 400 || PASSING.has(answer.status) || PASSING_CODES.has(answer.data.code);
  if (isPassing) return "later";
  await changeEntry({ ...entry, state: "refused", words: answer.data.detail || answer.data.title || "", code: answer.data.code || "" });
  return "refused";
}

async function sendAll(urls, tell) {
  await fetchDay(urls.day);
  tell();
  const day = await readDay();
  const held = new Set();
  let sent = 0;
  for (const entry of await readEntries()) {
    if (entry.staff !== day.staff.id) continue;
    if (entry.state === "refused") held.add(entry.visit);
    // what follows a deed that was not accepted waits, since it may rest on it
    if (held.has(entry.visit)) continue;
    const outcome = await work(urls.entries, entry);
    if (outcome === "later") throw new Away();
    if (outcome === "refused") held.add(entry.visit);
    else sent += 1;
    tell();
  }
  if (sent) await fetchDay(urls.day);
}

/** Fetch the day and send what waits; one tab at a time. Resolves with "idle", "busy", "offline" or "signed_out". */
export async function sync(urls, tell) {
  const run = async (lock) => {
    if (!lock) return "busy";
    try {
      await sendAll(urls, tell);
      return "idle";
    } catch (error) {
      if (error instanceof SignedOut) return "signed_out";
      if (error instanceof Away) return "offline";
      throw error;
    }
  };
  if (!navigator.locks) return run(true);
  return navigator.locks.request("field-send", { ifAvailable: true }, run);
}
