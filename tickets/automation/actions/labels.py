"""`set_status`, `set_kind`, `add_tags`: what a ticket is called."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from helpdesk.accounts.permissions import EDIT
from helpdesk.core.actors import Actor
from helpdesk.core.errors import Invalid
from helpdesk.core.registries import Action, Argument
from tickets.automation.actions import values
from tickets.models import Kind, StatusCategory, Ticket
from tickets.services.properties import clean_tags, edit_ticket
from tickets.services.status import set_status

# Closing for good is left to people and to the closing time.
STATUSES = [StatusCategory.OPEN, StatusCategory.PENDING, StatusCategory.ON_HOLD, StatusCategory.SOLVED]


def _check_status(given: dict[str, Any]) -> dict[str, Any]:
    return {"status": values.word(given, "status", [str(status) for status in STATUSES])}


def _set_status(ticket_id: int, arguments: dict[str, Any], *, by: Actor, version_id: int | None = None) -> None:
    # said again, it is done already; a finished ticket is not opened anew by a rule
    ticket = Ticket.objects.only("status_category").get(pk=ticket_id)
    if ticket.status_category != arguments["status"] and not ticket.is_finished:
        set_status(ticket_id, arguments["status"], by=by)


def _would_set_status(ticket_id: int, arguments: dict[str, Any], version_id: int | None = None) -> str:
    ticket = Ticket.objects.only("status_category").get(pk=ticket_id)
    label = StatusCategory(arguments["status"]).label
    if ticket.status_category == arguments["status"] or ticket.is_finished:
        return _("Nothing: it is so already, or the ticket is finished.")
    return _("Set the status to %(status)s.") % {"status": label}


def _check_kind(given: dict[str, Any]) -> dict[str, Any]:
    return {"kind": values.word(given, "kind", Kind.values)}


def _set_kind(ticket_id: int, arguments: dict[str, Any], *, by: Actor, version_id: int | None = None) -> None:
    edit_ticket(ticket_id, by=by, kind=arguments["kind"])


def _would_set_kind(ticket_id: int, arguments: dict[str, Any], version_id: int | None = None) -> str:
    return _("Set the kind to %(kind)s.") % {"kind": Kind(arguments["kind"]).label}


def _check_tags(given: dict[str, Any]) -> dict[str, Any]:
    raw = given.get("tags") or ""
    listed = raw if isinstance(raw, list) else str(raw).replace("，", ",").split(",")
    tags = clean_tags(listed)
    if not tags:
        raise Invalid(fields={"tags": _("Enter a tag.")})
    return {"tags": ", ".join(tags)}


def _add_tags(ticket_id: int, arguments: dict[str, Any], *, by: Actor, version_id: int | None = None) -> None:
    # the row is locked first, so that two rules at once do not lose each other's tags
    present = Ticket.objects.select_for_update(no_key=True).values_list("tags", flat=True).get(pk=ticket_id)
    wanted = list(dict.fromkeys([*present, *_tags(arguments)]))
    if wanted != present:
        edit_ticket(ticket_id, by=by, tags=wanted)


def _tags(arguments: dict[str, Any]) -> list[str]:
    return [tag.strip() for tag in str(arguments["tags"]).split(",")]


def _would_add_tags(ticket_id: int, arguments: dict[str, Any], version_id: int | None = None) -> str:
    return _("Add the tags %(tags)s.") % {"tags": arguments["tags"]}


def _statuses() -> list[tuple[str, Any]]:
    return [(str(status), status.label) for status in STATUSES]


ACTIONS = (
    Action(
        "set_status",
        gettext_lazy("Set the status"),
        _set_status,
        _would_set_status,
        EDIT,
        _check_status,
        (Argument("status", gettext_lazy("Status"), "choice", _statuses, required=True),),
    ),
    Action(
        "set_kind",
        gettext_lazy("Set the kind"),
        _set_kind,
        _would_set_kind,
        EDIT,
        _check_kind,
        (Argument("kind", gettext_lazy("Kind"), "choice", lambda: list(Kind.choices), required=True),),
    ),
    Action(
        "add_tags",
        gettext_lazy("Add tags"),
        _add_tags,
        _would_add_tags,
        EDIT,
        _check_tags,
        (
            Argument(
                "tags",
                gettext_lazy("Tags"),
                required=True,
                hint=gettext_lazy("Separate tags by commas."),
                max_length=900,
            ),
        ),
    ),
)
