"""`open_sub_ticket`: give another team a task that belongs to the ticket."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from helpdesk.accounts.choosing import team_choices
from helpdesk.accounts.models import Team
from helpdesk.accounts.permissions import EDIT
from helpdesk.core.actors import Actor
from helpdesk.core.registries import Action, Argument
from tickets.automation.actions import values
from tickets.automation.actions.variables import check_variables, fill
from tickets.models import Ticket
from tickets.services.sub_tickets import open_sub_ticket

NAME = "open_sub_ticket"


def _check(given: dict[str, Any]) -> dict[str, Any]:
    team = values.team(given)
    subject = values.line(given, "subject", required=_("Write what the task is."))
    text = values.text(given, "text")
    check_variables(subject, "subject")
    check_variables(text, "text")
    return {"team": team.pk, "subject": subject, **({"text": text} if text else {})}


def _is_open_already(ticket: Ticket, arguments: dict[str, Any], subject: str) -> bool:
    """The same task for the same team, not solved yet: a second one would only be in the way."""
    return Ticket.objects.on_desk().filter(parent=ticket, team_id=arguments["team"], subject=subject).exists()


def _run(ticket_id: int, arguments: dict[str, Any], *, by: Actor, version_id: int | None = None) -> None:
    ticket = _ticket(ticket_id)
    subject = fill(arguments["subject"], ticket)[:250]
    if ticket.is_sub or ticket.is_finished or _is_open_already(ticket, arguments, subject):
        return
    open_sub_ticket(
        ticket_id,
        team=Team.objects.get(pk=arguments["team"]),
        subject=subject,
        text=fill(arguments.get("text", ""), ticket),
        by=by,
    )


def _dry_run(ticket_id: int, arguments: dict[str, Any], version_id: int | None = None) -> str:
    ticket = _ticket(ticket_id)
    if ticket.is_sub:
        return _("Nothing: a sub-ticket has none of its own.")
    subject = fill(arguments["subject"], ticket)
    if ticket.is_finished or _is_open_already(ticket, arguments, subject):
        return _("Nothing: the ticket is finished, or has this sub-ticket already.")
    return _("Open a sub-ticket for %(team)s: %(subject)s") % {
        "team": Team.objects.get(pk=arguments["team"]).label,
        "subject": subject,
    }


def _ticket(ticket_id: int) -> Ticket:
    return Ticket.objects.select_related("customer", "team").get(pk=ticket_id)


ACTION = Action(
    NAME,
    gettext_lazy("Open a sub-ticket"),
    _run,
    _dry_run,
    EDIT,
    _check,
    (
        Argument("team", gettext_lazy("Team"), "choice", team_choices, required=True),
        Argument(
            "subject",
            gettext_lazy("Subject"),
            required=True,
            hint=gettext_lazy("May hold {{ ticket.number }} and {{ ticket.subject }}."),
        ),
        Argument("text", gettext_lazy("What is to be done"), "text", max_length=5000),
    ),
)
