"""What this room gives to the kernel's registries."""

from collections.abc import Iterable, Mapping

from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from aftersales.claims import lapsing
from aftersales.parcels import history, panels
from aftersales.parcels.carriers import ensure_carriers
from aftersales.parcels.models import Carrier
from aftersales.parcels.services import following, recording
from helpdesk.accounts.permissions import AFTERSALES_MANAGE, GOODS_HANDLE
from helpdesk.core.describing import Subject, subject_names, title_events
from helpdesk.core.navigation import Place, places
from helpdesk.core.registries import due_rows, due_since, first_rows, housekeeping
from tickets.automation.webhooks.events import EVENTS

history.register()
panels.register()
first_rows.add("parcels.carriers", ensure_carriers)
due_rows.add("parcels.follow", following.follow_due)
due_since.add("parcels.follow", following.oldest_due)
# after the parcels: goods that a carrier has picked up in time are on their way
due_rows.add("claims.expire", lapsing.expire_due)
due_rows.add("claims.confirm", lapsing.confirm_due)
due_since.add("claims", lapsing.oldest_due)
housekeeping.add("parcels.strays", following.adopt_strays)
housekeeping.add("parcels.old_strays", recording.prune_strays)
housekeeping.add("parcels.deliveries", following.arrange_after_delivery)


def _carrier_names(ids: Iterable[int]) -> Mapping[int, Subject]:
    rows = Carrier.objects.filter(pk__in=set(ids))
    return {row.pk: Subject(row.label, reverse("settings_carrier_edit", args=[row.pk])) for row in rows}


subject_names.add("carrier", _carrier_names)
title_events(
    {
        "parcel.announced": _("announced a parcel"),
        "parcel.moved": _("heard of a parcel"),
        "parcel.received": _("received a parcel"),
        "carrier.changed": _("changed a carrier"),
    }
)
EVENTS.update(
    {
        "parcel.announced": _("a parcel was announced"),
        "parcel.moved": _("a parcel went on"),
        "parcel.received": _("a parcel was received"),
    }
)
places.add(
    "warehouse", Place("warehouse", _("Warehouse"), "package", "warehouse:overview", 16, "rail", GOODS_HANDLE, "p")
)
places.add(
    "settings.carriers",
    Place(
        "settings.carriers", _("Carriers"), "truck", "settings_carriers", 39, "admin", AFTERSALES_MANAGE, "", "",
        pgettext_lazy("settings", "Service"), _("Who carries parcels, and the codes that aggregators know them by."),
    ),
)  # fmt: skip
