"""Public holidays from maintained libraries.

China's come from `chinesecalendar`, which knows the days that the State Council has announced, adjusted working days
included, and no others; a year that is not announced yet follows from the rule through `holidays` and is provisional. All
other countries' come from `holidays`. Both are imported when asked: they take a while to load, and few processes need them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any

from helpdesk.core.models import DayKind, DaySource

CHINA = "CN"
_CHINESE = ("zh_CN", "zh_HK", "zh_TW")
_NAME = 200


@dataclass(frozen=True)
class KnownDay:
    """A date that a library knows to differ from the week, with its names."""

    on: date
    kind: DayKind
    source: DaySource
    name: str
    name_zh: str = ""
    is_provisional: bool = False


def countries() -> list[str]:
    """The countries whose holidays are known, by their two letters (ISO 3166-1)."""
    import holidays

    return sorted(holidays.list_supported_countries(include_aliases=False))


def known_days(country: str, year: int) -> list[KnownDay]:
    """The holidays and adjusted working days of a country in a year, by date; none for a country that nobody knows."""
    found = _announced(year) if country == CHINA else ()
    return list(found or _by_rule(country, year))


@lru_cache(maxsize=64)
def _announced(year: int) -> tuple[KnownDay, ...]:
    """China's announced days; none while the year is not announced. A year without its National Day is not complete."""
    import chinese_calendar

    if date(year, 10, 1) not in chinese_calendar.holidays:
        return ()
    chinese = {entry.value: entry.chinese for entry in chinese_calendar.Holiday}
    days: list[tuple[DayKind, dict[date, str]]] = [
        (DayKind.HOLIDAY, chinese_calendar.holidays),
        (DayKind.ADJUSTED, chinese_calendar.workdays),
    ]
    found = [
        KnownDay(on, kind, DaySource.CHINESECALENDAR, name, chinese.get(name, ""))
        for kind, rows in days
        for on, name in rows.items()
        if on.year == year
    ]
    return tuple(sorted(found, key=lambda day: day.on))


@lru_cache(maxsize=256)
def _by_rule(country: str, year: int) -> tuple[KnownDay, ...]:
    import holidays

    if country not in holidays.list_supported_countries(include_aliases=False):
        return ()
    english = _names(country, year, "en_US")
    chinese: dict[date, str] = {}
    for language in _CHINESE:
        chinese = chinese or _names(country, year, language)
    return tuple(sorted(_days_by_rule(country, year, english or _names(country, year, None), chinese), key=_by_date))


def _by_date(day: KnownDay) -> date:
    return day.on


def _days_by_rule(country: str, year: int, names: dict[date, str], chinese: dict[date, str]) -> Iterator[KnownDay]:
    provisional = country == CHINA
    for on, name in names.items():
        yield KnownDay(on, DayKind.HOLIDAY, DaySource.HOLIDAYS, name, chinese.get(on, ""), provisional)
    for on in _library(country, year, None).weekend_workdays:
        if on.year == year and on not in names:
            yield KnownDay(on, DayKind.ADJUSTED, DaySource.HOLIDAYS, "", "", provisional)


def _library(country: str, year: int, language: str | None) -> Any:
    import holidays

    # no expansion: a lookup outside the year must not add years
    return holidays.country_holidays(country, years=year, language=language, expand=False)


def _names(country: str, year: int, language: str | None) -> dict[date, str]:
    """Date → name in a language, empty when the library does not speak it; two holidays on one date share it."""
    rows = _library(country, year, language)
    if language is not None and language not in rows.supported_languages:
        return {}
    return {on: name[:_NAME] for on, name in rows.items() if on.year == year}
