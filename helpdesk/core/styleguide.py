"""Sample content for the style guide: every component in a believable state, in both languages.

The content stands in `templates/styleguide/sample.*.json`; a moment is written there as minutes from now
(`{"$minutes": -4}`), so that clocks and times always look alive.
"""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.utils import timezone

FOLDER = Path(__file__).resolve().parents[2] / "templates" / "styleguide"


def alive(value: Any, now: datetime) -> Any:
    """The same content with its moments as datetimes."""
    if isinstance(value, dict):
        if "$minutes" in value:
            return now + timedelta(minutes=value["$minutes"])
        return {key: alive(inner, now) for key, inner in value.items()}
    return [alive(inner, now) for inner in value] if isinstance(value, list) else value


def page(language: str) -> dict[str, Any]:
    """Context of the style guide's pages in a language."""
    zh = language.lower().startswith("zh")
    text = (FOLDER / f"sample.{'zh' if zh else 'en'}.json").read_text(encoding="utf-8")
    content: dict[str, Any] = alive(json.loads(text), timezone.now())
    return content | {"zh": zh, "guide_rows": content["rows"][:4] + content["rows"][7:8]}
