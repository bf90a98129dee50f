/* [data-menu][popover]: placed beside its opener (data-place), arrow keys, Home/End, type-ahead, filter (data-menu-filter), Tab closes.
   Opener: any button with popovertarget; aria-expanded is kept. data-menu-load on the opener fetches the content first. */

import { attach, all, on } from "./attach.js";

const GAP = 6;

export function place(popover, opener, where = "bottom-start") {
  const box = opener.getBoundingClientRect();
  const { offsetWidth: width, offsetHeight: height } = popover;
  const [side, edge] = where.split("-");
  const fits = { bottom: innerHeight - box.bottom - GAP >= height, top: box.top - GAP >= height };
  const below = side === "bottom" ? fits.bottom || !fits.top : !(fits.top || !fits.bottom);
  const rtl = getComputedStyle(popover).direction === "rtl";
  let left = (edge === "end") !== rtl ? box.right - width : box.left;
  let top = below ? box.bottom + GAP : box.top - GAP - height;
  left = Math.max(8, Math.min(left, innerWidth - width - 8));
  top = Math.max(8, Math.min(top, innerHeight - height - 8));
  popover.style.setProperty("left", `${left}px`);
  popover.style.setProperty("top", `${top}px`);
}

const openerOf = (menu) => menu.menuOpener || document.querySelector(`[popovertarget="${CSS.escape(menu.id)}"]`);
const items = (menu) => [...menu.querySelectorAll('[role^="menuitem"]:not([hidden])')].filter((item) => item.offsetParent !== null);

function focusFirst(menu) {
  const first = menu.querySelector("[data-menu-filter]") || menu.querySelector('[aria-checked="true"],[aria-current="true"]') || items(menu)[0];
  first?.focus({ preventScroll: true });
}

/** Open a menu from code, beside any element. */
export function openMenu(menu, opener) { menu.menuOpener = opener; menu.showPopover(); }

attach("[data-menu]", (menu) => {
  const keep = () => { const opener = openerOf(menu); if (opener) place(menu, opener, menu.dataset.place); };
  let typed = "", typedAt = 0;
  // what is fetched into an open menu makes it grow
  const grows = new ResizeObserver(() => menu.matches(":popover-open") && keep());
  grows.observe(menu);
  return all(
    () => grows.disconnect(),
    on(menu, "beforetoggle", (event) => openerOf(menu)?.setAttribute("aria-expanded", String(event.newState === "open"))),
    on(menu, "toggle", (event) => {
      if (event.newState !== "open") return;
      keep();
      focusFirst(menu);
    }),
    on(menu, "keydown", (event) => {
      const list = items(menu), now = list.indexOf(document.activeElement);
      const go = (index) => { event.preventDefault(); list[(index + list.length) % list.length]?.focus(); };
      if (event.key === "ArrowDown") go(now + 1);
      else if (event.key === "ArrowUp") go(now < 0 ? list.length - 1 : now - 1);
      else if (event.key === "Home" && now >= 0) go(0);
      else if (event.key === "End" && now >= 0) go(list.length - 1);
      else if (event.key === "Tab" && menu.getAttribute("role") !== "dialog") menu.hidePopover();
      else if (event.key === "Enter" && event.target.matches("[data-menu-filter]")) { event.preventDefault(); list[0]?.click(); }
      else if (event.key.length === 1 && !event.ctrlKey && !event.metaKey && !event.target.matches("input")) {
        typed = event.timeStamp - typedAt > 700 ? event.key : typed + event.key; typedAt = event.timeStamp;
        list.find((item) => item.textContent.trim().toLowerCase().startsWith(typed.toLowerCase()))?.focus();
      } else return;
      event.stopPropagation();
    }),
    on(menu, "input", (event) => {
      if (!event.target.matches("[data-menu-filter]")) return;
      const wanted = event.target.value.trim().toLowerCase();
      menu.querySelectorAll('[role^="menuitem"]').forEach((item) => { item.hidden = !item.textContent.toLowerCase().includes(wanted); });
      keep();
    }),
    on(menu, "click", (event) => {
      const item = event.target.closest('[role^="menuitem"]');
      if (!item) return;
      if (item.getAttribute("aria-disabled") === "true") { event.preventDefault(); event.stopImmediatePropagation(); return; }
      queueMicrotask(() => menu.matches(":popover-open") && menu.hidePopover());
    }),
    on(window, "resize", () => menu.matches(":popover-open") && keep()),
  );
});

attach("[popovertarget]", (opener) => {
  if (!opener.hasAttribute("aria-expanded")) opener.setAttribute("aria-expanded", "false");
  return on(opener, "click", async () => {
    const menu = document.getElementById(opener.getAttribute("popovertarget"));
    if (!menu) return;
    menu.menuOpener = opener;
    const source = opener.dataset.menuLoad;
    if (source && menu.menuSource !== source) {
      menu.menuSource = source;
      const answer = await fetch(source, { headers: { "HX-Request": "true" }, credentials: "same-origin" }).catch(() => null);
      if (answer?.ok) { menu.innerHTML = await answer.text(); window.htmx?.process(menu); if (menu.matches(":popover-open")) { place(menu, opener, menu.dataset.place); focusFirst(menu); } }
      else menu.menuSource = null;
    }
  });
});
