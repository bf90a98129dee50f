"""From a stored item to the parcel's events."""

from __future__ import annotations

from collections.abc import Callable

from aftersales.parcels.services.recording import record_shipment
from channels_app.carriers.formats import CarrierFormat
from channels_app.inbox import Outcome
from channels_app.models import InboundEvent

UNKNOWN = "no parcel has this number yet"


def handler_for(format_: CarrierFormat) -> Callable[[InboundEvent], Outcome]:
    """The inbound handler of a format. Events of a parcel that nobody knows are kept and said to be so, not parked: it may be
    announced later."""

    def receive(event: InboundEvent) -> Outcome:
        shipment = format_.read(bytes(event.raw or b""))
        recorded = record_shipment(shipment, source=format_.name, source_id=event.pk)
        return Outcome(ticket_id=recorded.ticket_id, ignored="" if recorded.is_known else UNKNOWN)

    return receive
