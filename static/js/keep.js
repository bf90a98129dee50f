/* form[data-keep="name"]: what is typed is kept for this tab, so that a lost connection, an expired session or the other language loses no text.
   [data-keep-done="name"] on the page that follows forgets it. Files and hidden fields are not kept. */

import { attach, on } from "./attach.js";

const key = (name) => `keep:${name}`;
const fields = (form) => [...form.elements].filter((f) => f.name && f.matches("input:not([type=hidden], [type=file], [type=password]), textarea, select") && !f.closest("[aria-hidden]"));

attach("form[data-keep]", (form) => {
  const name = key(form.dataset.keep);
  const sent = new URLSearchParams(location.search).has("sent");
  try {
    if (sent) sessionStorage.removeItem(name);
    const kept = JSON.parse(sessionStorage.getItem(name) || "{}");
    fields(form).forEach((field) => { if (kept[field.name] && (!field.value || field.matches("select"))) field.value = kept[field.name]; });
  } catch { /* a browser without storage */ }
  return on(form, "input", () => {
    try { sessionStorage.setItem(name, JSON.stringify(Object.fromEntries(fields(form).map((f) => [f.name, f.value])))); } catch { /* full or forbidden */ }
  });
});

attach("[data-keep-done]", (mark) => { try { sessionStorage.removeItem(key(mark.dataset.keepDone)); } catch { /* nothing kept */ } });
