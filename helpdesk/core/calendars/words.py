"""What calendars say to people: hours as text and back, lengths of time, and the arithmetic of a deadline in words."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_skeleton
from django.utils.translation import get_language, gettext, pgettext

from helpdesk.core.calendars.errors import UnreadableHours
from helpdesk.core.calendars.explaining import Explanation, Piece, Reason
from helpdesk.core.calendars.rules import MINUTES_A_DAY, Hours

# As people type them, also with a Chinese keyboard: 09:00-12:00, 13：00～18：00
_BETWEEN_BLOCKS = re.compile(r"[,;，；、\n]+")
_BLOCK = re.compile(r"(\d{1,2})(?:[:：](\d{2}))?\s*[-–—~～至到]\s*(\d{1,2})(?:[:：](\d{2}))?")


def hours_text(blocks: Iterable[Hours]) -> str:
    """`09:00–12:00, 13:00–18:00`; empty for a free day. `read_hours` reads it back."""
    return ", ".join(f"{_clock(block.start)}–{_clock(block.end)}" for block in blocks)


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"


def read_hours(text: str) -> tuple[Hours, ...]:
    """Blocks as people type them, sorted; `UnreadableHours` says in words what is wrong with them."""
    found = [_read_block(part.strip()) for part in _BETWEEN_BLOCKS.split(text) if part.strip()]
    blocks = tuple(sorted(found))
    if any(later.start < earlier.end for earlier, later in pairwise(blocks)):
        raise UnreadableHours(gettext("Two blocks of one day overlap."))
    return blocks


def _read_block(text: str) -> Hours:
    match = _BLOCK.fullmatch(text)
    if match is None:
        raise UnreadableHours
    numbers = [int(group or 0) for group in match.groups()]
    block = Hours(numbers[0] * 60 + numbers[1], numbers[2] * 60 + numbers[3])
    if max(numbers[1], numbers[3]) > 59 or not block.start < block.end <= MINUTES_A_DAY:
        raise UnreadableHours(gettext("A block begins before it ends, at 24:00 at the latest."))
    return block


def length_text(length: timedelta) -> str:
    """`3 h 20 min`; seconds only where there are some."""
    seconds = int(length.total_seconds())
    parts = [
        (seconds // 3600, pgettext("length of time", "%(n)d h")),
        (seconds // 60 % 60, pgettext("length of time", "%(n)d min")),
        (seconds % 60, pgettext("length of time", "%(n)d s")),
    ]
    return " ".join(words % {"n": number} for number, words in parts if number) or parts[1][1] % {"n": 0}


@dataclass(frozen=True)
class Line:
    """One piece of an explanation: which days, from when to when by the calendar's clocks, how much counts, and why."""

    days: str
    times: str
    counted: str
    why: str
    counts: bool


def lines_of(told: Explanation) -> list[Line]:
    """The pieces of an explanation in the reader's language."""
    zone = ZoneInfo(told.zone)
    return [
        Line(_days(piece), _times(piece, zone), length_text(piece.counted), why(piece), piece.opens is not None)
        for piece in told.pieces
    ]


def moment_text(moment: datetime, zone: str) -> str:
    """Weekday, date and time by the clocks of a zone."""
    local = moment.astimezone(ZoneInfo(zone))
    return f"{day_text(local.date())} {local:%H:%M}" + (f":{local:%S}" if local.second else "")


def day_text(day: date) -> str:
    """Weekday and date in the reader's language."""
    return format_skeleton("MMMEd", datetime(day.year, day.month, day.day, tzinfo=UTC), locale=locale())


def locale() -> Locale:
    """The reader's language for Babel."""
    return Locale.parse("zh_Hans_CN" if (get_language() or "").startswith("zh") else "en_GB")


def _days(piece: Piece) -> str:
    return day_text(piece.first) if piece.first == piece.last else f"{day_text(piece.first)} – {day_text(piece.last)}"


def _times(piece: Piece, zone: ZoneInfo) -> str:
    if piece.opens is None or piece.closes is None:
        return ""
    opens, closes = piece.opens.astimezone(zone), piece.closes.astimezone(zone)
    last = "24:00" if closes.date() > piece.last and f"{closes:%H:%M:%S}" == "00:00:00" else _time(closes)
    return f"{_time(opens)}–{last}"


def _time(moment: datetime) -> str:
    return f"{moment:%H:%M:%S}" if moment.second else f"{moment:%H:%M}"


def why(piece: Piece) -> str:
    """Why a day counts or does not, with the name of its holiday."""
    is_chinese = (get_language() or "").startswith("zh")
    name = (piece.name_zh or piece.name) if is_chinese else (piece.name or piece.name_zh)
    words = _reason_words(piece, name)
    return gettext("%(reason)s (provisional)") % {"reason": words} if piece.is_provisional else words


def _reason_words(piece: Piece, name: str) -> str:
    if piece.reason is Reason.HOLIDAY:
        return name or gettext("public holiday")
    if piece.reason is Reason.ADJUSTED:
        return gettext("adjusted working day: %(name)s") % {"name": name} if name else gettext("adjusted working day")
    if piece.reason is Reason.COMPANY:
        return name or (gettext("own hours of this day") if piece.opens else gettext("closed on this day"))
    if piece.reason is Reason.DAY_OFF:
        return gettext("weekend") if piece.first.weekday() > 4 else gettext("day off")
    return {
        Reason.WEEKLY: gettext("working hours"),
        Reason.OUT_OF_HOURS: gettext("outside working hours"),
        Reason.AROUND_THE_CLOCK: gettext("around the clock"),
    }[piece.reason]
