/* What the phone keeps (IndexedDB): the days as the server last told them, the deeds that are not sent yet in their order, and
   what is being typed. A deed is on the disk before the page says that it is kept. */

const NAME = "field";
let opened;

function open() {
  opened ??= new Promise((resolve, reject) => {
    const asked = indexedDB.open(NAME, 1);
    asked.onupgradeneeded = () => {
      const db = asked.result;
      db.createObjectStore("days", { keyPath: "staff" });
      db.createObjectStore("entries", { keyPath: "seq", autoIncrement: true }).createIndex("key", "key", { unique: true });
      db.createObjectStore("drafts", { keyPath: "visit" });
      db.createObjectStore("meta", { keyPath: "name" });
    };
    asked.onsuccess = () => resolve(asked.result);
    asked.onerror = () => reject(asked.error);
  });
  return opened;
}

/** Run `work(stores)` in one transaction; resolves with what it returned once everything is on the disk. */
async function within(names, mode, work) {
  const db = await open();
  return new Promise((resolve, reject) => {
    const change = db.transaction(names, mode, { durability: "strict" });
    const stores = Object.fromEntries(names.map((name) => [name, change.objectStore(name)]));
    let result;
    change.oncomplete = () => resolve(result);
    change.onabort = change.onerror = () => reject(change.error || new Error("not kept"));
    Promise.resolve(work(stores)).then((value) => { result = value; }).catch((error) => { change.abort(); reject(error); });
  });
}

const value = (asked) => new Promise((resolve, reject) => {
  asked.onsuccess = () => resolve(asked.result);
  asked.onerror = () => reject(asked.error);
});

/** The day of whoever was signed in last, or nothing. */
export function readDay() {
  return within(["days", "meta"], "readonly", async ({ days, meta }) => {
    const last = await value(meta.get("staff"));
    return last ? (await value(days.get(last.id)))?.day : undefined;
  });
}

export function keepDay(day) {
  return within(["days", "meta"], "readwrite", ({ days, meta }) => {
    days.put({ staff: day.staff.id, day });
    meta.put({ name: "staff", id: day.staff.id });
  });
}

/** All deeds that are not sent, in the order in which they were done. */
export const readEntries = () => within(["entries"], "readonly", ({ entries }) => value(entries.getAll()));

export function addEntry(entry) {
  return within(["entries"], "readwrite", async ({ entries }) => ({ ...entry, seq: await value(entries.add(entry)) }));
}

/** The server has it: forget the deed and keep the visit as it is now, both or neither. */
export function settleEntry(entry, visit) {
  return within(["entries", "days"], "readwrite", async ({ entries, days }) => {
    entries.delete(entry.seq);
    const kept = await value(days.get(entry.staff));
    if (kept && visit) {
      kept.day.visits = kept.day.visits.map((one) => (one.id === visit.id ? visit : one));
      days.put(kept);
    }
  });
}

export const changeEntry = (entry) => within(["entries"], "readwrite", ({ entries }) => { entries.put(entry); });
export const dropEntry = (seq) => within(["entries"], "readwrite", ({ entries }) => { entries.delete(seq); });

export const readDraft = (visit) => within(["drafts"], "readonly", ({ drafts }) => value(drafts.get(visit)));
export const keepDraft = (draft) => within(["drafts"], "readwrite", ({ drafts }) => { drafts.put(draft); });
export const dropDraft = (visit) => within(["drafts"], "readwrite", ({ drafts }) => { drafts.delete(visit); });

/** Ask the browser not to tidy away what is kept here. */
export const stayKept = () => navigator.storage?.persist?.().catch(() => false);

/** Forget people's names and addresses when somebody signs out; deeds that are not sent stay for their own sign-in. */
export function forget() {
  return within(["days", "drafts", "meta", "entries"], "readwrite", async ({ days, drafts, meta, entries }) => {
    days.clear();
    meta.clear();
    if (!(await value(entries.count()))) drafts.clear();
  });
}
