"""Questions about cases."""

from __future__ import annotations

from typing import Any

from django.db.models import Prefetch, Q, QuerySet

from aftersales.cases.models import CaseFile, EvidencePack
from aftersales.claims.models import Claim, ClaimKind
from aftersales.claims.querysets import ENDS
from helpdesk.accounts.models import Staff
from helpdesk.accounts.permissions import CLAIM_VIEW_ALL, CLAIM_WORK
from helpdesk.core import keyset
from tickets.sla.models import Clock
from tickets.sla.panel import chip
from tickets.sla.words import metric_name

PAGE_SIZE = 50


def cases_for(staff: Staff) -> QuerySet[CaseFile]:
    """The cases of claims that the person sees, with what a row shows."""
    rows = CaseFile.objects.filter(claim__in=Claim.objects.visible_to(staff).values("pk"))
    return rows.select_related("claim__customer", "claim__handler", "claim__ticket")


def case_page(staff: Staff, scope: str, cursor: str | None) -> keyset.Page[CaseFile]:
    """Open cases by their deadline, or those at their end by their arrival."""
    done = Q(claim__state__in=[*ENDS, "answered"])
    rows = cases_for(staff)
    if scope == "done":
        return keyset.page(rows.filter(done), cursor, by="received_at", size=PAGE_SIZE)
    return keyset.page(rows.exclude(done), cursor, by="answer_due_at", size=PAGE_SIZE, newest_first=False)


def clocks_of_cases(cases: list[CaseFile]) -> dict[int, dict[str, Any]]:
    """Case → what the chip of its next deadline draws; one query."""
    rows = Clock.objects.filter(
        ticket_id__in=[case.claim.ticket_id for case in cases],
        subject_kind="case",
        subject_id__in=[case.pk for case in cases],
        state__in=["running", "paused"],
    )
    found: dict[int, dict[str, Any]] = {}
    for row in rows.order_by("-due_at"):
        found[row.subject_id] = {"chip": chip(row), "label": metric_name(row.metric)}
    return found


def panel_of_claim(*, claim: Any, staff: Staff, **_: Any) -> dict[str, Any] | None:
    """What the authority wants until when, and the packs that were taken; two queries, none for other kinds of claims."""
    if claim.kind != ClaimKind.CASE:
        return None
    packs = Prefetch("claim__evidence_packs", EvidencePack.objects.order_by("-pk"), to_attr="packs")
    case = CaseFile.objects.select_related("about", "claim").prefetch_related(packs).filter(pk=claim.pk).first()
    if case is None:
        return None
    return {
        "case": case,
        "claim": claim,
        "packs": case.claim.packs[:5],  # type: ignore[attr-defined]
        "may_work": staff.can(CLAIM_WORK),
        "may_export": staff.can(CLAIM_WORK) or staff.can(CLAIM_VIEW_ALL),
    }


def cases_about(*, claim: Any, staff: Staff, **_: Any) -> dict[str, Any] | None:
    """The cases that are about this claim of ours; one query."""
    if claim.kind == ClaimKind.CASE:
        return None
    rows = list(CaseFile.objects.filter(about_id=claim.pk).select_related("claim")[:10])
    return {"cases": rows} if rows else None
