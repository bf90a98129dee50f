"""The outbox: hands each delivery to its channel's adapter in the order of its key and records what became of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from django.db import transaction
from django.utils import timezone

from helpdesk.core import leasing
from helpdesk.core.errors import InDoubt, Permanent, Unreachable
from helpdesk.core.leasing import LeasedState, describe
from helpdesk.core.models import ChannelAccount, Delivery, DeliveryStatus
from helpdesk.core.models.channels import STATUS_RANK
from helpdesk.core.registries import Registry, delivery_listeners, leased_workers, renderers


@dataclass(frozen=True)
class SendResult:
    """What the other side said: its id for the message (empty: ours stands) and a status, usually `sent`."""

    external_id: str = ""
    status: str = DeliveryStatus.SENT
    note: str = ""


class Adapter(Protocol):
    """Brings one rendered delivery to the outside. `TryAgain` for what passes, `Permanent` for what never will.

    `is_idempotent`: the other side takes our id and drops a repeat, so a resend after a death is harmless.
    """

    is_idempotent: bool

    def send(self, delivery: Delivery, rendered: Any) -> SendResult: ...


# Channel kind → adapter.
adapters: Registry[Adapter] = Registry("outgoing adapter")


def deliver(delivery: Delivery) -> None:
    """Work one taken delivery. Commits that sending has started before it sends: after a death in between nobody can
    know whether it went out, so the resend is marked as maybe doubled instead of being silent."""
    adapter = adapters.get(delivery.account.kind)
    rendered = renderers.get(delivery.purpose)(delivery)
    doubled = delivery.send_started_at is not None and not adapter.is_idempotent
    Delivery.objects.filter(pk=delivery.pk).update(
        send_started_at=timezone.now(), is_maybe_doubled=delivery.is_maybe_doubled or doubled
    )
    try:
        result = adapter.send(delivery, rendered)
    except Exception as error:
        if not isinstance(error, InDoubt):
            # the adapter answered, so nothing is in doubt: the next try is a first one
            Delivery.objects.filter(pk=delivery.pk).update(send_started_at=None)
        if isinstance(error, Unreachable):
            # a person sees it at the account, where it can be mended, and not only at each message
            ChannelAccount.objects.filter(pk=delivery.account_id).update(
                last_error=describe(error), last_error_at=timezone.now()
            )
        if isinstance(error, Permanent) or delivery.attempts >= leasing.settings.MAX_ATTEMPTS:
            with transaction.atomic():
                record_status(delivery, DeliveryStatus.FAILED, reason=describe(error))
        raise
    with transaction.atomic():
        values = _status_values(delivery, result.status, reason=result.note, at=timezone.now())
        if result.external_id and result.external_id != delivery.external_id:
            values["external_id"] = result.external_id[:250]
        leasing.finish(delivery, LeasedState.DONE, **({"reason": result.note} | values))
        if "status" in values:
            _tell(delivery, result.status, result.note)


deliver.manages_transactions = True  # type: ignore[attr-defined]
leased_workers.add(Delivery.leased_kind(), deliver)


def record_status(delivery: Delivery, status: str, *, reason: str = "", at: datetime | None = None) -> bool:
    """Move a delivery's status forward and tell the owning room; False when it was there or further already.

    A receipt may come before our own commit or out of order (read before delivered): states never go back, except
    that a bounce after `sent` is a failure.
    """
    values = _status_values(delivery, status, reason=reason, at=at or timezone.now())
    if not values:
        return False
    Delivery.objects.filter(pk=delivery.pk).update(**values)
    _tell(delivery, status, reason)
    return True


def _status_values(delivery: Delivery, status: str, *, reason: str, at: datetime) -> dict[str, Any]:
    """The columns that change when the delivery gets this status; none when it was there or further already. Locks it."""
    known = Delivery.objects.select_for_update(no_key=True).values_list("status", flat=True).get(pk=delivery.pk)
    bounced = status == DeliveryStatus.FAILED and known == DeliveryStatus.SENT
    if not bounced and STATUS_RANK[status] <= STATUS_RANK[known] and known != DeliveryStatus.QUEUED:
        return {}
    if status == known:
        return {}
    values: dict[str, Any] = {"status": status, f"{status}_at": at}
    if status == DeliveryStatus.FAILED:
        values["reason"] = reason[:4000]
    return values


def _tell(delivery: Delivery, status: str, reason: str) -> None:
    """Tell the owning room."""
    delivery.status = status
    if delivery.purpose in delivery_listeners:
        delivery_listeners.get(delivery.purpose)(delivery, status, reason)
