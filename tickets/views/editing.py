"""Changing a ticket: its header's menus and the one address that sets its fields."""

from __future__ import annotations

from collections.abc import Callable, Collection
from functools import partial
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_GET, require_POST

from helpdesk.accounts.desk import actor_of, desk, is_htmx, number_in, staff_of, wants_json, with_event, with_toast
from helpdesk.accounts.models import Staff, Team
from helpdesk.accounts.permissions import ASSIGN, EDIT, NOTE, VIEW_TEAM
from helpdesk.core.actors import Actor
from helpdesk.core.errors import Invalid, NotFound, Refused
from tickets.errors import OpenSubTickets, OverCapacity, TicketChanged
from tickets.forms import SnoozeForm, checked
from tickets.models import CustomField, Kind, Priority, StatusLabel, Tag, Ticket
from tickets.routing.selectors.desk import loads_in_words
from tickets.selectors.people import able_to_own, active_teams
from tickets.selectors.ticket_page import visible_id, visible_ticket
from tickets.services.assignment import assign_ticket, transfer_ticket
from tickets.services.properties import edit_ticket, mark_spam
from tickets.services.status import set_status, snooze_ticket
from tickets.services.watching import unwatch_ticket, watch_ticket
from tickets.views.ticket import header_response, rights

PRIORITY_ICONS = {value: f"priority-{value}" for value in Priority.values}
STATUS_ICONS = {
    "new": "status-new",
    "open": "status-open",
    "pending": "status-bars",
    "on_hold": "status-hold",
    "solved": "status-tick",
    "closed": "status-dash",
}
FIELD_NAMES = {
    "subject": gettext_lazy("Subject"),
    "status": gettext_lazy("Status"),
    "priority": gettext_lazy("Priority"),
    "kind": gettext_lazy("Kind"),
    "team": gettext_lazy("Team"),
    "owner": gettext_lazy("Owner"),
    "tags": gettext_lazy("Tags"),
    "solution": gettext_lazy("Solution"),
}
SNOOZES = [
    ("hour", gettext_lazy("For one hour")),
    ("hours", gettext_lazy("For four hours")),
    ("tomorrow", gettext_lazy("Until tomorrow, 09:00")),
    ("monday", gettext_lazy("Until Monday, 09:00")),
    ("week", gettext_lazy("For a week")),
]


# --- Setting fields --------------------------------------------------------------------------------------------------
def value_of(ticket: Any, field: str) -> str:
    """A field's value as the forms carry it, to be compared with what somebody saw."""
    if field in {"status", "team", "owner"}:
        return str(getattr(ticket, f"{field}_id") or "")
    if field == "tags":
        return ", ".join(ticket.tags)
    return str(getattr(ticket, field))


def shown_value(ticket: Any, field: str) -> str:
    """The same in words."""
    if field == "status":
        return str(ticket.status.label)
    if field == "team":
        return str(ticket.team.label)
    if field == "owner":
        return ticket.owner.name if ticket.owner else _("Nobody")
    if field in {"priority", "kind"}:
        return str(getattr(ticket, f"get_{field}_display")())
    return value_of(ticket, field)


def _set_status(ticket_id: int, value: str, by: Actor, version: int | None, confirmed: Collection[str] = ()) -> Ticket:
    label = StatusLabel.objects.filter(pk=number_in(value) or 0, is_active=True).first()
    if label is None:
        raise Invalid(fields={"status": _("Choose one of the listed statuses.")})
    return set_status(ticket_id, label.category, label=label, by=by, edit_version=version, confirmed=confirmed)


def _set_owner(
    ticket_id: int, value: str, by: Actor, version: int | None, confirmed: Collection[str] = ("asks",)
) -> Ticket:
    if value == "me":
        return assign_ticket(ticket_id, to=by.staff, by=by, edit_version=version)
    to = Staff.objects.filter(pk=number_in(value) or 0, is_active=True).first() if value else None
    if value and to is None:
        raise Invalid(fields={"owner": _("This person cannot work on tickets.")})
    return assign_ticket(ticket_id, to=to, by=by, edit_version=version, confirmed=confirmed)


def _set_team(ticket_id: int, value: str, by: Actor, version: int | None) -> Ticket:
    team = Team.objects.filter(pk=number_in(value) or 0, is_active=True).first()
    if team is None:
        raise Invalid(fields={"team": _("Choose one of the teams.")})
    return transfer_ticket(ticket_id, team=team, by=by, edit_version=version)


