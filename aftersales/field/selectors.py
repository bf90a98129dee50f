"""An engineer's days as the phone keeps them. A fixed number of queries, whatever the number of visits."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Prefetch
from django.db.models.functions import Coalesce
from django.utils.translation import get_language

from aftersales.claims.models import Claim, ClaimFile
from aftersales.field.models import Signature, VisitPart, VisitPhoto
from aftersales.outlets.models import PartStock
from aftersales.visits.addresses import one_line
from aftersales.visits.models import Engineer, Visit, VisitState
from helpdesk.accounts.models import Staff
from helpdesk.core.company import company_day, company_zone

DAYS_AHEAD = 7
MOST_VISITS = 200
MOST_PARTS = 500


def day_of(staff: Staff, now: datetime) -> dict[str, Any]:
    """What the phone keeps: today's visits and those of the coming week in route order, what is still open from before, and
    the parts on the engineer's shelf."""
    engineer = Engineer.objects.filter(staff=staff, is_active=True).select_related("outlet").first()
    return {
        "staff": {"id": staff.pk, "name": staff.name},
        "outlet": engineer.outlet.label if engineer and engineer.outlet else "",
        "is_engineer": engineer is not None,
        "fetched_at": now.isoformat(),
        "visits": [as_json(visit) for visit in _visits(engineer, now)] if engineer else [],
        "parts": _shelf(engineer) if engineer else [],
    }


def visit_json(visit_id: int) -> dict[str, Any]:
    """One visit as the phone keeps it."""
    return as_json(_loaded().get(pk=visit_id))


def _visits(engineer: Engineer, now: datetime) -> Iterable[Visit]:
    today = company_day(now)
    start = datetime.combine(today, datetime.min.time(), tzinfo=company_zone())
    mine = _loaded().filter(engineer=engineer, window_start__lt=start + timedelta(days=DAYS_AHEAD))
    recent = mine.filter(window_start__gte=start).exclude(state=VisitState.CANCELLED)
    left = mine.filter(window_start__lt=start, state__in=[VisitState.BOOKED, VisitState.CHECKED_IN])
    return (left | recent).annotate(route=Coalesce("planned_at", "window_start")).order_by("route", "pk")[:MOST_VISITS]


def _loaded() -> Any:
    return Visit.objects.select_related("claim__customer", "area", "signature").prefetch_related(
        "claim__lines__product",
        Prefetch("parts", VisitPart.objects.select_related("product", "entry").order_by("pk")),
        Prefetch("photos", VisitPhoto.objects.select_related("entry").order_by("pk")),
    )


def as_json(visit: Visit) -> dict[str, Any]:
    """Names, places and words that the engineer needs without a network; nothing that they do not."""
    claim, address = visit.claim, visit.address
    signature: Signature | None = getattr(visit, "signature", None)
    quote = claim.details.get("quote") if claim.owed_amount or claim.state == "quoted_on_site" else None
    return {
        "id": visit.pk,
        "version": visit.row_version,
        "state": visit.state,
        "result": visit.result,
        "work": visit.work,
        "start": _iso(visit.window_start),
        "end": _iso(visit.window_end),
        "arrival": _iso(visit.planned_at),
        "checked_in_at": _iso(visit.checked_in_at),
        "finished_at": _iso(visit.finished_at),
        "minutes": visit.minutes,
        "name": address.get("name") or claim.customer.name,
        "phone": address.get("phone", ""),
        "address": one_line(address),
        "area": visit.area.label if visit.area else "",
        "place": [visit.latitude, visit.longitude] if visit.latitude is not None else None,
        "claim": claim.number,
        "claim_state": claim.state,
        "kind": str(claim.get_kind_display()),
        "reason": str(claim.get_reason_display()),
        "words": claim.words,
        "things": [
            {"name": _name(line.product), "sku": line.product.sku, "serial": line.serial, "quantity": line.quantity}
            for line in claim.lines.all()
        ],
        "is_free": claim.is_on_site_free,
        "owed": str(claim.owed_amount) if claim.owed_amount else "",
        "currency": claim.currency,
        "quote": quote,
        "parts": [
            {
                "key": str(part.entry.key),
                "sku": part.product.sku,
                "name": _name(part.product),
                "quantity": part.quantity,
                "is_back": part.put_back_id is not None,
            }
            for part in visit.parts.all()
        ],
        "photos": [str(photo.entry.key) for photo in visit.photos.all()],
        "signature": (
            {"signer": signature.signer, "at": signature.signed_at.isoformat(), "sha256": signature.sha256}
            if signature
            else None
        ),
    }


def record_of(claim: Claim) -> list[dict[str, Any]]:
    """What was done at each visit of a claim, the last first; a fixed number of queries."""
    visits = list(
        _loaded()
        .filter(claim=claim, checked_in_at__isnull=False)
        .select_related("engineer__staff")
        .order_by("-pk")[:50]
    )
    signed = [visit.signature.attachment_id for visit in visits if hasattr(visit, "signature")]
    files = dict(ClaimFile.objects.filter(attachment_id__in=signed).values_list("attachment_id", "pk"))
    return [
        {
            "visit": visit,
            "parts": [part for part in visit.parts.all() if part.put_back_id is None],
            "photos": [photo.file_id for photo in visit.photos.all()],
            "signature": getattr(visit, "signature", None),
            "signature_file": files.get(visit.signature.attachment_id) if hasattr(visit, "signature") else None,
        }
        for visit in visits
    ]


def _shelf(engineer: Engineer) -> list[dict[str, Any]]:
    rows = PartStock.objects.filter(outlet=engineer.outlet).select_related("product").order_by("product__sku")
    return [{"sku": row.product.sku, "name": _name(row.product), "quantity": row.quantity} for row in rows[:MOST_PARTS]]


def _name(product: Any) -> str:
    return str((product.name_zh or product.name) if (get_language() or "").startswith("zh") else product.name)


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None
