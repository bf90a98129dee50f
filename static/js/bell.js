/* The dot on the bell, on every page of the staff: asked for when the page opens, after a notice and whenever the connection (again) stands.
   Pages with tickets (data-desk) ask for it together with their other counts. */

import { attach, on } from "./attach.js";
import { request } from "./net.js";
import { setCounts } from "./page.js";

const bell = () => document.querySelector('[data-count-dot="notifications"]');
let timer = 0;

function ask() {
  if (timer || document.hidden || !bell() || document.querySelector("[data-desk]")) return;
  timer = setTimeout(async () => {
    timer = 0;
    try { setCounts((await request("/notifications/count/")).counts); } catch { /* the next notice asks again */ }
  }, 100);
}

attach('[data-count-dot="notifications"]', ask);
for (const type of ["live:notice", "live:catchup", "live:hello", "notifications:read", "visibilitychange"]) on(document, type, ask);
