"""Every pair of colours in use, in both themes: 4.5:1 for text, 3:1 for controls, focus and marks."""

import re
from pathlib import Path

import pytest

TOKENS = (Path(__file__).resolve().parents[2] / "static" / "css" / "tokens.css").read_text()

GROUNDS = ("bg-canvas", "bg-surface", "bg-sunken", "bg-inset", "bg-hover", "bg-overlay", "accent-soft")
TEXT = [(ink, ground) for ink in ("ink", "ink-2", "ink-3", "accent-ink") for ground in GROUNDS] + [
    ("on-accent", "accent"), ("on-accent", "accent-hover"), ("on-accent", "accent-press"), ("ink-inverse", "bg-inverse"),
    ("level-ink", "level-bg"), ("warn-ink", "warn-soft"), ("warn-ink", "bg-surface"), ("warn-ink", "bg-canvas"),
    ("bad-ink", "bad-soft"), ("bad-ink", "bg-surface"), ("on-bad", "bad-solid"), ("good-ink", "good-soft"),
    ("good-ink", "bg-surface"), ("good-ink", "bg-sunken"), ("note-ink", "note-bg"), ("ink", "note-bg"), ("accent-ink", "note-bg"),
    ("ink", "bubble-in"), ("bubble-out-ink", "bubble-out"), ("on-av", "av-1"), ("on-av", "av-2"), ("on-av", "av-3"),
    ("on-av", "av-4"), ("on-av", "av-5"), ("on-av", "av-6"), ("note-bg", "note-ink"), ("ink", "accent-soft-2"),
]  # fmt: skip
MARKS = [
    ("line-control", "bg-surface"), ("line-control", "bg-canvas"), ("focus", "bg-surface"), ("focus", "bg-canvas"),
    ("focus", "bg-sunken"), ("accent", "bg-surface"), ("bad-solid", "bg-surface"), ("good-solid", "bg-surface"),
    ("viz-1", "bg-surface"), ("viz-5", "bg-surface"), ("viz-target", "bg-surface"),
]  # fmt: skip


def theme(name: str) -> dict[str, str]:
    """Tokens of a theme with a plain colour."""
    found: dict[str, str] = {}
    wanted = (
        (":root {", ':root, [data-bs-theme="light"] {') if name == "light" else (":root {", '[data-bs-theme="dark"] {')
    )
    for head in (":root {", ':root, [data-bs-theme="light"] {') if name == "light" else wanted:
        start = TOKENS.index(f"\n{head}") if f"\n{head}" in TOKENS else TOKENS.index(head)
        block = TOKENS[start : TOKENS.index("\n}", start)]
        found |= dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", block))
    return found


def luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def ratio(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.req("K1", "WCAG 2.2 AA")
@pytest.mark.parametrize("name", ["light", "dark"])
def test_text_and_its_ground_differ_enough(name: str) -> None:
    colours = theme(name)
    weak = {
        pair: round(ratio(*(colours[c] for c in pair)), 2) for pair in TEXT if ratio(*(colours[c] for c in pair)) < 4.5
    }
    assert weak == {}


@pytest.mark.req("K1", "WCAG 2.2 AA")
@pytest.mark.parametrize("name", ["light", "dark"])
def test_controls_focus_and_marks_differ_enough(name: str) -> None:
    colours = theme(name)
    weak = {
        pair: round(ratio(*(colours[c] for c in pair)), 2) for pair in MARKS if ratio(*(colours[c] for c in pair)) < 3
    }
    assert weak == {}
