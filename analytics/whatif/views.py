"""Pages of what-ifs: the list, the form, the figures, what is exported."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from analytics import words as figures_in_words
from analytics.exporting import Cell, Sheet, as_csv
from analytics.models import WhatIf, WhatIfState
from analytics.whatif import words
from analytics.whatif.counting import Tally
from analytics.whatif.drawing import picture_of
from analytics.whatif.forms import WhatIfForm
from analytics.whatif.scenario import LENGTHS, Scenario
from analytics.whatif.selectors import (
    breakdowns,
    changed_for,
    get_what_if,
    line_of,
    page_of,
    trouble_of,
    what_ifs_for,
    with_empty_days,
)
from analytics.whatif.services import cancel_what_if, start_what_if
from helpdesk.accounts.desk import actor_of, desk, number_in, staff_of
from helpdesk.accounts.permissions import ANALYTICS_VIEW, SLA_MANAGE
from helpdesk.core import keyset
from helpdesk.core.errors import Refused
from helpdesk.core.saving import add_refusal
from tickets.sla.metrics import metrics
from tickets.sla.models import Policy

SHOWN = ("", "lost", "saved", "dropped")
MOST_EXPORTED = 50_000


@desk(permission=ANALYTICS_VIEW)
@require_GET
def what_if_list(request: HttpRequest) -> HttpResponse:
    """`/dashboards/what-if/`: earlier replays, newest first."""
    page = keyset.page(what_ifs_for(staff_of(request)), request.GET.get("cursor"), size=25)
    names = words.names_known()
    rows = [{"run": run, "asked": words.alternative_of(run, names), "days": _days(run)} for run in page.rows]
    next_url = f"?cursor={page.next}" if page.next else ""
    return _show(request, "list", {"rows": rows, "next_url": next_url, "is_first": not request.GET.get("cursor")})


@desk(permission=ANALYTICS_VIEW)
@require_http_methods(["GET", "HEAD", "POST"])
def what_if_new(request: HttpRequest) -> HttpResponse:
    """What to replay against what; `?policy=` opens the times of one policy."""
    staff = staff_of(request)
    policy = Policy.objects.filter(pk=number_in(request.GET.get("policy") or "") or 0).first()
    form = WhatIfForm(request.POST or None, staff=staff, policy=policy)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            what_if = start_what_if(
                form.scenario(),
                since=given["since"],
                until=given["until"],
                teams=given["teams"],
                channels=given["channels"],
                compared_with=given["compared_with"],
                by=actor_of(request),
            )
            return HttpResponseRedirect(reverse("what_if:show", args=[what_if.pk]))
        except Refused as refusal:
            add_refusal(form, refusal)
    context = {"form": form, "policy": policy, "is_bounded": not staff.sees_all_tickets}
    return _show(request, "form", context, status=422 if form.errors else 200)


@desk(permission=ANALYTICS_VIEW)
@require_GET
def what_if_show(request: HttpRequest, pk: int) -> HttpResponse:
    """The figures of both sides, and the tickets that differ."""
    staff = staff_of(request)
    what_if = get_what_if(staff, pk)
    show = request.GET.get("show", "")
    rows, following = page_of(changed_for(staff, what_if, show), number_in(request.GET.get("after") or "") or 0)
    lists = breakdowns(tally := Tally.from_json(what_if.figures))
    here = reverse("what_if:show", args=[pk])
    context = {
        **_heading(request, what_if, tally),
        "lists": lists,
        "picture": picture_of(with_empty_days(lists["day"], what_if)),
        "rows": [{"row": row, "metric": _metric(row.metric)} for row in rows],
        "tabs": [
            {"label": label, "url": f"{here}?show={key}#tickets", "count": number, "is_current": key == show}
            for key, label, number in (
                ("", _("All that differ"), None),
                ("lost", _("Would have been missed"), figures_in_words.number(tally.lost)),
                ("saved", _("Would have been saved"), figures_in_words.number(tally.saved)),
                ("dropped", _("Not promised any more"), figures_in_words.number(tally.dropped)),
            )
        ],
        "next_url": f"{here}?show={show if show in SHOWN else ''}&after={following}#tickets" if following else "",
        "is_bounded": not staff.sees_all_tickets,
    }
    return _show(request, "show", context)


def _heading(request: HttpRequest, what_if: WhatIf, tally: Tally) -> dict[str, Any]:
    total = line_of(tally.total())
    return {
        "run": what_if,
        "asked": words.alternative_of(what_if),
        "compared_with": words.compared_with(what_if),
        "days": _days(what_if),
        "tally": tally,
        "total": total,
        "agreement": figures_in_words.share(100 * tally.agreed / tally.recorded) if tally.recorded else "",
        "trouble": trouble_of(what_if) if what_if.state == WhatIfState.RUNNING else "",
        "per_cent": round(100 * what_if.done / what_if.total) if what_if.total else 0,
        "apply_url": _apply_url(request, what_if),
    }


def _days(what_if: WhatIf) -> str:
    return figures_in_words.day_range(what_if.since, what_if.until)


def _metric(key: str) -> str:
    return str(metrics.get(key).label) if key in metrics else key


def _apply_url(request: HttpRequest, what_if: WhatIf) -> str:
    """Where an administrator puts these times into the policy; nothing for others and other alternatives."""
    scenario = Scenario.from_json(what_if.alternative)
    if scenario.policies != LENGTHS or scenario.policy is None or not staff_of(request).can(SLA_MANAGE):
        return ""
    return words.policy_address(scenario)


@desk(permission=ANALYTICS_VIEW)
@require_GET
def what_if_progress(request: HttpRequest, pk: int) -> HttpResponse:
    """How far it has come, asked every two seconds; when it has ended, the page is loaded anew."""
    what_if = get_what_if(staff_of(request), pk)
    response = _show(request, "_progress", _heading(request, what_if, Tally.from_json(what_if.figures)))
    if what_if.state != WhatIfState.RUNNING:
        response["HX-Refresh"] = "true"
    return response


@desk(permission=ANALYTICS_VIEW)
@require_POST
def what_if_cancel(request: HttpRequest, pk: int) -> HttpResponse:
    cancel_what_if(pk, by=actor_of(request))
    return HttpResponseRedirect(reverse("what_if:show", args=[pk]))


@desk(permission=ANALYTICS_VIEW)
@require_GET
def what_if_export(request: HttpRequest, pk: int, what: str) -> HttpResponse:
    """CSV of the figures or of the tickets that differ (at most 50,000)."""
    staff = staff_of(request)
    what_if = get_what_if(staff, pk)
    sheet = _figures(what_if) if what == "figures" else _tickets(request, what_if)
    response = HttpResponse(as_csv(sheet), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="what-if-{pk}-{what}.csv"'
    return response


def _figures(what_if: WhatIf) -> Sheet:
    columns = [
        _("By"), _("Name"), _("Met before"), _("Missed before"), _("Open before"),
        _("Met after"), _("Missed after"), _("Open after"),
    ]  # fmt: skip
    titles = breakdown_titles()
    rows: list[list[Cell]] = [
        [str(titles[name]), line.key if name == "day" else line.label,
         line.now.met, line.now.missed, line.now.open, line.then.met, line.then.missed, line.then.open]
        for name, lines in breakdowns(Tally.from_json(what_if.figures)).items()
        for line in lines
    ]  # fmt: skip
    return Sheet("what-if", columns, rows)


def breakdown_titles() -> dict[str, str]:
    return {
        "metric": _("Clock"),
        "policy": _("Policy"),
        "team": _("Team"),
        "channel": _("Channel"),
        "day": _("Day"),
    }


def _tickets(request: HttpRequest, what_if: WhatIf) -> Sheet:
    rows = changed_for(staff_of(request), what_if, request.GET.get("show", "")).order_by("pk")[:MOST_EXPORTED]
    columns = [
        _("Ticket"),
        _("Subject"),
        _("Clock"),
        _("Missed before"),
        _("Missed after"),
        _("Due before"),
        _("Due after"),
    ]
    return Sheet(
        "tickets",
        columns,
        [
            [row.ticket.number, row.ticket.subject, _metric(row.metric), row.missed_now, row.missed_then,
             row.due_now.isoformat() if row.due_now else "", row.due_then.isoformat() if row.due_then else ""]
            for row in rows.iterator(chunk_size=2000)
        ],
    )  # fmt: skip


def _show(request: HttpRequest, name: str, context: dict[str, Any], status: int = 200) -> HttpResponse:
    base = {"rail_current": "sla", "titles": breakdown_titles()}
    return render(request, f"analytics/whatif/{name}.html", {**base, **context}, status=status)
