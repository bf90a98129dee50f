"""What is looked for on an open page: errors, a broken policy, overflow, what axe finds, words of the other language."""

from __future__ import annotations

from functools import lru_cache

from playwright.sync_api import Page

from helpdesk import catalogues

# Every visible text, and every name or hint of a visible control, outside of what people wrote in another language.
TEXTS = """() => {
  const found = [];
  const shown = (e) => e && e.checkVisibility({ opacityProperty: true, visibilityProperty: true });
  const silent = 'script, style, template, code, pre, kbd, .tag, [translate="no"]';
  const foreign = (e) => e.closest(`[lang="en"]:not(html), ${silent}`);
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const text = walker.currentNode.data.replace(/\\s+/g, ' ').trim();
    const parent = walker.currentNode.parentElement;
    if (text && parent && !foreign(parent) && shown(parent)) found.push(text);
  }
  for (const element of document.querySelectorAll('[aria-label], [title], [placeholder], [alt], [data-tip]')) {
    if (foreign(element) || !shown(element)) continue;
    for (const name of ['aria-label', 'title', 'placeholder', 'alt', 'data-tip']) {
      const text = element.getAttribute(name);
      if (text && text.trim()) found.push(text.trim());
    }
  }
  return [...new Set(found)];
}"""
OVERFLOW = """() => {
  const wide = document.documentElement.scrollWidth - innerWidth;
  if (wide <= 0) return null;
  const over = [...document.body.querySelectorAll('*')].filter((e) => e.getBoundingClientRect().right > innerWidth + 1);
  return `${wide} px too wide: ` + over.slice(0, 3).map((e) => e.outerHTML.slice(0, 90)).join(' | ');
}"""
# A line of text that is cut although nothing says so: no ellipsis, no scrolling.
CLIPPED = """() => [...document.querySelectorAll('button, a.btn, label, h1, h2, h3, th, .status, .tag, .badge, .tab')]
  .filter((e) => e.checkVisibility() && e.scrollWidth > e.clientWidth + 1 && e.clientWidth > 1
    && ['hidden', 'clip'].includes(getComputedStyle(e).overflowX) && getComputedStyle(e).textOverflow !== 'ellipsis')
  .map((e) => e.outerHTML.slice(0, 120))"""


# Cards that leave the page or lie upon each other.
CARDS = """() => {
  const cards = [...document.querySelectorAll('.card')].filter((e) => e.checkVisibility() && !e.closest('[popover], dialog'));
  const name = (e) => e.textContent.replace(/\\s+/g, ' ').trim().slice(0, 40);
  const found = cards.filter((e) => e.getBoundingClientRect().right > innerWidth + 1).map((e) => `${name(e)}: leaves the page`);
  cards.forEach((one, nth) => cards.slice(nth + 1).forEach((other) => {
    const [a, b] = [one.getBoundingClientRect(), other.getBoundingClientRect()];
    const across = Math.min(a.right, b.right) - Math.max(a.left, b.left);
    const down = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
    if (across > 2 && down > 2 && !one.contains(other)) found.push(`${name(one)}: lies upon ${name(other)}`);
  }));
  return found;
}"""


# Icons that the page asks for and the sprite does not have.
ICONS = """async () => {
  const uses = [...document.querySelectorAll('use')].map((use) => use.getAttribute('href').split('#'));
  const sheets = [...new Set(uses.map(([sheet]) => sheet))];
  const known = new Map();
  for (const sheet of sheets) {
    const text = await (await fetch(sheet)).text();
    known.set(sheet, new Set([...text.matchAll(/id="([^"]+)"/g)].map((found) => found[1])));
  }
  return [...new Set(uses.filter(([sheet, id]) => !known.get(sheet).has(id)).map(([, id]) => id))];
}"""


# Names are nobody's words: of a language in itself, of the company as the installation says, of a customer of the tests.
NAMES = {"English", "Helpdesk", "Li Na"}


@lru_cache(maxsize=1)
def english_texts() -> dict[str, str]:
    """Text of the sources → its Chinese, where the two differ."""
    found = {}
    for message in catalogues.merged("zh_Hans"):
        if isinstance(message.id, str) and isinstance(message.string, str) and message.id != message.string:
            found[message.id] = message.string
    return found


def problems(page: Page, *, language: str, is_phone: bool) -> list[str]:
    """Everything but axe and what the page logged."""
    found = []
    lang = page.locator("html").get_attribute("lang")
    if lang != {"en": "en", "zh": "zh-Hans"}[language]:
        found.append(f"lang is {lang}")
    if is_phone and (wide := page.evaluate(OVERFLOW)):
        found.append(wide)
    found += [f"cut without a sign: {what}" for what in page.evaluate(CLIPPED)]
    found += [f"card {what}" for what in page.evaluate(CARDS)]
    found += [f"no icon {name}" for name in page.evaluate(ICONS)]
    if not page.title().strip():
        found.append("no title")
    if language == "zh":
        english = english_texts()
        found += [f"untranslated: {text}" for text in page.evaluate(TEXTS) if text in english and text not in NAMES]
    return found
