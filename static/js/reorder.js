/* [data-reorder="/address/"]: its children with data-id are put into another order by dragging their [data-grip]; the new order is posted as `id` fields.
   Without a mouse the same is done by the buttons beside each row. */

import { attach, all, announce, on } from "./attach.js";
import { request } from "./net.js";
import { t } from "./texts.js";
import { toast } from "./toast.js";

attach("[data-reorder]", (list) => {
  let dragged = null, before = "";
  const rows = () => [...list.querySelectorAll(":scope > [data-id]")];
  const order = () => rows().map((row) => row.dataset.id).join(",");

  async function save() {
    if (order() === before) return;
    const form = new FormData();
    rows().forEach((row) => form.append("id", row.dataset.id));
    try { await request(list.dataset.reorder, { method: "POST", body: form }); announce(t("order.saved")); } catch (error) { toast(error.message, { kind: "error" }); restore(); }
  }

  function restore() {
    before.split(",").forEach((id) => list.append(list.querySelector(`:scope > [data-id="${CSS.escape(id)}"]`)));
  }

  return all(
    // only what is taken at its grip may be dragged: text in a row stays selectable
    on(list, "pointerdown", (event) => { const row = event.target.closest("[data-id]"); if (row) row.draggable = Boolean(event.target.closest("[data-grip]")); }),
    on(list, "dragstart", (event) => {
      dragged = event.target.closest("[data-id]");
      if (!dragged) return;
      before = order();
      event.dataTransfer.effectAllowed = "move";
      event.dataTransfer.setData("text/plain", dragged.dataset.id);
      dragged.dataset.dragging = "";
    }),
    on(list, "dragover", (event) => {
      if (!dragged) return;
      event.preventDefault();
      const over = event.target.closest("[data-id]");
      if (!over || over === dragged || over.parentElement !== list) return;
      const box = over.getBoundingClientRect();
      list.insertBefore(dragged, event.clientY < box.top + box.height / 2 ? over : over.nextSibling);
    }),
    on(list, "drop", (event) => event.preventDefault()),
    on(list, "dragend", (event) => {
      if (!dragged) return;
      delete dragged.dataset.dragging;
      dragged.draggable = false;
      dragged = null;
      if (event.dataTransfer.dropEffect === "none") restore(); else save();
    }),
  );
});
