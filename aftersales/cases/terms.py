"""How long an authority gives by default, and when that is."""

from __future__ import annotations

from datetime import datetime, time, timedelta

from aftersales.cases.models import Authority, Term
from helpdesk.core.calendars.errors import NoWorkingHours, OutOfReach
from helpdesk.core.calendars.selectors import working_time
from helpdesk.core.company import company_zone
from helpdesk.core.models import BusinessCalendar

# Authority → days to accept, days to answer, whether they are working days. What ships; the company changes it as its letters
# say. 12315: reconciliation of complaints online within ten working days; a court: Article 128 of the Civil Procedure Law.
SHIPPED: dict[str, tuple[int, int, bool]] = {
    Authority.NATIONAL_12315: (3, 10, True),
    Authority.CITY_12345: (1, 5, True),
    Authority.HEIMAO: (2, 7, False),
    Authority.PLATFORM: (1, 2, False),
    Authority.COURT: (5, 15, False),
    Authority.OTHER: (3, 10, True),
}


def ensure_terms() -> None:
    """The shipped terms; what the company changed stays as it is."""
    known = set(Term.objects.values_list("authority", flat=True))
    Term.objects.bulk_create(
        [
            Term(authority=authority, accept_days=accept, answer_days=answer, is_working_days=working)
            for authority, (accept, answer, working) in SHIPPED.items()
            if authority not in known
        ],
        ignore_conflicts=True,
    )


def term_of(authority: str) -> Term:
    """The company's term of an authority, else the shipped one (not saved)."""
    found = Term.objects.filter(authority=authority).first()
    if found is not None:
        return found
    accept, answer, working = SHIPPED[authority]
    return Term(authority=authority, accept_days=accept, answer_days=answer, is_working_days=working)


def deadlines_of(term: Term, since: datetime) -> tuple[datetime, datetime]:
    """Until when a case that came in at this moment is accepted and answered. The day on which it came does not count."""
    return _after(since, term.accept_days, term.is_working_days), _after(since, term.answer_days, term.is_working_days)


def _after(since: datetime, days: int, is_working: bool) -> datetime:
    calendar = BusinessCalendar.objects.filter(is_default=True).first()
    if is_working and calendar is not None:
        try:
            return working_time(calendar).closing_of_working_day(since, days)
        except (NoWorkingHours, OutOfReach):
            pass  # a calendar that has no such day does not make a case without a deadline
    zone = company_zone()
    day = since.astimezone(zone).date() + timedelta(days=days + 1)
    return datetime.combine(day, time(0), zone)
