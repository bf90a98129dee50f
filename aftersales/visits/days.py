"""Times put together by days, for pages."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from aftersales.visits.slots import Slot
from helpdesk.core.company import company_zone


@dataclass
class SlotDay:
    """A day and the times that can be had on it."""

    on: date
    label: str
    slots: list[dict[str, object]] = field(default_factory=list)


def by_days(slots: Iterable[Slot]) -> list[SlotDay]:
    """The slots of each company day, in their order."""
    found: dict[date, SlotDay] = {}
    for slot in slots:
        start, end = slot.start.astimezone(company_zone()), slot.end.astimezone(company_zone())
        day = found.setdefault(start.date(), SlotDay(start.date(), day_label(start.date())))
        words = f"{start:%H:%M}–{end:%H:%M}"
        day.slots.append({"key": slot.key, "words": words, "engineers": slot.engineers, "outlet": slot.outlet})
    return list(found.values())


def day_label(day: date) -> str:
    """A day as people say it: "Tuesday, 24 November"."""
    return date_format(day, _("l, j F"))


def clock_words(moment: datetime | None) -> str:
    """A time of a day that the page names, by the company's clocks; nothing where there is none."""
    return f"{moment.astimezone(company_zone()):%H:%M}" if moment is not None else ""
