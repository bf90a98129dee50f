/* One visit: what the engineer needs to know, and what they do there, from the top to the bottom of the page. */

import { digest, Pad, shrink } from "./drawing.js";
import { clock, copy, fill, say, shelf, span } from "./parts.js";
import { dropDraft, keepDraft, readDraft } from "./store.js";

const TYPED = ["result", "work", "note", "signer", "needed", "needed_count"];
const POSITION_WITHIN = 5000;

/** The page of one visit. `act(kind, data, file)` keeps a deed; `update(visit, day, entries)` shows how things are now. */
export class VisitPage {
  constructor(visit, act) {
    this.id = visit.id;
    this.act = act;
    this.element = copy("field-visit");
    this.form = this.element.querySelector("form[data-finish]");
    this.pad = new Pad(this.element.querySelector("canvas"), () => this.showPad());
    this.listen();
    this.restore();
  }

  part(name) { return this.element.querySelector(`[data-part="${name}"]`); }

  listen() {
    this.on("[data-arrive]", "click", (event) => this.arrive(event.currentTarget));
    this.on("form[data-other-time]", "submit", (event) => this.sendForm(event, "other_time", (data) => ({ note: data.get("note") })));
    this.on("form[data-use]", "submit", (event) => this.use(event));
    this.on("form[data-quote]", "submit", (event) => this.quote(event));
    this.on("[data-more-lines]", "click", () => this.addLine());
    this.on("[data-clear]", "click", () => this.pad.clear());
    this.on("input[type=file]", "change", (event) => this.photograph(event.target));
    this.form.addEventListener("input", () => this.keep());
    this.form.addEventListener("submit", (event) => this.finish(event));
  }

  on(selector, type, listener) { this.element.querySelectorAll(selector).forEach((found) => found.addEventListener(type, listener)); }

  /* --- how things are ------------------------------------------------------------------------------------------- */
  update(visit, day, entries) {
    this.visit = visit;
    this.day = day;
    this.shelf = shelf(day, entries);
    const isThere = visit.state === "checked_in", isDone = visit.state === "finished";
    fill(this.element, {
      name: visit.name, window: span(visit), state: say(`state.${visit.state}`), address: visit.address || visit.area,
      claim: `${visit.claim} · ${visit.kind}`, reason: visit.reason, words: visit.words, phone: visit.phone,
      since: isThere ? say("checked_in", { time: clock(visit.checked_in_at) }) : "",
      done: isDone ? say("finished", { time: clock(visit.finished_at) }) : "",
      work: isDone ? visit.work : "",
      free: visit.is_free ? say("free") : "",
      owed: visit.owed ? say("owed", { amount: visit.owed, currency: visit.currency }) : "",
      quoted: visit.claim_state === "quoted_on_site" && visit.quote ? say("quoted", { amount: visit.quote.total, currency: visit.currency }) : "",
      signed: visit.signature ? say("signed", { name: visit.signature.signer, time: clock(visit.signature.at) }) : "",
      photos: visit.photos.length ? (visit.photos.length === 1 ? say("photo_one") : say("photos", { n: visit.photos.length })) : "",
    });
    this.links(visit);
    this.things(visit);
    this.element.dataset.state = visit.state;
    this.part("arrive").hidden = visit.state !== "booked";
    this.part("parts").hidden = !isThere && !visit.parts.length;
    this.element.querySelector("form[data-use]").hidden = !isThere;
    this.part("photos").hidden = !isThere && !isDone;
    this.part("quote").hidden = !isThere || visit.is_free || visit.claim_state === "quoted_on_site";
    this.part("finish").hidden = !isThere;
    this.part("signing").hidden = Boolean(visit.signature);
    this.listParts(visit, isThere);
    this.listShelf();
    this.showNeeded();
    this.pad.draw();
  }

  links(visit) {
    const call = this.element.querySelector("[data-call]"), way = this.element.querySelector("[data-way]");
    call.hidden = !visit.phone;
    call.href = `tel:${visit.phone.replace(/[^+\d]/g, "")}`;
    way.hidden = !visit.address;
    way.href = `geo:${visit.place ? visit.place.join(",") : "0,0"}?q=${encodeURIComponent(visit.address)}`;
  }

  things(visit) {
    const lines = visit.things.map((thing) => {
      const line = document.createElement("li");
      line.textContent = [thing.name, thing.quantity > 1 ? `× ${thing.quantity}` : "", thing.serial].filter(Boolean).join(" · ");
      return line;
    });
    this.element.querySelector("[data-things]").replaceChildren(...lines);
  }

  listParts(visit, isThere) {
    const rows = visit.parts.map((part) => {
      const row = copy("field-part");
      row.dataset.key = part.key;
      fill(row, { name: part.name || part.sku, count: `× ${part.quantity}`, state: part.is_back ? say("put_back") : "" });
      const back = row.querySelector("button");
      back.hidden = part.is_back || !isThere;
      back.addEventListener("click", () => this.act("part_back", { part: part.key }));
      return row;
    });
    this.element.querySelector("[data-parts]").replaceChildren(...rows);
  }

