"""The actions that ladders may take now; rules and macros use the same registry. Each calls a verb or tells people."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from helpdesk.accounts.choosing import people_choices, team_choices
from helpdesk.accounts.models import Notification, Staff, Team
from helpdesk.accounts.permissions import ASSIGN, EDIT, NOTE
from helpdesk.core.actors import Actor
from helpdesk.core.errors import Invalid
from helpdesk.core.registries import Action, Argument, actions
from tickets.models import Priority, Ticket
from tickets.services.assignment import assign_ticket, transfer_ticket
from tickets.services.properties import edit_ticket
from tickets.services.watching import watch_ticket
from tickets.sla.audience import CHAIN, LEAD, MANAGER, OWNER, SUPERVISOR, people_named

Check = Callable[[dict[str, Any]], dict[str, Any]]
NOTIFY, RAISE, REASSIGN, WATCH = "notify", "raise_priority", "reassign", "add_watchers"
_ORDER = [str(priority) for priority in Priority]


def _people(given: dict[str, Any]) -> dict[str, Any]:
    """`to`: words of the chain; `staff`: ids of people. Somebody must be meant."""
    to = [str(word) for word in _listed(given.get("to"), "to")]
    unknown = [word for word in to if word not in CHAIN]
    if unknown:
        raise Invalid(fields={"to": _("“%(word)s” is nobody who can be told.") % {"word": unknown[0][:40]}})
    staff = _ids(given.get("staff"), "staff")
    known = set(Staff.objects.filter(pk__in=staff, is_active=True).values_list("pk", flat=True))
    if set(staff) - known:
        raise Invalid(fields={"staff": _("One of these people does not work here any more.")})
    if not to and not staff:
        raise Invalid(fields={"to": _("Say who is meant.")})
    return {"to": list(dict.fromkeys(to)), "staff": staff}


def _listed(given: Any, name: str) -> list[Any]:
    """What a program gave as a list; `Invalid` when it is none."""
    if given is None or isinstance(given, (list, tuple)):
        return list(given or ())
    raise Invalid(fields={name: _("Choose from the list.")})


def _ids(given: Any, name: str) -> list[int]:
    try:
        return sorted({int(pk) for pk in _listed(given, name)})
    except (TypeError, ValueError, OverflowError):
        raise Invalid(fields={name: _("Choose from the list.")}) from None


def _names(ids: list[int]) -> str:
    return ", ".join(Staff.objects.filter(pk__in=ids).order_by("name").values_list("name", flat=True)) or _("nobody")


def _notify(ticket_id: int, arguments: dict[str, Any], *, by: Actor, version_id: int | None = None) -> None:
    """Outside a sweep: each of the people meant gets a line in the desk."""
    rows = [
        Notification(staff_id=pk, kind="clock.escalated", ticket_id=ticket_id)
        for pk in people_named(ticket_id, version_id, arguments)
    ]
    Notification.objects.bulk_create(rows)


def _would_notify(ticket_id: int, arguments: dict[str, Any], version_id: int | None = None) -> str:
    return _("Tell %(people)s.") % {"people": _names(people_named(ticket_id, version_id, arguments))}


def _raise(ticket_id: int, arguments: dict[str, Any], *, by: Actor, version_id: int | None = None) -> None:
    wanted = _raised(Ticket.objects.values_list("priority", flat=True).get(pk=ticket_id), arguments)
    if wanted:
        edit_ticket(ticket_id, by=by, priority=wanted)


def _raised(now: str, arguments: dict[str, Any]) -> str:
    """The higher priority, empty when it is as high already."""
    at = _ORDER.index(now)
    wanted = _ORDER.index(arguments["to"]) if arguments.get("to") else min(at + 1, len(_ORDER) - 1)
    return _ORDER[wanted] if wanted > at else ""


def _would_raise(ticket_id: int, arguments: dict[str, Any], version_id: int | None = None) -> str:
    wanted = _raised(Ticket.objects.values_list("priority", flat=True).get(pk=ticket_id), arguments)
    if not wanted:
        return _("The priority is as high already.")
    return _("Raise the priority to %(priority)s.") % {"priority": Priority(wanted).label}


def _check_raise(given: dict[str, Any]) -> dict[str, Any]:
    to = str(given.get("to") or "")
    if to and to not in _ORDER[1:]:
        raise Invalid(fields={"to": _("Choose one of the listed priorities.")})
    return {"to": to} if to else {}


def _reassign(ticket_id: int, arguments: dict[str, Any], *, by: Actor, version_id: int | None = None) -> None:
    if arguments.get("team"):
        transfer_ticket(ticket_id, team=Team.objects.get(pk=arguments["team"]), by=by)
    else:
        assign_ticket(ticket_id, to=Staff.objects.get(pk=arguments["staff"]), by=by)


def _would_reassign(ticket_id: int, arguments: dict[str, Any], version_id: int | None = None) -> str:
    if arguments.get("team"):
        return _("Move it to %(team)s.") % {"team": Team.objects.get(pk=arguments["team"]).label}
    return _("Give it to %(people)s.") % {"people": _names([arguments["staff"]])}


def _check_reassign(given: dict[str, Any]) -> dict[str, Any]:
    team, staff = given.get("team"), given.get("staff")
    if bool(team) == bool(staff):
        raise Invalid(fields={"team": _("Choose a team or a person, not both.")})
    if team:
        ids = _ids([team], "team")
        if not Team.objects.filter(pk__in=ids, is_active=True).exists():
            raise Invalid(fields={"team": _("This team is no longer active.")})
        return {"team": ids[0]}
    ids = _ids([staff], "staff")
    if not Staff.objects.filter(pk__in=ids, is_active=True).exists():
        raise Invalid(fields={"staff": _("This person cannot work on tickets.")})
    return {"staff": ids[0]}


def _watch(ticket_id: int, arguments: dict[str, Any], *, by: Actor, version_id: int | None = None) -> None:
    for person in Staff.objects.filter(pk__in=people_named(ticket_id, version_id, arguments)).order_by("pk"):
        watch_ticket(ticket_id, staff=person, by=by)


def _would_watch(ticket_id: int, arguments: dict[str, Any], version_id: int | None = None) -> str:
    return _("Add as watchers: %(people)s.") % {"people": _names(people_named(ticket_id, version_id, arguments))}


_CHAIN_WORDS = {
    OWNER: gettext_lazy("the owner"),
    LEAD: gettext_lazy("the team's lead"),
    SUPERVISOR: gettext_lazy("the supervisors"),
    MANAGER: gettext_lazy("the managers of the policy"),
}
_PEOPLE = (
    Argument("to", gettext_lazy("Who"), "choices", lambda: [(word, _CHAIN_WORDS[word]) for word in CHAIN]),
    Argument("staff", gettext_lazy("These people"), "choices", people_choices),
)
_PRIORITY = Argument(
    "to",
    gettext_lazy("To priority"),
    "choice",
    lambda: list(Priority.choices)[1:],
    hint=gettext_lazy("Empty: one step higher."),
)
_RECEIVER = (
    Argument("team", gettext_lazy("Team"), "choice", team_choices, hint=gettext_lazy("A team or a person, not both.")),
    Argument("staff", gettext_lazy("Person"), "choice", people_choices),
)


def register() -> None:
    """Fill the registry."""
    rows: list[tuple[str, Any, Callable[..., None], Callable[..., str], str, Check, tuple[Argument, ...]]] = [
        (NOTIFY, gettext_lazy("Tell people"), _notify, _would_notify, NOTE, _people, _PEOPLE),
        (RAISE, gettext_lazy("Raise the priority"), _raise, _would_raise, EDIT, _check_raise, (_PRIORITY,)),
        (
            REASSIGN,
            gettext_lazy("Give it to somebody else"),
            _reassign,
            _would_reassign,
            ASSIGN,
            _check_reassign,
            _RECEIVER,
        ),
        (WATCH, gettext_lazy("Add watchers"), _watch, _would_watch, NOTE, _people, _PEOPLE),
    ]
    for name, label, run, dry_run, permission, check, inputs in rows:
        actions.add(name, Action(name, label, run, dry_run, permission, check, inputs))
