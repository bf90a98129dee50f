"""What axe-core finds on an open page."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from playwright.sync_api import Page

AXE = (Path(__file__).resolve().parent / "vendor" / "axe.min.js").read_text(encoding="utf-8")
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
# What is fading in has a colour that nobody is meant to read; a spinner never ends and is not waited for.
SETTLED = """() => Promise.all(document.getAnimations()
  .filter((animation) => animation.effect.getComputedTiming().endTime !== Infinity)
  .map((animation) => animation.finished.catch(() => null)))"""


def violations(page: Page, rules: Sequence[str] = RULES) -> list[str]:
    """What is wrong once the page's movements have ended, each with the first element it was found on."""
    size = page.viewport_size
    tall = page.evaluate("document.documentElement.scrollHeight")
    if size and tall > size["height"]:
        # a bar that stays at the bottom covers a part of what only has to be scrolled
        page.set_viewport_size({"width": size["width"], "height": tall})
    try:
        return _violations(page, rules)
    finally:
        if size:
            page.set_viewport_size(size)


def _violations(page: Page, rules: Sequence[str]) -> list[str]:
    page.evaluate(SETTLED)
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE)
    found: list[dict[str, Any]] = page.evaluate(
        "rules => axe.run(document, {runOnly: rules, resultTypes: ['violations']})", list(rules)
    )["violations"]
    return [f"axe {v['id']} ({v['impact']}): {v['nodes'][0]['html'][:160]}" for v in found]
