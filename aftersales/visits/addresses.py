"""Where a visit goes: the address in its parts, and the area that it lies in."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.utils.translation import gettext as _

from aftersales.claims.models import Claim
from aftersales.visits.models import ServiceArea
from helpdesk.core.errors import Invalid

PARTS = {"name": 80, "phone": 32, "region": 60, "city": 60, "district": 60, "street": 200, "postcode": 12}
NEEDED = ("city", "street")


def clean_address(given: Mapping[str, Any]) -> dict[str, str]:
    """The address with its known parts only; `Invalid` names what is missing or too long."""
    kept = {name: str(given.get(name) or "").replace("\x00", "").strip() for name in PARTS}
    wrong: dict[str, Any] = {name: _("Fill this in.") for name in NEEDED if not kept[name]}
    for name, most in PARTS.items():
        if len(kept[name]) > most:
            wrong[name] = _("Use at most %(most)d characters.") % {"most": most}
    if wrong:
        raise Invalid(fields=wrong)
    return {name: value for name, value in kept.items() if value}


def known_address(claim: Claim) -> dict[str, str]:
    """The address that the claim or its order gives, with its known parts; nothing when there is none."""
    for given in (claim.details.get("address"), claim.order.shipping.get("address") if claim.order else None):
        if isinstance(given, Mapping) and given.get("street"):
            kept = {name: str(given.get(name) or "").strip()[:most] for name, most in PARTS.items()}
            return {name: value for name, value in kept.items() if value}
    return {}


def find_area(address: Mapping[str, str], areas: Iterable[ServiceArea] | None = None) -> ServiceArea | None:
    """The area with the longest beginning of the postal code, else the one that has the city."""
    if not address:
        return None
    if areas is None:
        areas = ServiceArea.objects.filter(is_active=True)
    postcode = address.get("postcode", "").replace(" ", "").casefold()
    cities = {_plain(address[part]) for part in ("city", "district", "region") if address.get(part)}
    best: tuple[int, ServiceArea] | None = None
    for area in areas:
        lengths = [len(one) for one in area.postcodes if one and postcode.startswith(one.replace(" ", "").casefold())]
        score = max(lengths, default=0) + 1 if lengths else int(any(_plain(city) in cities for city in area.cities))
        if score and (best is None or score > best[0]):
            best = (score, area)
    return best[1] if best else None


def _plain(city: str) -> str:
    """Without the ending that people leave out (杭州市 and 杭州 are one place)."""
    return city.strip().casefold().removesuffix("市")


def one_line(address: Mapping[str, str]) -> str:
    """The address as people read it, without name and number."""
    parts = [address.get(part, "") for part in ("region", "city", "district", "street")]
    kept = [part for at, part in enumerate(parts) if part and part not in parts[:at]]
    is_chinese = any("\u4e00" <= letter <= "\u9fff" for part in kept for letter in part)
    return "".join(kept) if is_chinese else ", ".join(reversed(kept))
