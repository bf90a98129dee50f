"""Products, orders and serial numbers that a shop tells by webhook: messages with a `type`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from channels_app.inbox import Outcome
from channels_app.models import InboundEvent
from channels_app.webhook.handler import read_object
from helpdesk.core.actors import SYSTEM
from helpdesk.core.errors import Permanent, Refused
from helpdesk.customers.goods.records import read_order, read_product, read_thing
from helpdesk.customers.services.goods import Saved, save_order, save_product, save_thing

HANDLER = "webhook.goods"
_SAVERS: dict[str, Callable[[dict[str, Any]], Saved]] = {
    "product": lambda given: save_product(read_product(given), by=SYSTEM),
    "order": lambda given: save_order(read_order(given), by=SYSTEM),
    "registered_product": lambda given: save_thing(read_thing(given), by=SYSTEM),
}
KINDS = frozenset(_SAVERS)


def save_told(event: InboundEvent) -> Outcome:
    """The handler `webhook.goods`; what is refused is parked with its raw source and the reason."""
    given = read_object(bytes(event.raw or b""))
    try:
        _SAVERS[str(given.get("type"))](given)
    except Refused as refusal:
        wrong = "; ".join(f"{name}: {words}" for name, words in refusal.fields.items())
        raise Permanent(wrong or str(refusal)) from None
    return Outcome()
