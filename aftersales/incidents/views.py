"""Pages of incidents: the list, one with its statistics and claims, what its lead does, how the alarm watches."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from aftersales.incidents.forms import AlarmRuleForm, CloseForm, TellForm
from aftersales.incidents.models import Incident, IncidentState
from aftersales.incidents.rule import alarm_rule
from aftersales.incidents.selectors import chart_of, get_incident, incidents_for, messages_of, ties_of
from aftersales.incidents.services.leading import close_incident, take_lead, tell_everybody
from aftersales.incidents.services.setting import EDITED, rule_values, save_alarm_rule
from helpdesk.accounts.desk import actor_of, desk, number_in, staff_of
from helpdesk.accounts.permissions import AFTERSALES_MANAGE, CLAIM_VIEW_ALL, INCIDENT_LEAD
from helpdesk.accounts.views.pages import administration, attempt, done, show
from helpdesk.core import keyset
from helpdesk.core.errors import Conflict, Refused
from helpdesk.core.saving import add_refusal, fingerprint

PAGE_SIZE = 50


@desk(permission=CLAIM_VIEW_ALL)
@require_GET
def incident_list(request: HttpRequest) -> HttpResponse:
    """`/incidents/`: the open ones, or the closed ones, newest first."""
    state = IncidentState.CLOSED if request.GET.get("state") == "closed" else IncidentState.OPEN
    rows = incidents_for(staff_of(request)).filter(state=state)
    page = keyset.page(rows, request.GET.get("cursor"), by="opened_at", size=PAGE_SIZE)
    here = reverse("incidents:list")
    context = {
        "rows": page.rows,
        "tabs": [
            {"label": _("Open"), "url": here, "is_current": state == IncidentState.OPEN},
            {"label": _("Closed"), "url": f"{here}?state=closed", "is_current": state == IncidentState.CLOSED},
        ],
        "next_url": f"{here}?state={state}&cursor={page.next}" if page.next else "",
    }
    return _show(request, "list", context)


@desk(permission=CLAIM_VIEW_ALL)
@require_GET
def incident_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """`/incidents/3/`: why it was raised, the claims that are part of it, what was written to everybody."""
    return _detail(request, get_incident(staff_of(request), pk))


def _detail(
    request: HttpRequest, incident: Incident, tell: TellForm | None = None, close: CloseForm | None = None
) -> HttpResponse:
    staff = staff_of(request)
    ties = ties_of(incident)
    after = number_in(request.GET.get("after") or "")
    rows = list((ties.filter(pk__lt=after) if after else ties)[: PAGE_SIZE + 1])
    more, rows = len(rows) > PAGE_SIZE, rows[:PAGE_SIZE]
    initial = {"row_version": incident.row_version}
    may_lead = staff.can(INCIDENT_LEAD) and incident.state == IncidentState.OPEN
    failed = any(form is not None and form.errors for form in (tell, close))
    context = {
        "incident": incident,
        "chart": chart_of(incident, timezone.now()),
        "chance": _chance(incident.p),
        "limit": _chance(incident.limit),
        "expected": _number(incident.expected),
        "times": f"{incident.times:,.0f}",
        "past_days": round(incident.past_days),
        "rows": rows,
        "next_url": f"?after={rows[-1].pk}" if more else "",
        "messages_sent": messages_of(incident),
        "may_lead": may_lead,
        "tell": (tell or TellForm(initial=initial)) if may_lead else None,
        "close": (close or CloseForm(initial=initial)) if may_lead else None,
    }
    return _show(request, "show", context, status=422 if failed else 200)


@desk(permission=INCIDENT_LEAD)
@require_POST
def incident_lead(request: HttpRequest, pk: int) -> HttpResponse:
    """Take the lead."""
    get_incident(staff_of(request), pk)
    take_lead(pk, by=actor_of(request))
    return HttpResponseRedirect(reverse("incidents:show", args=[pk]))


@desk(permission=INCIDENT_LEAD)
@require_POST
def incident_tell(request: HttpRequest, pk: int) -> HttpResponse:
    """Write to everybody concerned."""
    incident = get_incident(staff_of(request), pk)
    form = TellForm(request.POST)
    if form.is_valid():
        try:
            sent = tell_everybody(pk, form.texts(), by=actor_of(request), row_version=form.cleaned_data["row_version"])
        except Refused as refusal:
            return _detail(request, *_again(request, incident, form, refusal))
        messages.success(request, _("The message goes to %(n)d tickets.") % {"n": sent.told.count()})
        return HttpResponseRedirect(reverse("incidents:show", args=[pk]))
    return _detail(request, incident, tell=form)


@desk(permission=INCIDENT_LEAD)
@require_POST
def incident_close(request: HttpRequest, pk: int) -> HttpResponse:
    """Say what it was."""
    incident = get_incident(staff_of(request), pk)
    form = CloseForm(request.POST)
    if form.is_valid():
        given = form.cleaned_data
        try:
            close_incident(
                pk, cause_id=int(given["cause"]), words=given["words"], by=actor_of(request),
                row_version=given["row_version"],
            )  # fmt: skip
        except Refused as refusal:
            fresh, again = _again(request, incident, form, refusal)
            return _detail(request, fresh, close=again)
        messages.success(request, _("Closed."))
        return HttpResponseRedirect(reverse("incidents:show", args=[pk]))
    return _detail(request, incident, close=form)


def _again(request: HttpRequest, incident: Incident, form: Any, refusal: Refused) -> tuple[Incident, Any]:
    """The incident as it is now, and the form with its text, the refusal, and the version that its writer now sees."""
    add_refusal(form, refusal)
    if isinstance(refusal, Conflict):
        incident = get_incident(staff_of(request), incident.pk)
        form.data = form.data.copy()
        form.data["row_version"] = incident.row_version
    return incident, form


@require_http_methods(["GET", "HEAD", "POST"])
@administration(AFTERSALES_MANAGE)
def alarm_settings(request: HttpRequest) -> HttpResponse:
    """How the alarm watches."""
    rule = alarm_rule()
    initial = {name: getattr(rule, name) for name in EDITED} | {"seen": fingerprint(rule_values(rule))}
    form = AlarmRuleForm(request.POST if request.method == "POST" else None, initial=initial)
    if request.method == "POST":
        by = actor_of(request)
        if attempt(form, lambda: save_alarm_rule(by=by, **form.cleaned_data)) is not None:
            return done(request, _("Saved."), reverse("settings_alarm"))
    return show(request, "settings/aftersales/alarm.html", {"form": form}, status=422 if form.errors else 200)


def _number(value: float) -> str:
    """A rate with one decimal; a small one with the digits that tell it from nothing."""
    return f"{value:.1f}" if value >= 0.1 else f"{value:.2g}"


def _chance(p: float) -> str:
    """A probability as people read it: one in so many."""
    if p >= 0.01:
        return f"{100 * p:.1f} %"
    return _("1 in %(n)s") % {"n": f"{min(1 / p, 1e12):,.0f}"} if p > 0 else _("less than 1 in 10¹²")


def _show(request: HttpRequest, name: str, context: dict[str, Any], *, status: int = 200) -> HttpResponse:
    return render(request, f"incidents/{name}.html", {"rail_current": "claims", **context}, status=status)