def _set_tags(ticket_id: int, value: str, by: Actor, version: int | None) -> Ticket:
    tags = [tag.strip() for tag in value.replace("，", ",").split(",")]
    return edit_ticket(ticket_id, by=by, edit_version=version, tags=tags)


def _edit(field: str) -> Callable[[int, str, Actor, int | None], Ticket]:
    def set_it(ticket_id: int, value: str, by: Actor, version: int | None) -> Ticket:
        return edit_ticket(ticket_id, by=by, edit_version=version, **{field: value})

    return set_it


SETTERS: dict[str, Callable[[int, str, Actor, int | None], Ticket]] = {
    "subject": _edit("subject"),
    "priority": _edit("priority"),
    "kind": _edit("kind"),
    "status": _set_status,
    "owner": _set_owner,
    "team": _set_team,
    "tags": _set_tags,
    "solution": _edit("solution"),
}


@desk(permission=VIEW_TEAM)
@require_POST
def edit(request: HttpRequest, number: str) -> HttpResponse:
    """Set one field (`field`, `value`), given what the person saw (`was`, `edit_version`).

    When somebody changed another field meanwhile, nothing is overwritten and the change goes through; when it was this
    field, the answer is 409 with both values, and the person decides.
    """
    staff, field, value = staff_of(request), request.POST.get("field", ""), request.POST.get("value", "")
    setter = SETTERS.get(field)
    if setter is None:
        raise Invalid(fields={"field": _("There is no such field.")})
    ticket_id = visible_id(staff, number)
    version = number_in(request.POST.get("edit_version"))
    if field == "status" and request.POST.get("confirmed"):
        setter = partial(_set_status, confirmed=request.POST.getlist("confirmed"))
    if field == "owner" and "over_capacity" in request.POST.getlist("confirmed"):
        setter = partial(_set_owner, confirmed=())
    try:
        setter(ticket_id, value, actor_of(request), version)
    except OpenSubTickets as refusal:
        if not (refusal.data.get("may_confirm") and is_htmx(request)):
            raise
        return _ask(request, number, field, value, refusal, _SOLVING)
    except OverCapacity as refusal:
        if not is_htmx(request):
            raise
        return _ask(request, number, field, value, refusal, _OVER)
    except TicketChanged:
        ticket = visible_ticket(staff, number)
        if "was" not in request.POST or value_of(ticket, field) != request.POST["was"]:
            return _conflict(request, ticket, field, value)
        setter(ticket_id, value, actor_of(request), ticket.edit_version)
    return changed(request, number)


def changed(request: HttpRequest, number: str, words: str = "") -> HttpResponse:
    """The header as it stands after a change; a ticket that is no longer visible says so and closes its column."""
    if not is_htmx(request) and not wants_json(request):
        return redirect(f"/tickets/{number}/")
    try:
        response = header_response(request, number)
    except NotFound:
        response = with_event(HttpResponse(""), "ticket:left", {"number": number})
        return with_toast(response, words or _("Moved. This ticket is no longer on your desk."), kind="success")
    return with_toast(response, words, kind="success") if words else response


# What a dialog says around the refusal's own words: title, the way back, the way on.
_SOLVING = (gettext_lazy("Sub-tickets are still open"), gettext_lazy("Wait"), gettext_lazy("Solve all the same"))
_OVER = (gettext_lazy("No room left"), gettext_lazy("Choose somebody else"), gettext_lazy("Assign all the same"))


def _ask(
    request: HttpRequest, number: str, field: str, value: str, refusal: Refused, said: tuple[Any, Any, Any]
) -> HttpResponse:
    """Something speaks against it (open sub-tickets, a person without room): whoever asked confirms, or does not."""
    ticket = visible_ticket(staff_of(request), number)
    title, back, on = said
    context = {"ticket": ticket, "base": f"/tickets/{ticket.number}/", "field": field, "value": value,
               "title": title, "back": back, "on": on, "code": refusal.code, "words": refusal.message}  # fmt: skip
    return render(request, "tickets/_confirm_change.html", context, status=409)


def _conflict(request: HttpRequest, ticket: Any, field: str, value: str) -> HttpResponse:
    """Both values side by side; what the person entered stays in the form."""
    context = {
        "ticket": ticket,
        "base": f"/tickets/{ticket.number}/",
        "field": field,
        "field_name": FIELD_NAMES[field],
        "theirs": shown_value(ticket, field),
        "theirs_raw": value_of(ticket, field),
        "mine": _entered(field, value),
        "mine_raw": value,
    }
    template = "tickets/_conflict.html" if is_htmx(request) else "tickets/conflict.html"
    return render(request, template, context, status=409)


