"""Writing carriers: their names, the codes that aggregators know them by, the page of a parcel."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from aftersales.parcels.models import OTHER, Carrier
from helpdesk.accounts.permissions import AFTERSALES_MANAGE
from helpdesk.accounts.services.guarding import require
from helpdesk.core.actors import Actor
from helpdesk.core.errors import Invalid, NotFound
from helpdesk.core.events import Announcement, announce
from helpdesk.core.saving import require_unchanged, save_checked

FIELDS = ("name", "name_zh", "codes", "page", "position", "is_active")
MOST_CODES = 20


def editable_values(carrier: Carrier) -> dict[str, Any]:
    """What the form shows, for the check that nobody overwrites a colleague's change."""
    return {name: getattr(carrier, name) for name in FIELDS}


@transaction.atomic
def save_carrier(
    carrier_id: int | None, *, by: Actor, seen: str | None = None, key: str = "", **fields: Any
) -> Carrier:
    """Add or change a carrier; announces carrier.changed. The key stays what it is, and `other` stays in use, since parcels
    whose carrier nobody knows are its."""
    require(by, AFTERSALES_MANAGE)
    carrier = Carrier(key=key)
    if carrier_id is not None:
        found = Carrier.objects.select_for_update(no_key=True).filter(pk=carrier_id).first()
        if found is None:
            raise NotFound
        carrier = found
        require_unchanged(seen, editable_values(carrier))
    wanted = {name: value for name, value in fields.items() if name in FIELDS}
    if "codes" in wanted:
        wanted["codes"] = _clean_codes(wanted["codes"], carrier)
    if carrier.key == OTHER and wanted.get("is_active") is False:
        raise Invalid(fields={"is_active": _("This one stays in use.")})
    for name, value in wanted.items():
        setattr(carrier, name, value)
    if carrier.page and "{number}" not in carrier.page:
        raise Invalid(fields={"page": _("Write {number} where the number of the parcel belongs.")})
    save_checked(carrier)
    announce(Announcement("carrier.changed", "carrier", carrier.pk, data={"fields": sorted(wanted)}), by=by)
    return carrier


def _clean_codes(given: Sequence[str], carrier: Carrier) -> list[str]:
    """`aggregator:code`, each of one carrier only: an event has to have one home."""
    codes = list(dict.fromkeys(code.strip().casefold() for code in given if code.strip()))
    if len(codes) > MOST_CODES:
        raise Invalid(fields={"codes": _("At most %(n)s entries.") % {"n": MOST_CODES}})
    for code in codes:
        source, colon, word = code.partition(":")
        if not (source and colon and word) or len(code) > 60 or any(sign.isspace() for sign in code):
            raise Invalid(fields={"codes": _("Write each code as kuaidi100:shunfeng.")})
    taken = Carrier.objects.filter(codes__overlap=codes).exclude(pk=carrier.pk).first()
    if taken is not None:
        raise Invalid(fields={"codes": _("%(carrier)s has one of these codes.") % {"carrier": taken.label}})
    return codes
