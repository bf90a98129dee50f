/* [data-theme-switch]: buttons with data-theme="light|dark|auto"; sets data-bs-theme, a cookie, and posts to data-url when given.
   No flash: the server renders the stored theme, and "auto" is resolved by CSS alone. */

import { attach, on } from "./attach.js";
import { request } from "./net.js";

export function setTheme(theme) {
  document.documentElement.dataset.bsTheme = theme;
  document.cookie = `theme=${theme}; path=/; max-age=31536000; samesite=lax${location.protocol === "https:" ? "; secure" : ""}`;
  document.querySelectorAll("[data-theme-switch] [data-theme]").forEach((button) => button.setAttribute("aria-pressed", String(button.dataset.theme === theme)));
  document.dispatchEvent(new CustomEvent("theme:change", { detail: { theme } }));
}

attach("[data-theme-switch]", (group) => on(group, "click", (event) => {
  const button = event.target.closest("[data-theme]");
  if (!button) return;
  setTheme(button.dataset.theme);
  if (group.dataset.url) { const form = new FormData(); form.append("theme", button.dataset.theme); request(group.dataset.url, { method: "POST", body: form }).catch(() => {}); }
}));
