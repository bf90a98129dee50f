"""`webhook`: call an endpoint about this ticket. The call is a row; a worker makes it, and tries again."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from helpdesk.accounts.permissions import AUTOMATION_MANAGE
from helpdesk.core.actors import Actor
from helpdesk.core.errors import Invalid, Refused
from helpdesk.core.registries import Action, Argument
from tickets.automation.actions import values
from tickets.automation.models import WebhookEndpoint
from tickets.automation.webhooks.events import CALLED
from tickets.automation.webhooks.queueing import queue_call

NAME = "webhook"


def _endpoints() -> list[tuple[int, str]]:
    return list(WebhookEndpoint.objects.filter(is_active=True).values_list("pk", "name"))


def _check(given: dict[str, Any]) -> dict[str, Any]:
    pk = values.number(given, "endpoint")
    if not WebhookEndpoint.objects.filter(pk=pk, is_active=True).exists():
        raise Invalid(fields={"endpoint": _("Choose one of the webhooks.")})
    note = values.line(given, "note", most=200)
    return {"endpoint": pk, **({"note": note} if note else {})}


def _run(ticket_id: int, arguments: dict[str, Any], *, by: Actor, version_id: int | None = None) -> None:
    endpoint = WebhookEndpoint.objects.filter(pk=arguments["endpoint"]).first()
    if endpoint is None or not endpoint.is_active:
        raise Refused(_("The webhook is switched off or gone."))
    data = {"note": arguments.get("note", ""), "actor": {"kind": str(by.kind), "id": by.id}}
    queue_call(endpoint, CALLED, ticket_id=ticket_id, data=data)


def _dry_run(ticket_id: int, arguments: dict[str, Any], version_id: int | None = None) -> str:
    endpoint = WebhookEndpoint.objects.filter(pk=arguments["endpoint"]).first()
    if endpoint is None or not endpoint.is_active:
        return _("Nothing: the webhook is switched off or gone.")
    return _("Call the webhook %(name)s.") % {"name": endpoint.name}


ACTION = Action(
    NAME,
    gettext_lazy("Call a webhook"),
    _run,
    _dry_run,
    AUTOMATION_MANAGE,
    _check,
    (
        Argument("endpoint", gettext_lazy("Webhook"), "choice", _endpoints, required=True),
        Argument("note", gettext_lazy("Goes along"), max_length=200),
    ),
)
