/* [data-thread]: starts at the newest message (or at the one in the address), stays at the end while the reader is there, and says when something new arrives below.
   iframe[data-frame]: grows to the height of the mail inside; its links open in a new tab by the frame's own policy. */

import { attach, all, announce, on } from "./attach.js";
import { t } from "./texts.js";

attach("[data-thread]", (thread) => {
  const box = thread.closest(".col-scroll") || document.scrollingElement;
  let atEnd = true;
  const end = () => { box.scrollTop = box.scrollHeight; };
  const wanted = location.hash.startsWith("#message-") && document.querySelector(location.hash);
  if (wanted) wanted.scrollIntoView({ block: "start" }); else end();
  const grow = new ResizeObserver(() => { if (atEnd) end(); });
  grow.observe(thread);
  const watch = new MutationObserver((records) => {
    const added = records.flatMap((r) => [...r.addedNodes]).filter((n) => n.nodeType === 1 && n.matches("article"));
    if (added.length && added.some((n) => n.matches(".msg-in, .letter-in"))) announce(t("thread.new"));
  });
  watch.observe(thread, { childList: true });
  return all(on(box, "scroll", () => { atEnd = box.scrollHeight - box.scrollTop - box.clientHeight < 60; }, { passive: true }), () => { grow.disconnect(); watch.disconnect(); });
});

attach("iframe[data-frame]", (frame) => {
  let observer;
  const fit = () => {
    let body;
    try { body = frame.contentDocument?.body; } catch { return; }
    if (!body) return;
    const height = Math.min(6000, Math.max(40, Math.ceil(frame.contentDocument.documentElement.getBoundingClientRect().height || body.scrollHeight)));
    frame.style.setProperty("height", `${height}px`);
  };
  const ready = () => {
    fit();
    observer?.disconnect();
    try { observer = new ResizeObserver(fit); observer.observe(frame.contentDocument.documentElement); } catch { /* another origin: keeps its height and scrolls */ }
  };
  if (frame.contentDocument?.readyState === "complete" && frame.contentDocument.URL !== "about:blank") ready();
  return all(on(frame, "load", ready), () => observer?.disconnect());
});