  listShelf() {
    const key = JSON.stringify(this.shelf);
    if (key === this.shelfShown) return;
    this.shelfShown = key;
    const choose = this.element.querySelector("form[data-use] select");
    const chosen = choose.value;
    const options = this.shelf.map((part) => {
      const option = new Option(`${part.sku} ${part.name} (${part.quantity})`, part.sku);
      option.disabled = part.quantity < 1;
      return option;
    });
    choose.replaceChildren(choose.options[0], ...options);
    choose.value = chosen;
    const known = this.shelf.map((part) => { const option = document.createElement("option"); option.value = part.sku; option.label = part.name; return option; });
    this.element.querySelector("datalist").replaceChildren(...known);
  }

  showNeeded() {
    const result = new FormData(this.form).get("result");
    this.part("needed").hidden = result !== "needs_part";
    this.part("sign").hidden = result !== "done" && !this.visit?.signature;
  }

  showPad() { this.element.querySelector("[data-clear]").hidden = this.pad.isEmpty; }

  /* --- what is done ----------------------------------------------------------------------------------------------- */
  async arrive(button) {
    button.dataset.busy = "";
    try {
      await this.act("check_in", { position: await position() });
    } finally { delete button.dataset.busy; }
  }

  async sendForm(event, kind, read) {
    event.preventDefault();
    const form = event.currentTarget;
    if (await this.act(kind, read(new FormData(form)))) form.reset();
  }

  async use(event) {
    event.preventDefault();
    const form = event.currentTarget, data = new FormData(form);
    const part = this.shelf.find((one) => one.sku === data.get("product"));
    const quantity = Number(data.get("quantity"));
    if (!part) return this.complain(form, say("part_missing"));
    if (!Number.isInteger(quantity) || quantity < 1 || quantity > part.quantity) return this.complain(form, say("part_more", { n: part.quantity }));
    this.complain(form, "");
    if (await this.act("part", { product: part.sku, name: part.name, quantity })) form.reset();
  }

  async photograph(input) {
    const files = [...input.files];
    input.value = "";
    for (const file of files) {
      let small;
      try { small = await shrink(file); } catch { this.complain(this.part("photos"), say("photo_bad")); continue; }
      this.complain(this.part("photos"), "");
      await this.act("photo", { sha256: await digest(small) }, small);
    }
  }

  addLine() {
    const list = this.element.querySelector("[data-lines]");
    const line = list.firstElementChild.cloneNode(true);
    line.querySelectorAll("input").forEach((input) => { input.value = ""; });
    list.append(line);
  }

  async quote(event) {
    event.preventDefault();
    const form = event.currentTarget;
    const lines = [...form.querySelectorAll("[data-line]")]
      .map((line) => ({ label: line.querySelector("[name=label]").value.trim(), amount: line.querySelector("[name=amount]").value.trim() }))
      .filter((line) => line.label || line.amount);
    const isRight = (line) => line.label && /^\d{1,7}(\.\d{1,2})?$/.test(line.amount);
    if (!lines.length || !lines.every(isRight)) return this.complain(form, say("quote_missing"));
    this.complain(form, "");
    if (await this.act("quote", { quote: { lines } })) form.reset();
  }

  async finish(event) {
    event.preventDefault();
    const data = new FormData(this.form);
    const result = data.get("result"), work = data.get("work").trim(), note = data.get("note").trim();
    if (!result) return this.complain(this.form, say("result_missing"));
    if (result === "needs_part" && !data.get("needed").trim()) return this.complain(this.form, say("part_missing"));
    if (result === "done" && !this.visit.signature) {
      if (this.pad.isEmpty && !note) return this.complain(this.form, say("sign_missing"));
      if (!this.pad.isEmpty && !data.get("signer").trim()) return this.complain(this.form, say("signer_missing"));
    }
    this.complain(this.form, "");
    if (result === "done" && !this.visit.signature && !this.pad.isEmpty && !(await this.sign(data.get("signer").trim(), { result, work }))) return;
    const part = result === "needs_part" ? { product: data.get("needed").trim(), quantity: Number(data.get("needed_count")) || 1 } : null;
    if (!(await this.act("finish", { result, work, note, part }))) return;
    await dropDraft(this.id);
  }

  async sign(signer, statement) {
    const picture = await this.pad.picture();
    return this.act("sign", { signer, statement, sha256: await digest(picture) }, picture);
  }

  complain(root, words) {
    const place = root.querySelector("[data-wrong]");
    place.textContent = words;
    place.hidden = !words;
    if (words) place.scrollIntoView({ block: "nearest" });
  }

  /* --- what is being typed outlives the page ----------------------------------------------------------------------- */
  keep() {
    this.showNeeded();
    const data = new FormData(this.form);
    keepDraft({ visit: this.id, ...Object.fromEntries(TYPED.map((name) => [name, data.get(name) ?? ""])) }).catch(() => {});
  }

  async restore() {
    const draft = await readDraft(this.id).catch(() => null);
    if (!draft) return;
    for (const name of TYPED) {
      const field = this.form.elements[name];
      if (field && draft[name]) field.value = draft[name];
    }
    this.showNeeded();
  }
}

/** Where the phone is, if it says so soon. */
function position() {
  return new Promise((resolve) => {
    if (!navigator.geolocation) { resolve(null); return; }
    const give = setTimeout(() => resolve(null), POSITION_WITHIN + 500);
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => { clearTimeout(give); resolve({ latitude: coords.latitude, longitude: coords.longitude, within: Math.round(coords.accuracy) }); },
      () => { clearTimeout(give); resolve(null); },
      { timeout: POSITION_WITHIN, maximumAge: 60_000, enableHighAccuracy: true },
    );
  });
}
