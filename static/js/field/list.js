/* The days: each visit a card, in the order of the route. */

import { clock, copy, dayName, fill, say, span, withEntries } from "./parts.js";

export function drawList(root, day, entries) {
  const groups = new Map();
  const now = new Date();
  const dawn = new Date(now.getFullYear(), now.getMonth(), now.getDate());
  for (const visit of day.visits) {
    const name = new Date(visit.start) < dawn ? say("earlier") : dayName(visit.start);
    if (!groups.has(name)) groups.set(name, []);
    groups.get(name).push(withEntries(visit, entries));
  }
  const parts = [...groups].map(([name, visits]) => drawDay(name, visits));
  root.replaceChildren(...(parts.length ? parts : [copy(day.is_engineer ? "field-nothing" : "field-nobody")]));
}

function drawDay(name, visits) {
  const part = copy("field-day");
  fill(part, { day: name });
  part.querySelector("ol").append(...visits.map(drawCard));
  return part;
}

function drawCard(visit, nth) {
  const card = copy("field-card");
  const link = card.querySelector("a");
  link.href = `#visit-${visit.id}`;
  card.dataset.state = visit.state;
  fill(card, {
    nth: String(nth + 1),
    window: span(visit),
    name: visit.name,
    address: visit.address || visit.area,
    what: [visit.kind, visit.things.map((thing) => thing.name).join(", ")].filter(Boolean).join(" · "),
    arrival: visit.state === "booked" && visit.arrival ? `≈ ${clock(visit.arrival)}` : "",
    state: say(`state.${visit.state}`),
    pending: visit.pending ? say("waiting", { n: visit.pending }) : "",
  });
  return card;
}
