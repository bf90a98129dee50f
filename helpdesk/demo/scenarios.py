"""Conversations as they happen at such a company. Speakers: c the customer, a the agent, n a colleague's internal note.

Placeholders: {product}, {order}, {serial}, {name} (the customer), {agent}.
"""

from __future__ import annotations

from dataclasses import dataclass

from helpdesk.demo.scenarios_en import ENGLISH
from helpdesk.demo.scenarios_zh import CHINESE


@dataclass(frozen=True)
class Scenario:
    """One story: what it is about, who says what, and how far it may come."""

    language: str
    kind: str
    team: str
    subject: str
    lines: tuple[tuple[str, str], ...]
    tags: tuple[str, ...]
    categories: tuple[str, ...]


def scenarios() -> list[Scenario]:
    """All stories, English and Chinese alternating."""
    told = []
    for nth in range(max(len(ENGLISH), len(CHINESE))):
        for language, stories in (("zh", CHINESE), ("en", ENGLISH)):
            if nth < len(stories):
                kind, team, subject, lines, tags, categories = stories[nth]
                told.append(Scenario(language, kind, team, subject, lines, tags, categories))
    return told
