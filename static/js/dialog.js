/* <dialog data-dialog>: opened by [data-dialog-open="#id"] (data-dialog-src loads its body first), closed by [data-dialog-close], a click beside it, or
   the event `dialog:close` (also as HX-Trigger from the server). Typed text is not thrown away without a question. hx-confirm uses our own dialog. */

import { attach, all, on } from "./attach.js";
import { errorText } from "./net.js";
import { t } from "./texts.js";
import { toast } from "./toast.js";

const touched = (dialog) => [...dialog.querySelectorAll("input, textarea")].some((el) => !["hidden", "checkbox", "radio", "submit", "file", "datetime-local"].includes(el.type) && el.value !== el.defaultValue);

export function openDialog(dialog) {
  if (dialog.open) return;
  dialog.showModal();
  (dialog.querySelector("[autofocus], input:not([type=hidden]):not([type=radio]), textarea, select") || dialog.querySelector(".dialog-foot .btn-primary"))?.focus();
}

export function closeDialog(dialog, { force = false } = {}) {
  if (!dialog.open) return;
  if (!force && touched(dialog) && !window.confirm(t("dialog.discard"))) return;
  dialog.close();
}

attach("dialog[data-dialog]", (dialog) => all(
  on(dialog, "click", (event) => {
    if (event.target.closest("[data-dialog-close]")) closeDialog(dialog);
    else if (event.target === dialog) { const box = dialog.getBoundingClientRect(); const out = event.clientX < box.left || event.clientX > box.right || event.clientY < box.top || event.clientY > box.bottom; if (out && event.detail) closeDialog(dialog); }
  }),
  on(dialog, "cancel", (event) => { if (event.target === dialog && touched(dialog) && !window.confirm(t("dialog.discard"))) event.preventDefault(); }),
  on(dialog, "close", () => dialog.querySelector("form")?.reset()),
));

attach("[data-dialog-open]", (opener) => {
  opener.setAttribute("aria-haspopup", "dialog");
  return on(opener, "click", async (event) => {
    const dialog = document.querySelector(opener.dataset.dialogOpen);
    if (!dialog) return;
    event.preventDefault();
    const source = opener.dataset.dialogSrc;
    if (source) {
      const body = dialog.querySelector("[data-dialog-body]") || dialog;
      const answer = await fetch(source, { headers: { "HX-Request": "true" }, credentials: "same-origin" }).catch(() => null);
      if (!answer?.ok) return toast(errorText(answer?.status || 0), { kind: "error" });
      body.innerHTML = await answer.text();
      window.htmx?.process(body);
    }
    openDialog(dialog);
  });
});

for (const type of ["dialog:close", "dialogClose"]) {
  on(document, type, (event) => {
    const dialog = event.target.closest?.("dialog[open]") || [...document.querySelectorAll("dialog[data-dialog][open]")].pop();
    if (dialog) closeDialog(dialog, { force: true });
  });
}

/* hx-confirm: data-confirm-label on the element names the action on the button */
let asking;
function confirmDialog() {
  if (asking) return asking;
  asking = document.createElement("dialog");
  asking.className = "dialog";
  asking.setAttribute("aria-labelledby", "confirm-text");
  asking.innerHTML = '<form method="dialog"><div class="dialog-head"><h2 id="confirm-text"></h2></div><div class="dialog-foot"><button class="btn btn-quiet" value="no"></button><button class="btn btn-primary" value="yes"></button></div></form>';
  document.body.append(asking);
  return asking;
}

on(document, "htmx:confirm", (event) => {
  if (!event.detail.question) return;
  event.preventDefault();
  const dialog = confirmDialog(), source = event.detail.elt;
  const [no, yes] = dialog.querySelectorAll("button");
  dialog.querySelector("h2").textContent = event.detail.question;
  no.textContent = t("dialog.cancel");
  yes.textContent = source.dataset.confirmLabel || source.textContent.trim() || t("dialog.yes");
  yes.className = source.dataset.confirmLook === "bad" ? "btn btn-bad-solid" : "btn btn-primary";
  dialog.returnValue = "no";
  dialog.onclose = () => { if (dialog.returnValue === "yes") event.detail.issueRequest(true); else source.focus?.(); };
  dialog.showModal();
  no.focus();
});
