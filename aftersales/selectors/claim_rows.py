"""Rows of the list and cards of the board. Either is the same for every reader of a language, so its HTML is kept by claim,
versions and language, as with tickets (`tickets.selectors.rows`); only what is missing is loaded and drawn."""

from __future__ import annotations

from collections.abc import Sequence
from zlib import crc32

from django.core.cache import cache
from django.db.models import F
from django.template import engines
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language

from aftersales.claims.models import Claim
from aftersales.claims.possible import waits_for

KEPT = 24 * 3600
TEMPLATES = {"row": "aftersales/_claim_row.html", "card": "aftersales/_claim_card.html"}


def rendered(ids: Sequence[int], shape: str) -> list[SafeString]:
    """The claims' HTML in this order, from the cache where it is, else drawn and kept for a day; one query, and one more for
    what is missing. `shape` is `row` or `card`. Who asks may see them."""
    keys = _keys(ids, shape)
    kept = cache.get_many(list(keys.values())) if keys else {}
    missing = [pk for pk in ids if pk in keys and keys[pk] not in kept]
    fresh: dict[str, str] = {}
    if missing:
        template = engines["django"].get_template(TEMPLATES[shape])
        for claim in Claim.objects.filter(pk__in=missing).for_rows():
            fresh[keys[claim.pk]] = str(template.render({"row": claim, "waiting": waits_for(claim)}))
        cache.set_many(fresh, timeout=KEPT)
    return [mark_safe(kept.get(keys.get(pk, "")) or fresh.get(keys.get(pk, ""), "")) for pk in ids]


def _keys(ids: Sequence[int], shape: str) -> dict[int, str]:
    """Whatever a row shows is in its key: the claim's and the customer's version, and the name of who leads it."""
    if not ids:
        return {}
    known = Claim.objects.filter(pk__in=list(ids)).annotate(
        customer_version=F("customer__row_version"), leader=F("handler__name")
    )
    language = get_language() or "en"
    return {
        pk: f"claim{shape}:{language}:{pk}:{version}:{customer}:{customer_version}:{crc32((leader or '').encode()):x}"
        for pk, version, customer, customer_version, leader in known.values_list(
            "pk", "row_version", "customer_id", "customer_version", "leader"
        )
    }
