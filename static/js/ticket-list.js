/* [data-ticket-list]: keyboard (j k or arrows, Enter opens, x selects, Escape clears), live rows, bulk selection.
   data-rows-url: GET ?ids=1,2&view=KEY answers the <li> of those that belong to this view; an id that does not come back has left it.
   Without ids (after `live:catchup`) it answers the first page. data-view: key of the view. data-current: id of the open ticket.
   Rows change in place; new ones slide in at their place (data-order on rows: smaller first, or data-direction="desc"; data-by="due": by the deadline on their chip), else at the top; when that place is
   above what is on screen, [data-new-pill] before the list counts them instead. Fetches keep the server's pace and stop while the page is hidden.
   Bulk: [data-bulk-bar] (hidden until something is selected) with [data-bulk-count]; its forms get the ids as `ids` fields.
   Events: ticket-list:select {ids}, ticket-list:focus {id}. */

import { attach, all, announce, on } from "./attach.js";
import { pace } from "./live.js";
import { shortcut } from "./shortcuts.js";
import { t } from "./texts.js";

attach("[data-ticket-list]", (list) => {
  const box = list.closest(".col-scroll, .page-scroll") || document.scrollingElement;
  const pill = list.parentElement.querySelector("[data-new-pill]");
  const bulk = document.querySelector("[data-bulk-bar]");
  const dirty = new Set(), held = new Map(), chosen = new Set();
  let focused = null, fetchTimer = 0, fetching = false, lastFetch = 0, wantAll = false;

  const rows = () => [...list.querySelectorAll(":scope > [data-row]")];
  const rowOf = (id) => list.querySelector(`:scope > [data-row="${CSS.escape(String(id))}"]`);

  /* ---- which is open, which has the keyboard, which are selected ---- */
  function mark() {
    const open = list.dataset.current || "";
    rows().forEach((row) => {
      const link = row.querySelector(".row-subject");
      if (row.dataset.row === open) { row.dataset.current = ""; link.setAttribute("aria-current", "true"); row.removeAttribute("data-unread"); } else if ("current" in row.dataset) { delete row.dataset.current; link.removeAttribute("aria-current"); }
      row.toggleAttribute("data-focus", row.dataset.row === focused);
      row.toggleAttribute("data-chosen", chosen.has(row.dataset.row));
      const check = row.querySelector(".row-check input");
      if (check) check.checked = chosen.has(row.dataset.row);
    });
  }

  function focus(row) {
    if (!row) return;
    focused = row.dataset.row;
    row.querySelector(".row-subject").focus({ preventScroll: true });
    row.scrollIntoView({ block: "nearest" });
    mark();
    list.dispatchEvent(new CustomEvent("ticket-list:focus", { bubbles: true, detail: { id: focused } }));
  }

  function step(by) {
    const found = rows();
    let at = found.findIndex((row) => row.dataset.row === (focused ?? list.dataset.current));
    if (at < 0) at = by > 0 ? -1 : found.length;
    focus(found[Math.max(0, Math.min(found.length - 1, at + by))]);
  }

  function drawChecks() {
    list.toggleAttribute("data-selecting", chosen.size > 0);
    if (chosen.size) rows().forEach(addCheck); else list.querySelectorAll(".row-check").forEach((n) => n.remove());
    if (bulk) {
      bulk.hidden = !chosen.size;
      bulk.querySelectorAll("[data-bulk-count]").forEach((n) => { n.textContent = t("list.selected", { n: chosen.size }); });
      bulk.querySelectorAll("form").forEach((form) => {
        form.querySelectorAll("input[data-bulk-id]").forEach((n) => n.remove());
        chosen.forEach((id) => { const field = document.createElement("input"); field.type = "hidden"; field.name = "ids"; field.value = id; field.dataset.bulkId = ""; form.append(field); });
      });
    }
    mark();
    list.dispatchEvent(new CustomEvent("ticket-list:select", { bubbles: true, detail: { ids: [...chosen] } }));
  }

  function addCheck(row) {
    if (row.querySelector(".row-check")) return;
    const label = document.createElement("label");
    label.className = "check row-check";
    const input = document.createElement("input");
    input.type = "checkbox";
    input.setAttribute("aria-label", row.querySelector(".row-subject").textContent);
    input.checked = chosen.has(row.dataset.row);
    input.addEventListener("change", () => toggle(row.dataset.row, input.checked));
    label.append(input);
    row.prepend(label);
  }

  function toggle(id, yes = !chosen.has(id)) {
    if (yes) chosen.add(id); else chosen.delete(id);
    drawChecks();
  }

  /* ---- live rows ---- */
  function orderOf(row) {
    if (list.dataset.by !== "due") return Number(row.dataset.order || NaN);
    return Date.parse(row.querySelector("[data-clock]")?.dataset.due) || Infinity;
  }

  function placeFor(row) {
    const order = orderOf(row);
    if (Number.isNaN(order)) return list.firstElementChild;
    const down = list.dataset.direction === "desc";
    return rows().find((other) => { const n = orderOf(other); return down ? n < order : n > order; }) || null;
  }

  function insert(row, quiet) {
    const before = placeFor(row);
    const above = before ? before.offsetTop < box.scrollTop : false;
    if (!quiet && (above || (before === list.firstElementChild && box.scrollTop > 8))) { held.set(row.dataset.row, row); drawPill(); return; }
    row.dataset.new = "";
    list.insertBefore(row, before);
    setTimeout(() => row.removeAttribute("data-new"), 600);
  }

  function put(row) {
    const old = rowOf(row.dataset.row);
    if (!old) { if (held.has(row.dataset.row)) held.set(row.dataset.row, row); else insert(row); return; }
    if (old.dataset.version && row.dataset.version && Number(row.dataset.version) < Number(old.dataset.version)) return;
    const hadFocus = old.contains(document.activeElement);
    const moved = list.dataset.by === "due" && orderOf(old) !== orderOf(row);
    if (old.dataset.version !== row.dataset.version) { row.dataset.changed = ""; setTimeout(() => row.removeAttribute("data-changed"), 1000); }
    if (moved) { old.remove(); list.insertBefore(row, placeFor(row)); } else old.replaceWith(row);
    window.htmx?.process(row);
    if (chosen.size) addCheck(row);
    if (hadFocus) row.querySelector(".row-subject").focus({ preventScroll: true });
  }

  function remove(id) {
    held.delete(String(id));
    const row = rowOf(id);
    if (!row) return drawPill();
    if (row.dataset.row === list.dataset.current) { row.dataset.gone = ""; return undefined; } // the open one stays until the agent moves on
    if (row.dataset.row === focused) { const next = row.nextElementSibling || row.previousElementSibling; focused = next?.dataset.row ?? null; if (row.contains(document.activeElement)) next?.querySelector(".row-subject")?.focus({ preventScroll: true }); }
    const above = row.offsetTop + row.offsetHeight <= box.scrollTop, height = row.offsetHeight;
    row.remove();
    if (above && CSS.supports && !CSS.supports("overflow-anchor: auto")) box.scrollTop -= height;
    if (chosen.delete(String(id))) drawChecks();
    return drawPill();
  }

  function drawPill() {
    if (!pill) return;
    pill.hidden = !held.size;
    pill.querySelector("span").textContent = held.size === 1 ? t("list.new_one") : t("list.new_many", { n: held.size });
  }

  function release() {
    const waiting = [...held.values()];
    held.clear();
    drawPill();
    waiting.forEach((row) => insert(row, true));
    box.scrollTo({ top: 0 });
    mark();
  }

  function plan() {
    if (fetchTimer || fetching || document.hidden || (!dirty.size && !wantAll)) return;
    const since = Date.now() - lastFetch;
    const delay = since > pace.wait ? 0 : pace.wait - since + Math.random() * 400;
    fetchTimer = setTimeout(fetchRows, delay);
  }

  async function fetchRows() {
    fetchTimer = 0;
    if (!list.dataset.rowsUrl) return dirty.clear();
    const ids = [...dirty].slice(0, 100), every = wantAll;
    ids.forEach((id) => dirty.delete(id));
    wantAll = false;
    fetching = true;
    const url = new URL(list.dataset.rowsUrl, location.href);
    const asked = every ? [...new Set([...ids, ...rows().map((r) => r.dataset.row)])].slice(0, 200) : ids;
    if (asked.length) url.searchParams.set("ids", asked.join(","));
    if (every) url.searchParams.set("first", "1");
    if (list.dataset.view) url.searchParams.set("view", list.dataset.view);
    try {
      const answer = await fetch(url, { headers: { "HX-Request": "true" }, credentials: "same-origin" });
      if (!answer.ok) throw new Error(String(answer.status));
      apply(await answer.text(), asked);
    } catch {
      ids.forEach((id) => dirty.add(id));
      wantAll ||= every;
    } finally {
      fetching = false;
      lastFetch = Date.now();
      plan();
    }
    return undefined;
  }

  function apply(html, asked) {
    const template = document.createElement("template");
    template.innerHTML = html;
    const came = new Set();
    let fresh = 0;
    [...template.content.querySelectorAll("[data-row]")].forEach((row) => {
      came.add(row.dataset.row);
      if (!rowOf(row.dataset.row) && !held.has(row.dataset.row)) fresh += 1;
      put(document.adoptNode(row));
    });
    asked.forEach((id) => { if (!came.has(String(id))) remove(id); });
    mark();
    if (fresh) announce(t("list.announce_new", { n: fresh }));
    list.parentElement.querySelector("[data-empty]")?.toggleAttribute("hidden", rows().length > 0);
  }

  const onRow = (event) => {
    const { id, v } = event.detail;
    const row = rowOf(id) || held.get(String(id));
    if (row && v && row.dataset.version && Number(row.dataset.version) >= v) return;
    dirty.add(String(id));
    plan();
  };

  mark();
  const watch = new MutationObserver((records) => { if (records.some((r) => r.addedNodes.length)) mark(); });
  watch.observe(list, { childList: true });
  const attributes = new MutationObserver(mark);
  attributes.observe(list, { attributes: true, attributeFilter: ["data-current"] });

  return all(
    shortcut("j", t("keys.next"), () => step(1), t("keys.list")),
    shortcut("k", t("keys.previous"), () => step(-1), t("keys.list")),
    shortcut("Enter", t("keys.open"), () => rowOf(focused ?? "")?.querySelector(".row-subject").click(), t("keys.list")),
    shortcut("x", t("keys.select"), () => { const id = focused ?? list.dataset.current; if (id) toggle(id); }, t("keys.list")),
    shortcut("Escape", t("keys.clear"), () => { chosen.clear(); drawChecks(); }, t("keys.list")),
    on(list, "keydown", (event) => {
      if (event.target.matches("input")) return;
      if (event.key === "ArrowDown") step(1);
      else if (event.key === "ArrowUp") step(-1);
      else if (event.key === "Home") focus(rows()[0]);
      else if (event.key === "End") focus(rows().at(-1));
      else return;
      event.preventDefault();
    }),
    on(list, "click", (event) => {
      const row = event.target.closest("[data-row]");
      if (!row || event.target.closest(".row-check")) return;
      if (event.shiftKey && chosen.size) { event.preventDefault(); const found = rows(), from = found.findIndex((r) => chosen.has(r.dataset.row)), to = found.indexOf(row); found.slice(Math.min(from, to), Math.max(from, to) + 1).forEach((r) => chosen.add(r.dataset.row)); drawChecks(); return; }
      if (event.ctrlKey || event.metaKey) return;
      focused = row.dataset.row;
      if (event.target.closest(".row-subject")) { list.dataset.current = row.dataset.row; }
    }),
    pill ? on(pill, "click", release) : null,
    on(box, "scroll", () => { if (held.size && box.scrollTop <= 2) release(); }, { passive: true }),
    on(document, "live:row", onRow),
    on(document, "live:gone", (event) => remove(event.detail.id)),
    on(document, "live:catchup", () => { wantAll = true; plan(); }),
    on(document, "list:moved", () => { wantAll = true; plan(); }),
    on(document, "visibilitychange", plan),
    on(document, "bulk:done", () => { chosen.clear(); drawChecks(); }),
    () => { watch.disconnect(); attributes.disconnect(); clearTimeout(fetchTimer); },
  );
});
