"""The verbs that write webhooks. What people must be told about them is refused in words."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Sequence
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from helpdesk.accounts.permissions import AUTOMATION_MANAGE
from helpdesk.accounts.services.guarding import require
from helpdesk.core import egress, leasing
from helpdesk.core.actors import Actor
from helpdesk.core.errors import Conflict, Invalid, NotFound
from helpdesk.core.events import Announcement, announce
from helpdesk.core.leasing import LeasedState
from helpdesk.core.saving import save_checked
from helpdesk.core.secrets import new_token
from tickets.automation.models import WebhookCall, WebhookEndpoint
from tickets.automation.webhooks.events import EVENTS, EVERYTHING, PING
from tickets.automation.webhooks.queueing import queue_call, send_again

KEPT = timedelta(days=30)


class NotTriable(Conflict):
    """The call is on its way, or nobody can be called any more."""

    code = "not_triable"
    message = _("This call is still on its way. Wait until it has ended.")


def clean_url(url: str) -> str:
    """A web address that may be asked; `Invalid` says what is wrong with it. Names are judged again at each call."""
    url = url.strip()
    if len(url) > 500 or re.search(r"[\s\x00-\x1f\x7f\\]", url):
        raise Invalid(fields={"url": _("Enter the whole address, beginning with https://.")})
    try:
        _parts, host, _port = egress.parts_of(url)
    except egress.NotAllowed:
        raise Invalid(fields={"url": _("Enter the whole address, beginning with https://.")}) from None
    if _is_inner(host):
        raise Invalid(
            fields={"url": _("This address lies inside the company's network. Whoever runs the helpdesk can allow it.")}
        )
    return url


def _is_inner(host: str) -> bool:
    """Whether the host is spelled as an address that may not be asked; names are left to the call."""
    if host == "localhost" or host.endswith(".localhost"):
        host = "127.0.0.1"
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    try:
        egress.checked_address(host, 443, networks=settings.WEBHOOK_NETWORKS, any_port=True)
    except egress.NotAllowed:
        return True
    return False


def clean_events(events: Sequence[str]) -> list[str]:
    unknown = [name for name in events if name != EVERYTHING and name not in EVENTS]
    if unknown:
        raise Invalid(fields={"events": _("Choose from the list.")})
    return [EVERYTHING] if EVERYTHING in events else list(dict.fromkeys(events))


@transaction.atomic
def create_endpoint(*, name: str, url: str, events: Sequence[str], by: Actor) -> tuple[WebhookEndpoint, str]:
    """A new endpoint and its secret, which is shown this once; announces webhook.created."""
    require(by, AUTOMATION_MANAGE)
    row = WebhookEndpoint(name=name.strip(), url=clean_url(url), events=clean_events(events))
    secret = new_token()
    row.set_secret(secret)
    save_checked(row)
    _tell("webhook.created", row, by)
    return row, secret


@transaction.atomic
def change_endpoint(endpoint_id: int, *, name: str, url: str, events: Sequence[str], by: Actor) -> WebhookEndpoint:
    """Change it; announces webhook.changed. Another address begins without the failures of the last."""
    require(by, AUTOMATION_MANAGE)
    row = _locked(endpoint_id)
    before = row.url
    row.name, row.url, row.events = name.strip(), clean_url(url), clean_events(events)
    if row.url != before:
        row.failures, row.paused_until = 0, None
    save_checked(row)
    _tell("webhook.changed", row, by)
    return row


@transaction.atomic
def switch_endpoint(endpoint_id: int, *, is_active: bool, by: Actor) -> None:
    """Switch it off or on again; announces webhook.switched. Switched on, it is asked at once."""
    require(by, AUTOMATION_MANAGE)
    row = _locked(endpoint_id)
    row.is_active, row.failures, row.paused_until = is_active, 0, None
    row.save(update_fields=["is_active", "failures", "paused_until"])
    _tell("webhook.switched", row, by, is_active=is_active)


@transaction.atomic
def renew_secret(endpoint_id: int, *, by: Actor) -> tuple[WebhookEndpoint, str]:
    """A new secret, shown this once. Calls are signed with both for a day, so the other side can move over; announces
    webhook.secret_renewed."""
    require(by, AUTOMATION_MANAGE)
    row = _locked(endpoint_id)
    secret = new_token()
    row.set_secret(secret, former=row.secret)
    row.save(update_fields=["sealed"])
    _tell("webhook.secret_renewed", row, by)
    return row, secret


@transaction.atomic
def delete_endpoint(endpoint_id: int, *, by: Actor) -> None:
    """Forget the endpoint with its log; announces webhook.deleted."""
    require(by, AUTOMATION_MANAGE)
    row = _locked(endpoint_id)
    _tell("webhook.deleted", row, by)
    row.delete()


@transaction.atomic
def test_endpoint(endpoint_id: int, *, by: Actor) -> WebhookCall:
    """Send a `ping`, also to an endpoint that rests."""
    require(by, AUTOMATION_MANAGE)
    row = _locked(endpoint_id)
    if not row.is_active:
        raise Invalid(fields={"endpoint": _("Switch it on first.")})
    WebhookEndpoint.objects.filter(pk=row.pk).update(paused_until=None)
    return queue_call(row, PING, data={"words": "ping"})


@transaction.atomic
def try_call_again(call_id: int, *, by: Actor) -> WebhookCall:
    """A call that was given up goes on its way again; one that arrived is sent once more, as a call of its own. Announces
    webhook.called_again."""
    require(by, AUTOMATION_MANAGE)
    call = (
        WebhookCall.objects.select_for_update(no_key=True, of=("self",)).select_related("endpoint").filter(pk=call_id)
    )
    row = call.first()
    if row is None:
        raise NotFound
    if row.state not in {LeasedState.PARKED, LeasedState.DONE, LeasedState.DISCARDED} or not row.endpoint.is_active:
        raise NotTriable
    _tell("webhook.called_again", row.endpoint, by, call=row.pk)
    # whoever presses the button knows more than the endpoint's record
    WebhookEndpoint.objects.filter(pk=row.endpoint_id).update(paused_until=None)
    if row.state == LeasedState.PARKED:
        leasing.retry(row)
        return row
    return send_again(row)


def prune_calls() -> int:
    """The log is kept for 30 days; what waits for a person stays."""
    old = WebhookCall.objects.filter(finished_at__lt=timezone.now() - KEPT).exclude(state=LeasedState.PARKED)
    return int(WebhookCall.objects.filter(pk__in=list(old.values_list("pk", flat=True)[:5000])).delete()[0])


def _locked(endpoint_id: int) -> WebhookEndpoint:
    row = WebhookEndpoint.objects.select_for_update(no_key=True).filter(pk=endpoint_id).first()
    if row is None:
        raise NotFound
    return row


def _tell(name: str, row: WebhookEndpoint, by: Actor, **data: object) -> None:
    announce(Announcement(name, "webhook", row.pk, data={"name": row.name, **data}), by=by)