def _entered(field: str, value: str) -> str:
    """The person's value in words."""
    pk = number_in(value) or 0
    if field == "status":
        label = StatusLabel.objects.filter(pk=pk).first()
        return label.label if label else value
    if field == "team":
        team = Team.objects.filter(pk=pk).first()
        return team.label if team else value
    if field == "owner":
        person = Staff.objects.filter(pk=pk).first()
        return person.name if person else _("Nobody")
    choices = {"priority": Priority, "kind": Kind}.get(field)
    return str(choices(value).label) if choices is not None and value in choices.values else value


@desk(permission=EDIT)
@require_POST
def edit_fields(request: HttpRequest, number: str) -> HttpResponse:
    """Set custom fields (`field:KEY`)."""
    ticket_id = visible_id(staff_of(request), number)
    values = {name.removeprefix("field:"): value for name, value in request.POST.items() if name.startswith("field:")}
    edit_ticket(
        ticket_id, by=actor_of(request), edit_version=number_in(request.POST.get("edit_version")), fields=values
    )
    response = with_event(changed(request, number, _("Fields saved")), "dialogClose", True)
    return with_event(response, "context:changed", True)


@desk(permission=VIEW_TEAM)
@require_POST
def snooze(request: HttpRequest, number: str) -> HttpResponse:
    """Take the ticket out of the views until a moment; without one it comes back now."""
    data = checked(SnoozeForm(request.POST))
    snooze_ticket(visible_id(staff_of(request), number), until=data["until"], by=actor_of(request))
    words = _("Snoozed") if data["until"] else _("Back on the desk")
    return with_event(changed(request, number, words), "dialogClose", True)


@desk(permission=VIEW_TEAM)
@require_POST
def spam(request: HttpRequest, number: str) -> HttpResponse:
    """Move the ticket into the spam view, or back."""
    is_spam = request.POST.get("spam") != "no"
    mark_spam(visible_id(staff_of(request), number), is_spam=is_spam, by=actor_of(request), reason=_("by hand"))
    return changed(request, number, _("Moved to spam") if is_spam else _("Not spam"))


@desk(permission=NOTE)
@require_POST
def watch(request: HttpRequest, number: str) -> HttpResponse:
    """Watch or stop watching; with `staff` for a colleague."""
    staff = staff_of(request)
    person = staff
    if request.POST.get("staff"):
        found = Staff.objects.filter(pk=number_in(request.POST["staff"]) or 0, is_active=True).first()
        if found is None:
            raise NotFound
        person = found
    verb = unwatch_ticket if request.POST.get("watch") == "no" else watch_ticket
    verb(visible_id(staff, number), staff=person, by=actor_of(request))
    return changed(request, number)


# --- Menus, loaded when they open ------------------------------------------------------------------------------------
def _status_items(ticket: Any, staff: Staff) -> list[dict[str, Any]]:
    labels = StatusLabel.objects.filter(is_active=True)
    return [
        {
            "value": str(label.pk),
            "label": label.label,
            "icon": STATUS_ICONS[label.category],
            "is_current": label.pk == ticket.status_id,
        }
        for label in labels
        if label.category != "new" or label.pk == ticket.status_id
    ]


def _choice_items(field: str, choices: Any, icons: dict[str, str]) -> Callable[[Any, Staff], list[dict[str, Any]]]:
    def items(ticket: Any, staff: Staff) -> list[dict[str, Any]]:
        present = getattr(ticket, field)
        return [
            {"value": value, "label": label, "icon": icons.get(value, ""), "is_current": value == present}
            for value, label in choices
        ]

    return items


def _owner_items(ticket: Any, staff: Staff) -> list[dict[str, Any]]:
    nobody = {"value": "", "label": _("Back to the queue"), "icon": "inbox", "is_current": ticket.owner_id is None}
    people = able_to_own(ticket) if staff.can(ASSIGN) else []
    able = staff.sees_all_tickets or ticket.team_id in staff.team_ids
    mine = {"value": str(staff.pk), "label": _("Me"), "icon": "take", "is_current": ticket.owner_id == staff.pk}
    loads = loads_in_words(ticket, [person.pk for person in people])
    others = [
        {
            "value": str(person.pk),
            "label": person.name,
            "hint": loads.get(person.pk, ""),
            "icon": "user",
            "is_current": person.pk == ticket.owner_id,
        }
        for person in people
        if person.pk != staff.pk
    ]
    return [*([mine] if able else []), nobody, *([{"is_divider": True}, *others] if others else [])]


