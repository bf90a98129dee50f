"""Zones whose rules change: a government moves its clocks otherwise, and an update of the time zone data brings that.

Compiled hours are kept under a calendar's version, and deadlines say by which version they were reckoned. So a calendar whose
zone has other rules than when it was last looked at gets a new version, and its deadlines are computed anew.
"""

from __future__ import annotations

import hashlib

from django.db import transaction

from helpdesk.core.actors import SYSTEM
from helpdesk.core.calendars.calc import clock_changes
from helpdesk.core.calendars.services import locked, mark_changed
from helpdesk.core.models import BusinessCalendar

# Deadlines of today, and how far ahead time zone data can be believed.
YEARS = (2020, 2045)


def rules_of_zone(zone: str) -> str:
    """A short hash of the zone's name, a colon, and one of when its clocks are moved, as this process knows it."""
    moves = str(clock_changes(zone, *YEARS))
    return f"{_short(zone, 6)}:{_short(moves, 9)}"


def _short(text: str, length: int) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:length]


def follow_zones() -> None:
    """Give a new version to each calendar whose zone has other rules now; announces calendar.changed.

    A part of `manage.py prepare`, which one process runs when data or code are new: two hosts with different data, each
    asking all the time, would take turns in being right.
    """
    rows = BusinessCalendar.objects.filter(is_24x7=False).values_list("pk", "timezone", "zone_rules")
    for pk, zone, known in rows:
        if known != (now := rules_of_zone(zone)):
            _follow(pk, known, now)


@transaction.atomic
def _follow(calendar_id: int, known: str, now: str) -> None:
    calendar = locked(calendar_id)
    BusinessCalendar.objects.filter(pk=calendar_id).update(zone_rules=now)
    # one that is looked at for the first time, or was moved to another zone since, was reckoned by what holds now
    if known.split(":", maxsplit=1)[0] == now.split(":", maxsplit=1)[0]:
        mark_changed(calendar, by=SYSTEM, fields=["zone_rules"])
