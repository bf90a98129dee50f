/* Service worker of the engineer's page. `KEPT` (the server puts it above) names the page and all files that it loads, and changes
   its version with any of them. Only GET requests of these are answered here: what was done is sent by the page itself. */

const NAME = `field-${KEPT.version}`;
const PATIENCE = 4000;

self.addEventListener("install", (event) => {
  event.waitUntil(keepAll().then(() => self.skipWaiting()));
});

self.addEventListener("activate", (event) => {
  const old = (names) => names.filter((name) => name.startsWith("field-") && name !== NAME);
  event.waitUntil(
    caches.keys().then((names) => Promise.all(old(names).map((name) => caches.delete(name)))).then(() => self.clients.claim()),
  );
});

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== location.origin) return;
  if (request.mode === "navigate" && url.pathname === KEPT.page) event.respondWith(page(request));
  else if (KEPT.files.includes(url.pathname)) event.respondWith(file(request));
});

async function keepAll() {
  const cache = await caches.open(NAME);
  await cache.addAll(KEPT.files.map((address) => new Request(address, { cache: "reload" })));
  const answer = await fetch(KEPT.page, { cache: "reload", credentials: "same-origin" });
  if (answer.ok && !answer.redirected) await cache.put(KEPT.page, answer);
}

/* The newest page when the network answers soon, else the one that is kept; a way to the sign-in page is never kept. */
async function page(request) {
  const cache = await caches.open(NAME);
  const kept = await cache.match(KEPT.page);
  const fresh = fetch(request).then(async (answer) => {
    if (answer.ok && !answer.redirected) await cache.put(KEPT.page, answer.clone());
    return answer;
  });
  if (!kept) return fresh;
  const late = new Promise((resolve) => { setTimeout(() => resolve(kept.clone()), PATIENCE); });
  return Promise.race([fresh.then((answer) => (answer.status >= 500 ? kept.clone() : answer)).catch(() => kept.clone()), late]);
}

async function file(request) {
  const cache = await caches.open(NAME);
  return (await cache.match(request.url, { ignoreSearch: true })) || fetch(request);
}