def _team_items(ticket: Any, staff: Staff) -> list[dict[str, Any]]:
    return [
        {"value": str(team.pk), "label": team.label, "icon": "users", "is_current": team.pk == ticket.team_id}
        for team in active_teams()
    ]


MENUS: dict[str, tuple[str, Callable[[Any, Staff], list[dict[str, Any]]]]] = {
    "status": ("status", _status_items),
    "priority": ("edit", _choice_items("priority", list(reversed(Priority.choices)), PRIORITY_ICONS)),
    "kind": ("edit", _choice_items("kind", Kind.choices, {})),
    "owner": ("assign", _owner_items),
    "team": ("transfer", _team_items),
}


@desk(permission=VIEW_TEAM)
@require_GET
def menu(request: HttpRequest, number: str, name: str) -> HttpResponse:
    """The content of a header menu."""
    staff = staff_of(request)
    ticket = visible_ticket(staff, number)
    can = rights(staff, ticket)
    context: dict[str, Any] = {"ticket": ticket, "base": f"/tickets/{ticket.number}/", "can": can, "field": name}
    if name == "more":
        return render(request, "tickets/_menu_more.html", context | {"is_watching": _watches(ticket, staff)})
    if name == "snooze":
        return render(request, "tickets/_menu_snooze.html", context | {"snoozes": SNOOZES})
    if name not in MENUS:
        raise NotFound
    right, items = MENUS[name]
    context |= {"items": items(ticket, staff) if can[right] else [], "was": value_of(ticket, name)}
    context["search"] = _("Find") if name in {"owner", "team"} else ""
    return render(request, "tickets/_menu_field.html", context)


def _watches(ticket: Any, staff: Staff) -> bool:
    from tickets.models import Watcher

    return Watcher.objects.filter(ticket_id=ticket.pk, staff_id=staff.pk).exists()


# --- Dialogs ---------------------------------------------------------------------------------------------------------
class SubjectForm(forms.Form):
    """A new subject."""

    value = forms.CharField(label=gettext_lazy("Subject"), max_length=250)


class TagsForm(forms.Form):
    """All tags of a ticket on one line."""

    value = forms.CharField(
        label=gettext_lazy("Tags"), required=False, help_text=gettext_lazy("Separate tags by commas."), max_length=900
    )


class SolutionForm(forms.Form):
    """What settled the matter, in one line."""

    value = forms.CharField(
        label=gettext_lazy("Solution"),
        required=False,
        max_length=300,
        help_text=gettext_lazy("In one line. The customer reads it with the solved request, in every channel."),
    )


@desk(permission=EDIT)
@require_GET
def dialog(request: HttpRequest, number: str, name: str) -> HttpResponse:
    """The content of a dialog: subject, solution, tags, custom fields or a snooze of one's own."""
    staff = staff_of(request)
    ticket = visible_ticket(staff, number)
    context: dict[str, Any] = {"ticket": ticket, "base": f"/tickets/{ticket.number}/", "field": name}
    if name == "subject":
        context["form"] = SubjectForm(initial={"value": ticket.subject})
    elif name == "solution":
        context["form"] = SolutionForm(initial={"value": ticket.solution})
    elif name == "tags":
        context["form"] = TagsForm(initial={"value": ", ".join(ticket.tags)})
        context["suggestions"] = Tag.objects.filter(is_active=True).exclude(name__in=ticket.tags)[:40]
    elif name == "fields":
        fields = CustomField.objects.filter(is_active=True, kind__in=["", ticket.kind])
        context["rows"] = [{"field": field, "value": ticket.fields.get(field.key)} for field in fields]
    elif name != "snooze":
        raise NotFound
    context["was"] = value_of(ticket, name) if name in {"subject", "solution", "tags"} else ""
    context["title"] = DIALOG_TITLES[name]
    return render(request, f"tickets/_dialog_{name}.html", context)


DIALOG_TITLES = {
    "subject": gettext_lazy("Change the subject"),
    "solution": gettext_lazy("How it was solved"),
    "tags": pgettext_lazy("dialog", "Tags"),
    "fields": gettext_lazy("Fields of this ticket"),
    "snooze": pgettext_lazy("dialog", "Snooze"),
}
