"""Questions about what-ifs: the list, the figures in words, the tickets that differ."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import Exists, F, OuterRef, QuerySet
from django.utils.translation import get_language, gettext

from analytics import words
from analytics.models import WhatIf, WhatIfTicket
from analytics.whatif.counting import BREAKDOWNS, Tally
from analytics.whatif.services import JOB, may_open
from helpdesk.accounts.models import Staff, Team
from helpdesk.core.errors import NotFound
from helpdesk.core.models import Job, LeasedState
from helpdesk.core.templatetags.ui import CHANNEL_NAMES
from tickets.models import Ticket
from tickets.sla.metrics import metrics


@dataclass(frozen=True)
class Side:
    """Deadlines that were met, missed, or are still open."""

    met: int
    missed: int
    open: int

    @property
    def ended(self) -> int:
        return self.met + self.missed

    @property
    def share(self) -> float | None:
        """Per cent met of those that ended."""
        return 100 * self.met / self.ended if self.ended else None

    @property
    def share_text(self) -> str:
        return words.share(self.share)


@dataclass(frozen=True)
class Line:
    """One row of a breakdown: both sides, and what changes."""

    key: str
    label: str
    now: Side
    then: Side

    @property
    def change(self) -> int:
        """How many more are missed under the alternative."""
        return self.then.missed - self.now.missed

    @property
    def change_text(self) -> str:
        return f"{self.change:+,}".replace("-", "−") if self.change else "0"


def what_ifs_for(staff: Staff) -> QuerySet[WhatIf]:
    """One's own, or all for those who see all tickets."""
    rows = WhatIf.objects.select_related("staff").defer("figures")
    if staff.sees_all_tickets:
        return rows
    return rows.filter(staff=staff, bounds__contained_by=list(staff.team_ids))


def get_what_if(staff: Staff, pk: int) -> WhatIf:
    """The what-if, if this person may open it."""
    what_if = WhatIf.objects.select_related("staff").filter(pk=pk).first()
    if what_if is None or not may_open(staff, what_if):
        raise NotFound
    return what_if


def trouble_of(what_if: WhatIf) -> str:
    """Why the work does not go on, in the worker's words; empty when it does."""
    jobs = Job.objects.filter(kind=JOB, args__what_if=what_if.pk).order_by("-pk")
    job = jobs.values("state", "reason").first()
    if job is None or job["state"] not in {LeasedState.PARKED, LeasedState.BACK_OFF}:
        return ""
    return str(job["reason"])


def line_of(sums: list[int], key: str = "", label: str = "") -> Line:
    return Line(key, label, Side(*sums[:3]), Side(*sums[3:]))


def breakdowns(tally: Tally) -> dict[str, list[Line]]:
    """The lines of each breakdown in a sensible order, named in the reader's language; one query."""
    teams = {str(team.pk): team.label for team in Team.objects.all()}
    naming: Mapping[str, Any] = {
        "metric": lambda key: metrics.get(key).label if key in metrics else key,
        "policy": lambda key: _policy_name(tally, key),
        "team": lambda key: teams.get(key, key),
        "channel": lambda key: CHANNEL_NAMES.get(key, key),
        "day": lambda key: words.day(date.fromisoformat(key)),
    }
    found = {}
    for name in BREAKDOWNS:
        lines = [line_of(sums, key, str(naming[name](key))) for key, sums in tally.sums.get(name, {}).items()]
        found[name] = sorted(lines, key=_by_key if name == "day" else _by_misses)
    return found


def with_empty_days(lines: list[Line], what_if: WhatIf) -> list[Line]:
    """The lines of the days with those on which nothing was promised, so that the picture's days are evenly spaced."""
    known = {line.key: line for line in lines}
    days = [(what_if.since + timedelta(days=nth)) for nth in range((what_if.until - what_if.since).days + 1)]
    extra = [line for line in lines if line.key > what_if.until.isoformat()]
    shown = [known.get(day.isoformat()) or line_of([0] * 6, day.isoformat(), words.day(day)) for day in days]
    return [*shown, *extra]


def _by_key(line: Line) -> Any:
    return line.key


def _by_misses(line: Line) -> Any:
    return (-abs(line.change), -line.now.ended, line.label)


def _policy_name(tally: Tally, key: str) -> str:
    english, chinese = tally.names.get(key, [key, ""])
    is_chinese = (get_language() or "").startswith("zh")
    name = (chinese or english) if is_chinese else english
    return gettext("%(name)s (shipped)") % {"name": name} if key.startswith("-") else name


def changed_for(staff: Staff, what_if: WhatIf, show: str = "") -> QuerySet[WhatIfTicket]:
    """The tickets that differ and that this person may see: `saved`, `lost`, `dropped`, or all."""
    rows = what_if.changed.select_related("ticket", "ticket__customer", "ticket__status")
    if not staff.sees_all_tickets:
        rows = rows.filter(Exists(Ticket.objects.visible_to(staff).filter(pk=OuterRef("ticket_id"))))
    if show in {"saved", "dropped"}:
        return rows.filter(missed_then__lt=F("missed_now"), due_then__isnull=show == "dropped")
    return rows.filter(missed_then__gt=F("missed_now")) if show == "lost" else rows


def page_of(rows: QuerySet[WhatIfTicket], after: int, size: int = 50) -> tuple[list[WhatIfTicket], int | None]:
    """The next rows behind an id, and the id to go on from."""
    found = list(rows.filter(pk__gt=after).order_by("pk")[: size + 1])
    return found[:size], (found[size - 1].pk if len(found) > size else None)
