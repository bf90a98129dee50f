"""Doing one thing to many tickets: each is its own change with its own result."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from helpdesk.accounts.desk import actor_of, desk, is_htmx, number_in, sentence, staff_of, with_event, with_toast
from helpdesk.accounts.models import Staff, Team
from helpdesk.accounts.permissions import EDIT, VIEW_TEAM
from helpdesk.core.actors import Actor
from helpdesk.core.errors import Invalid, Refused
from tickets.forms import numbers_in
from tickets.models import NUMBER_PREFIX, Priority, StatusLabel, Tag, Ticket
from tickets.selectors.people import active_teams, assignable
from tickets.services.assignment import assign_ticket, transfer_ticket
from tickets.services.merging import merge_tickets
from tickets.services.properties import edit_ticket, mark_spam
from tickets.services.status import set_status

MOST = 200


def _assign(value: str, by: Actor) -> Callable[[int], Any]:
    to = by.staff if value == "me" else Staff.objects.filter(pk=number_in(value) or 0, is_active=True).first()
    if value and to is None:
        raise Invalid(fields={"value": _("This person cannot work on tickets.")})
    return lambda pk: assign_ticket(pk, to=to, by=by)


def _status(value: str, by: Actor) -> Callable[[int], Any]:
    label = StatusLabel.objects.filter(pk=number_in(value) or 0, is_active=True).first()
    if label is None:
        raise Invalid(fields={"value": _("Choose one of the listed statuses.")})
    return lambda pk: set_status(pk, label.category, label=label, by=by)


def _priority(value: str, by: Actor) -> Callable[[int], Any]:
    return lambda pk: edit_ticket(pk, by=by, priority=value)


def _team(value: str, by: Actor) -> Callable[[int], Any]:
    team = Team.objects.filter(pk=number_in(value) or 0, is_active=True).first()
    if team is None:
        raise Invalid(fields={"value": _("Choose one of the teams.")})
    return lambda pk: transfer_ticket(pk, team=team, by=by)


def _add_tags(value: str, by: Actor) -> Callable[[int], Any]:
    added = [tag.strip() for tag in value.replace("，", ",").split(",") if tag.strip()]
    if not added:
        raise Invalid(fields={"value": _("Enter a tag.")})

    def act(pk: int) -> Any:
        present = Ticket.objects.filter(pk=pk).values_list("tags", flat=True).first() or []
        return edit_ticket(pk, by=by, tags=[*present, *added])

    return act


def _spam(value: str, by: Actor) -> Callable[[int], Any]:
    return lambda pk: mark_spam(pk, is_spam=value != "no", by=by, reason=_("by hand"))


ACTIONS: dict[str, Callable[[str, Actor], Callable[[int], Any]]] = {
    "assign": _assign,
    "status": _status,
    "priority": _priority,
    "team": _team,
    "tag": _add_tags,
    "spam": _spam,
}


@desk(permission=EDIT)
@require_POST
def bulk(request: HttpRequest) -> HttpResponse:
    """`action`, `value`, `ids`: does it to each and tells which were refused and why."""
    ids = list(dict.fromkeys(numbers_in(request.POST.getlist("ids"))))[:MOST]
    name, value = request.POST.get("action", ""), request.POST.get("value", "")
    if not ids:
        raise Invalid(fields={"ids": _("Select at least one ticket.")})
    if name == "merge":
        done, failed = _merge(ids, actor_of(request))
    elif name in ACTIONS:
        done, failed = _each(ids, ACTIONS[name](value, actor_of(request)))
    else:
        raise Invalid(fields={"action": _("There is no such action.")})
    words = ngettext("%(n)s ticket changed", "%(n)s tickets changed", done) % {"n": done}
    context = {"done": done, "failed": failed, "words": words}
    if not is_htmx(request):
        return render(request, "tickets/bulk_result.html", context) if failed else redirect("/tickets/")
    response = render(request, "tickets/_bulk_result.html", context)
    with_event(response, "bulk:done", True)
    return with_toast(response, words, kind="success") if not failed else response


def _each(ids: list[int], act: Callable[[int], Any]) -> tuple[int, list[dict[str, str]]]:
    done, failed = 0, []
    for pk in ids:
        try:
            act(pk)
            done += 1
        except Refused as refusal:
            failed.append({"number": f"{NUMBER_PREFIX}{pk}", "why": sentence(refusal)})
    return done, failed


def _merge(ids: list[int], by: Actor) -> tuple[int, list[dict[str, str]]]:
    """All of them into the oldest."""
    if len(ids) < 2:
        raise Invalid(fields={"ids": _("Select at least two tickets to merge.")})
    into, *others = sorted(ids)
    return _each(others, lambda pk: merge_tickets(pk, into, by=by))


@desk(permission=VIEW_TEAM)
@require_GET
def bulk_menu(request: HttpRequest, name: str) -> HttpResponse:
    """The choices of one bulk action, loaded when its menu opens."""
    staff = staff_of(request)
    items: list[dict[str, Any]] = []
    if name == "assign":
        items = [{"value": "me", "label": _("Me"), "icon": "take"}]
        items += [{"value": "", "label": _("Back to the queue"), "icon": "inbox"}]
        items += [{"value": str(p.pk), "label": p.name, "icon": "user"} for p in assignable(staff) if p.pk != staff.pk]
    elif name == "status":
        from tickets.views.editing import STATUS_ICONS

        labels = StatusLabel.objects.filter(is_active=True).exclude(category="new")
        items = [{"value": str(x.pk), "label": x.label, "icon": STATUS_ICONS[x.category]} for x in labels]
    elif name == "priority":
        items = [{"value": v, "label": x, "icon": f"priority-{v}"} for v, x in reversed(Priority.choices)]
    elif name == "team":
        items = [{"value": str(team.pk), "label": team.label, "icon": "users"} for team in active_teams()]
    elif name == "tag":
        tags = Tag.objects.filter(is_active=True).values_list("name", flat=True)
        items = [{"value": tag, "label": tag, "icon": "tag"} for tag in tags]
    return render(request, "tickets/_menu_bulk.html", {"items": items, "action": name})
