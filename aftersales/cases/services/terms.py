"""Changing the company's terms, and a single case's deadlines."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from aftersales.cases.models import Authority, CaseFile, Term
from aftersales.claims.errors import ClaimChanged
from aftersales.claims.models import Claim, ClaimKind
from aftersales.claims.services.moving import changing_claim
from helpdesk.accounts.permissions import AFTERSALES_MANAGE, CLAIM_WORK
from helpdesk.core.actors import Actor
from helpdesk.core.errors import Forbidden, Invalid, NotFound
from helpdesk.core.events import Announcement, announce
from helpdesk.core.saving import require_unchanged

MOST_DAYS = 365


def values_of(terms: Mapping[str, Term]) -> dict[str, Any]:
    """What the form shows, for the check that nobody overwrites a colleague's change."""
    return {
        f"{authority}_{name}": getattr(term, name)
        for authority, term in terms.items()
        for name in ("accept_days", "answer_days", "is_working_days")
    }


@transaction.atomic
def save_terms(given: Mapping[str, Mapping[str, Any]], *, by: Actor, seen: str | None = None) -> None:
    """Authority → accept_days, answer_days, is_working_days; announces case_terms.changed. Cases that are open keep theirs."""
    if not by.is_trusted and (by.staff is None or not by.staff.can(AFTERSALES_MANAGE)):
        raise Forbidden
    rows = {row.authority: row for row in Term.objects.select_for_update(no_key=True).order_by("pk")}
    require_unchanged(seen, values_of(rows))
    wrong = {}
    for authority, values in given.items():
        if authority not in Authority.values:
            raise Invalid
        accept, answer = int(values["accept_days"]), int(values["answer_days"])
        if not 1 <= accept <= answer <= MOST_DAYS:
            wrong[f"{authority}_answer_days"] = _("A case is accepted before it is answered, within a year.")
        row = rows.get(authority) or Term(authority=authority)
        row.accept_days, row.answer_days, row.is_working_days = accept, answer, bool(values["is_working_days"])
        rows[authority] = row
    if wrong:
        raise Invalid(fields=wrong)
    for row in rows.values():
        row.save()
    announce(Announcement("case_terms.changed", "case_terms", 0), by=by)


def change_deadlines(
    claim_id: int,
    *,
    accept_due_at: datetime,
    answer_due_at: datetime,
    why: str,
    by: Actor,
    row_version: int | None = None,
) -> CaseFile:
    """The authority gave more time, or another day than was typed: both deadlines as they are now, with the reason on record
    as an internal note of the log; announces case.deadlines_changed, by which the clocks follow."""
    with changing_claim(claim_id, "change_case", by=by) as (claim, change):
        if not by.is_trusted and (by.staff is None or not by.staff.can(CLAIM_WORK)):
            raise Forbidden
        if claim.kind != ClaimKind.CASE:
            raise NotFound
        if row_version is not None and row_version != claim.row_version:
            raise ClaimChanged(row_version=claim.row_version)
        case = CaseFile.objects.select_for_update(no_key=True).get(pk=claim.pk)
        words = why.replace("\x00", "").strip()[:300]
        wrong: dict[str, Any] = {} if words else {"why": _("Say why, so that it stands on record.")}
        for name, moment in (("accept_due_at", accept_due_at), ("answer_due_at", answer_due_at)):
            if moment < (case.received_at if name == "accept_due_at" else case.asked_at):
                wrong[name] = _("A deadline lies after the day on which the case came in.")
        if wrong:
            raise Invalid(fields=wrong)
        before = [case.accept_due_at.isoformat(), case.answer_due_at.isoformat()]
        case.accept_due_at, case.answer_due_at = accept_due_at, answer_due_at
        case.save(update_fields=["accept_due_at", "answer_due_at"])
        _raise_version(claim)
        change.announce(
            "case.deadlines_changed",
            claim=claim.pk,
            why=words,
            before=before,
            after=[accept_due_at.isoformat(), answer_due_at.isoformat()],
        )
    return case


def _raise_version(claim: Claim) -> None:
    claim.row_version += 1
    claim.save(update_fields=["row_version"])
