/* What the page's other scripts share: its words, its templates, and visits as they are with what is not sent yet. */

let words;

/** A text of the page, with its braces filled. */
export function say(key, values = {}) {
  words ??= JSON.parse(document.getElementById("field-texts").textContent);
  return (words[key] ?? key).replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
}

/** A copy of the template with this id. */
export const copy = (id) => document.getElementById(id).content.firstElementChild.cloneNode(true);

/** Write texts into the elements that are marked with `data-is`; empty ones are hidden. */
export function fill(root, values) {
  for (const [name, text] of Object.entries(values)) {
    root.querySelectorAll(`[data-is="${name}"]`).forEach((element) => {
      if (element.textContent !== (text ?? "")) element.textContent = text ?? "";
      element.hidden = text === "" || text == null;
    });
  }
}

const language = () => (document.documentElement.lang === "en" ? "en-GB" : document.documentElement.lang);

export const clock = (moment) => new Intl.DateTimeFormat(language(), { hour: "2-digit", minute: "2-digit", hourCycle: "h23" }).format(new Date(moment));

export function dayName(moment) {
  const day = new Date(moment), now = new Date();
  const key = (date) => date.toDateString();
  if (key(day) === key(now)) return say("today");
  if (key(day) === key(new Date(now.getTime() + 86_400_000))) return say("tomorrow");
  return new Intl.DateTimeFormat(language(), { weekday: "long", day: "numeric", month: "long" }).format(day);
}

export const span = (visit) => `${clock(visit.start)} – ${clock(visit.end)}`;

/** The visit with what was done on this phone and is not sent yet; what was not accepted does not count. */
export function withEntries(visit, entries) {
  const seen = { ...visit, parts: visit.parts.map((part) => ({ ...part })), photos: [...visit.photos], pending: 0 };
  for (const entry of entries) {
    if (entry.visit !== visit.id || entry.state === "refused") continue;
    seen.pending += 1;
    EFFECTS[entry.kind]?.(seen, entry);
  }
  return seen;
}

const EFFECTS = {
  check_in(visit, entry) {
    if (visit.state === "booked") Object.assign(visit, { state: "checked_in", checked_in_at: entry.at });
  },
  part(visit, entry) {
    const { product, quantity, name } = entry.data;
    if (!visit.parts.some((part) => part.key === entry.key)) visit.parts.push({ key: entry.key, sku: product, name, quantity, is_back: false, isPending: true });
  },
  part_back(visit, entry) {
    visit.parts.forEach((part) => { if (part.key === entry.data.part) part.is_back = true; });
  },
  photo(visit, entry) { if (!visit.photos.includes(entry.key)) visit.photos.push(entry.key); },
  sign(visit, entry) { visit.signature ??= { signer: entry.data.signer, at: entry.at, isPending: true }; },
  finish(visit, entry) {
    if (visit.state !== "finished") Object.assign(visit, { state: "finished", result: entry.data.result, work: entry.data.work, finished_at: entry.at });
  },
  other_time(visit) { visit.state = "asked"; },
};

/** How many of each part are still on the shelf, less what is not sent yet. */
export function shelf(day, entries) {
  const left = new Map(day.parts.map((part) => [part.sku, { ...part }]));
  const used = new Map();
  for (const entry of entries) {
    if (entry.state === "refused" || entry.staff !== day.staff.id) continue;
    if (entry.kind === "part") {
      used.set(entry.key, entry.data);
      const part = left.get(entry.data.product);
      if (part) part.quantity -= entry.data.quantity;
    }
    const back = entry.kind === "part_back" && used.get(entry.data.part);
    if (back && left.has(back.product)) left.get(back.product).quantity += back.quantity;
  }
  return [...left.values()];
}
