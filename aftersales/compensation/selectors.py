"""What finance and the desk look at: each a fixed number of queries."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet

from aftersales.claims.models import Claim, ClaimKind
from aftersales.compensation.models import Compensation, CompensationState, Payout, PayoutState
from helpdesk.accounts.models import Staff
from helpdesk.accounts.permissions import CLAIM_APPROVE, CLAIM_EXCEPT, PERMISSIONS
from helpdesk.core.keyset import Page, page
from helpdesk.customers.models import Order
from tickets.sla.models import Clock

PAGE_SIZE, MOST_COUNTED, MOST_WAITING = 50, 1000, 200


def payouts_in(state: str, cursor: str | None) -> Page[Payout]:
    """Payouts in a state: what is to do the oldest first, what is done the newest first; one query."""
    rows = Payout.objects.filter(state=state).select_related("claim", "customer", "payment").defer("sealed")
    is_to_do = state in {PayoutState.ORDERED, PayoutState.FAILED}
    moment = "ordered_at" if is_to_do else "reversed_at" if state == PayoutState.REVERSED else "paid_at"
    return page(rows, cursor, by=moment, size=PAGE_SIZE, newest_first=not is_to_do)


def find_payouts(words: str) -> list[Payout]:
    """By the number of payout, claim or order, or by the reference; newest first. Each way is asked for itself, so that each
    has its index: five queries at most."""
    words = words.replace("\x00", "").strip()[:120]
    ids = set(Payout.objects.filter(reference=words).values_list("pk", flat=True)[:PAGE_SIZE]) if words else set()
    orders = list(Order.objects.filter(number=words).values_list("pk", flat=True)[:PAGE_SIZE])
    claims = list(Claim.objects.filter(order_id__in=orders).values_list("pk", flat=True)[:PAGE_SIZE]) if orders else []
    upper = words.upper()
    digits = upper.removeprefix("AS-").removeprefix("P-")
    if digits.isascii() and digits.isdigit() and int(digits) < 2**63:
        if upper.startswith("AS-"):
            claims.append(int(digits))
        else:
            ids.add(int(digits))
    if claims:
        ids |= set(Payout.objects.filter(claim_id__in=claims).order_by("-pk").values_list("pk", flat=True)[:PAGE_SIZE])
    rows = Payout.objects.filter(pk__in=ids).select_related("claim", "customer", "payment").defer("sealed")
    return list(rows.order_by("-pk")[:PAGE_SIZE])


def owing_claims(cursor: str | None) -> Page[Claim]:
    """Claims whose customer has something to pay, the longest waiting first; one query."""
    return page(_owing().select_related("customer", "order"), cursor, by="moved_at", size=PAGE_SIZE, newest_first=False)


def invoices_to_issue(cursor: str | None) -> Page[Claim]:
    """Invoice claims that wait for finance, the longest waiting first; one query."""
    rows = _invoices().select_related("customer", "order")
    return page(rows, cursor, by="moved_at", size=PAGE_SIZE, newest_first=False)


def counts() -> dict[str, str]:
    """How much there is to do of each, up to a thousand; four queries."""
    found: dict[str, QuerySet[Any]] = {
        "ordered": Payout.objects.filter(state=PayoutState.ORDERED),
        "failed": Payout.objects.filter(state=PayoutState.FAILED),
        "owing": _owing(),
        "invoices": _invoices(),
    }
    return {name: _counted(rows) for name, rows in found.items()}


def _counted(rows: QuerySet[Any]) -> str:
    count = rows.order_by()[: MOST_COUNTED + 1].count()
    return f"{MOST_COUNTED}+" if count > MOST_COUNTED else str(count)


def _owing() -> QuerySet[Claim]:
    return Claim.objects.open().filter(owed_amount__gt=0)


def _invoices() -> QuerySet[Claim]:
    return Claim.objects.open().filter(kind=ClaimKind.INVOICE, state="issuing")


def approver_choices() -> list[tuple[str, str]]:
    """Everybody who can approve, by name; one query."""
    roles = [role for role, permissions in PERMISSIONS.items() if CLAIM_APPROVE in permissions]
    people = Staff.objects.filter(role__in=roles, is_active=True).order_by("name", "pk")
    return [(str(pk), name) for pk, name in people.values_list("pk", "name")]


def compensation_waiting(staff: Staff) -> list[Compensation]:
    """What waits for this approver, and for a supervisor what waits for others too, the oldest first; one query."""
    rows = Compensation.objects.filter(state=CompensationState.ASKED)
    if not staff.can(CLAIM_EXCEPT):
        rows = rows.filter(approver=staff)
    found = rows.select_related("claim__customer", "claim__order", "approver").order_by("made_at", "pk")
    return sorted(found[:MOST_WAITING], key=lambda row: row.approver_id != staff.pk)


def deadlines_of(ids: list[int]) -> dict[int, Clock]:
    """The running deadline of each question; one query."""
    clocks = Clock.objects.filter(
        metric="approval", subject_kind="compensation", subject_id__in=ids, ended_at__isnull=True
    )
    return {clock.subject_id: clock for clock in clocks}
