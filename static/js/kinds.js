/* A form that asks different things for different kinds: [data-for-kind] is shown while the form's `kind` has that value. Without script all are shown. */

import { attach, on } from "./attach.js";

attach("form:has([data-for-kind])", (form) => {
  const choice = form.elements.kind;
  if (!choice) return undefined;
  const show = () => form.querySelectorAll("[data-for-kind]").forEach((box) => { box.hidden = box.dataset.forKind !== choice.value; });
  show();
  queueMicrotask(show); // after keep.js has put back what was chosen
  return on(choice, "change", show);
});
