"""`/approvals/`: what waits for me, decided with one press; what I decided; what waits for others, for supervisors."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_POST, require_safe

from aftersales.approvals.forms import DecisionForm, HandOnForm
from aftersales.approvals.models import Approval
from aftersales.approvals.selectors import (
    Waiting,
    approver_choices,
    decided_by,
    waiting_for,
    waiting_for_others,
)
from aftersales.approvals.services.deciding import decide, hand_approval_on
from helpdesk.accounts.models import Staff
from helpdesk.accounts.permissions import CLAIM_APPROVE, CLAIM_EXCEPT
from helpdesk.accounts.views.pages import actor_of, administration, attempt, done, staff_of
from helpdesk.core.errors import NotFound
from tickets.panels import draw

SLOT = "approvals.page"


@require_safe
@administration(CLAIM_APPROVE, CLAIM_EXCEPT)
def waiting(request: HttpRequest) -> HttpResponse:
    """What waits for me; a supervisor sees what waits for others."""
    return _page(request)


@require_safe
@administration(CLAIM_APPROVE, CLAIM_EXCEPT)
def decided(request: HttpRequest) -> HttpResponse:
    """What I decided, the newest first."""
    found = decided_by(staff_of(request), request.GET.get("cursor"))
    context = {
        "tabs": _tabs(staff_of(request), "decided"),
        "rows": found.rows,
        "next_url": f"?cursor={found.next}" if found.next else "",
        "rail_current": "approvals",
    }
    return render(request, "aftersales/approvals/decided.html", context)


@require_POST
@administration(CLAIM_APPROVE)
def decide_one(request: HttpRequest, pk: int) -> HttpResponse:
    """Yes or no to one question; a refusal stands at the question, with what was typed."""
    if not Approval.objects.filter(pk=pk, approver=staff_of(request)).exists():
        raise NotFound
    form = DecisionForm(request.POST, prefix=f"a{pk}")
    is_approved = request.POST.get("decision") == "yes"
    by = actor_of(request)
    made = attempt(form, lambda: decide(pk, is_approved=is_approved, words=form.cleaned_data["words"], by=by))
    if made is None:
        return _page(request, {pk: form})
    words = _("Approved.") if is_approved else _("Given back to the desk.")
    return done(request, words, reverse("approvals:waiting"))


@require_POST
@administration(CLAIM_APPROVE, CLAIM_EXCEPT)
def hand_on(request: HttpRequest, pk: int) -> HttpResponse:
    """Another approver decides."""
    form = HandOnForm(request.POST, prefix=f"h{pk}", choices=approver_choices())
    by = actor_of(request)
    made = attempt(form, lambda: hand_approval_on(pk, _person(form.cleaned_data["to"]), by=by))
    if made is None:
        return _page(request, handing={pk: form})
    return done(request, _("Handed on to %(name)s.") % {"name": made.approver.name}, reverse("approvals:waiting"))


def _person(pk: str) -> Staff:
    person = Staff.objects.filter(pk=int(pk)).first()
    if person is None:
        raise NotFound
    return person


def _page(
    request: HttpRequest,
    forms: dict[int, DecisionForm] | None = None,
    handing: dict[int, HandOnForm] | None = None,
) -> HttpResponse:
    staff, forms, handing = staff_of(request), forms or {}, handing or {}
    choices = approver_choices()
    mine = waiting_for(staff) if staff.can(CLAIM_APPROVE) else []
    others = waiting_for_others(staff) if staff.can(CLAIM_EXCEPT) else []
    context = {
        "tabs": _tabs(staff, "waiting"),
        "mine": [_card(one, choices, forms, handing) for one in mine],
        "others": [_card(one, choices, forms, handing) for one in others],
        # what was decided by somebody else meanwhile: the reason, with what was typed
        "unsent": [form for pk, form in forms.items() if all(one.approval.pk != pk for one in mine)],
        "panels": draw(SLOT, {"staff": staff, "choices": choices, "request": request}),
        "may_approve": staff.can(CLAIM_APPROVE),
        "rail_current": "approvals",
    }
    return render(request, "aftersales/approvals/waiting.html", context, status=422 if forms or handing else 200)


def _card(
    one: Waiting, choices: list[tuple[str, str]], forms: dict[int, DecisionForm], handing: dict[int, HandOnForm]
) -> dict[str, Any]:
    row = one.approval
    others = [choice for choice in choices if choice[0] != str(row.approver_id)]
    return {
        "row": row,
        "asked_by": one.asked_by,
        "clock": one.clock,
        "due_at": one.due_at,
        "form": forms.get(row.pk) or DecisionForm(prefix=f"a{row.pk}"),
        "handing": handing.get(row.pk) or HandOnForm(prefix=f"h{row.pk}", choices=others),
        "is_handing": row.pk in handing,
    }


def _tabs(staff: Staff, here: str) -> list[dict[str, Any]]:
    return [
        {
            "label": pgettext("approvals", "Waiting"),
            "url": reverse("approvals:waiting"),
            "is_current": here == "waiting",
        },
        {
            "label": pgettext("approvals", "Decided by me"),
            "url": reverse("approvals:decided"),
            "is_current": here == "decided",
        },
    ]
