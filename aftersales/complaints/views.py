"""Pages of preventive actions: the list, a new one, its owner and day, its end."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_GET, require_http_methods

from aftersales.claims.access import parse_number
from aftersales.claims.models import Claim
from aftersales.complaints.dialogs import refuse, saved, show_form
from aftersales.complaints.forms import ActionForm, EndForm
from aftersales.complaints.models import PreventiveAction
from aftersales.complaints.selectors import SCOPES, actions_for, page_of, today
from aftersales.complaints.services.preventing import add_action, change_action, end_action
from helpdesk.accounts.desk import actor_of, desk, staff_of
from helpdesk.accounts.permissions import CLAIM_WORK, VIEW_TEAM
from helpdesk.core.errors import NotFound, Refused


@desk(permission=VIEW_TEAM)
@require_GET
def action_list(request: HttpRequest) -> HttpResponse:
    """`/preventive-actions/`: mine, all open ones of claims that I see, those that ended."""
    scope = request.GET.get("scope", "mine")
    scope = scope if scope in SCOPES else "mine"
    staff = staff_of(request)
    rows, following = page_of(staff, scope, request.GET.get("cursor", ""))
    here, day = reverse("complaints:actions"), today()
    labels = {
        "mine": pgettext("preventive action", "Mine"),
        "open": pgettext("preventive action", "All open"),
        "ended": pgettext("preventive action", "Ended"),
    }
    seen = set(
        Claim.objects.visible_to(staff).filter(pk__in={row.claim_id for row in rows}).values_list("pk", flat=True)
    )
    context = {
        "rows": [
            {"row": row, "is_late": row.is_open and row.due_on < day, "may_open": row.claim_id in seen} for row in rows
        ],
        "scope": scope,
        "tabs": [{"label": labels[one], "url": f"{here}?scope={one}", "is_current": one == scope} for one in SCOPES],
        "next_url": f"{here}?scope={scope}&cursor={following}" if following else "",
        "may_change": staff.can(CLAIM_WORK),
        "staff": staff,
        "rail_current": "claims",
    }
    return render(request, "complaints/actions.html", context)


@desk(permission=CLAIM_WORK)
@require_http_methods(["GET", "HEAD", "POST"])
def action_new(request: HttpRequest, number: str) -> HttpResponse:
    """`/claims/AS-1/preventive-actions/new/`."""
    claim = Claim.objects.visible_to(staff_of(request)).filter(pk=parse_number(number)).first()
    if claim is None:
        raise NotFound
    form = ActionForm(request.POST if request.method == "POST" else None)
    back = f"/claims/{claim.number}/"
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            add_action(
                claim.pk, words=given["words"], owner_id=given["owner"], due_on=given["due_on"], by=actor_of(request)
            )
        except Refused as refusal:
            refuse(form, refusal)
        else:
            return saved(request, back)
    return show_form(
        request,
        form,
        title=_("Preventive action"),
        action=request.path,
        submit=_("Save"),
        back=back,
        back_label=claim.number,
    )


def _visible(request: HttpRequest, pk: int) -> PreventiveAction:
    found = actions_for(staff_of(request)).filter(pk=pk).first()
    if found is None:
        raise NotFound
    return found


@desk(permission=CLAIM_WORK)
@require_http_methods(["GET", "HEAD", "POST"])
def action_edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Another owner, day or wording."""
    action = _visible(request, pk)
    form = ActionForm(request.POST if request.method == "POST" else None, action=action)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            change_action(
                pk,
                words=given["words"],
                owner_id=given["owner"],
                due_on=given["due_on"],
                by=actor_of(request),
                row_version=given["row_version"],
            )
        except Refused as refusal:
            refuse(form, refusal)
        else:
            return saved(request, reverse("complaints:actions"))
    return _form(request, form, action, _("Preventive action"), _("Save"))


@desk(permission=VIEW_TEAM)
@require_http_methods(["GET", "HEAD", "POST"])
def action_end(request: HttpRequest, pk: int) -> HttpResponse:
    """Done, or dropped with its reason."""
    action = _visible(request, pk)
    form = EndForm(request.POST if request.method == "POST" else None, initial={"row_version": action.row_version})
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            end_action(
                pk,
                is_done=given["outcome"] == "done",
                result=given["result"],
                by=actor_of(request),
                row_version=given["row_version"],
            )
        except Refused as refusal:
            refuse(form, refusal)
        else:
            return saved(request, reverse("complaints:actions"))
    return _form(request, form, action, action.words, _("Save"))


def _form(
    request: HttpRequest, form: ActionForm | EndForm, action: PreventiveAction, title: str, submit: str
) -> HttpResponse:
    return show_form(
        request,
        form,
        title=title,
        action=request.path,
        submit=submit,
        back=reverse("complaints:actions"),
        back_label=_("Preventive actions"),
    )
