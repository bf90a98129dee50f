"""What the carriers' formats give to the inbox."""

from django.utils.translation import gettext_lazy as _

from channels_app import inbox
from channels_app.carriers.formats import formats, handler_of
from channels_app.carriers.handler import handler_for
from channels_app.carriers.kdniao import KdNiao
from channels_app.carriers.kuaidi100 import Kuaidi100
from channels_app.carriers.plain import PlainCarrier
from helpdesk.core.describing import title_work
from helpdesk.core.reasons import describe_reasons

for _format in (Kuaidi100(), KdNiao(), PlainCarrier()):
    formats.add(_format.name, _format)
    inbox.handlers.add(handler_of(_format.name), handler_for(_format))
title_work(
    {
        handler_of("kuaidi100"): _("Parcel events of Kuaidi100"),
        handler_of("kdniao"): _("Parcel events of KDNiao"),
        handler_of("parcels"): _("Parcel events"),
    }
)
describe_reasons(
    {
        "carrier_unknown_parcel": (r"no parcel has this number yet", _("No parcel has this number yet.")),
        "carrier_no_number": (
            r"names no tracking number|the event names no parcel",
            _("The event names no parcel. Ask whoever sends it to give the tracking number."),
        ),
        "carrier_no_time": (
            r"has a time that can be read|the event has no time",
            _("The event has no time that can be read. Ask whoever sends it to give one with its zone."),
        ),
        "carrier_status": (
            r"the event's status is none of",
            _("The event has a status that is not known. The format is described in the documentation."),
        ),
    }
)
