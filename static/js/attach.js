/* Behaviours attach to elements, not to pages: `attach(selector, setup)` runs `setup(element)` for each match now and later
   (htmx swaps, live rows), and its returned function when the element leaves. One observer serves all of them. */

const behaviours = [];
const living = new WeakMap();

function start(element, behaviour) {
  let own = living.get(element);
  if (!own) living.set(element, (own = new Map()));
  if (!own.has(behaviour)) {
    own.set(behaviour, null);
    own.set(behaviour, behaviour.setup(element) || null);
  }
}

function each(root, selector, act) {
  if (root.nodeType !== 1) return;
  if (root.matches(selector)) act(root);
  root.querySelectorAll(selector).forEach(act);
}

function stop(root) {
  const end = (element) => {
    const own = living.get(element);
    if (!own || element.isConnected) return;
    living.delete(element);
    own.forEach((cleanup) => cleanup && cleanup());
  };
  if (root.nodeType !== 1) return;
  end(root);
  root.querySelectorAll("*").forEach(end);
}

new MutationObserver((records) => {
  for (const record of records) {
    record.removedNodes.forEach(stop);
    record.addedNodes.forEach((node) => {
      if (node.nodeType === 1) behaviours.forEach((b) => each(node, b.selector, (el) => start(el, b)));
    });
  }
}).observe(document, { childList: true, subtree: true });

export function attach(selector, setup) {
  const behaviour = { selector, setup };
  behaviours.push(behaviour);
  each(document.documentElement, selector, (element) => start(element, behaviour));
}

/** Listen, and get back the function that stops listening. */
export function on(target, type, listener, options) {
  target.addEventListener(type, listener, options);
  return () => target.removeEventListener(type, listener, options);
}

/** Several clean-ups as one. */
export const all = (...ends) => () => ends.forEach((end) => end && end());

/** Say something to screen readers, politely. */
export function announce(text) {
  const region = document.getElementById("announcer");
  if (!region) return;
  region.textContent = "";
  requestAnimationFrame(() => { region.textContent = text; });
}
