"""A deed of an engineer is taken once, whatever is sent again.

The phone numbers nothing: it gives each deed a key and sends them in their order, one request each. Here the key is locked
first; a key that is known answers like the first time. Deed, row of the key and everything that follows are one transaction:
if the process dies after the commit, the phone sends it again and hears that it is done; if it dies before, nothing was done.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.utils.translation import gettext as _

from aftersales.claims.models import Claim, FilePurpose
from aftersales.claims.services.files import attach_files, photos
from aftersales.claims.services.moving import make_move
from aftersales.field.errors import SomebodyElse, Torn
from aftersales.field.models import EntryKind, FieldEntry, Signature, VisitPart, VisitPhoto
from aftersales.field.reading import Deed, read_hash, read_position, whole, words
from aftersales.field.services.signing import sign_visit
from aftersales.outlets.services.stock import put_part_back, take_part
from aftersales.visits.models import Visit, VisitResult, VisitState
from aftersales.visits.services.changing import changing_visit, is_of, require
from aftersales.visits.services.working import LATEST_WORD, check_in_within, finish_within
from helpdesk.core.actors import Actor
from helpdesk.core.errors import Forbidden, Invalid, NotFound
from helpdesk.customers.models import Product
from tickets.services.changing import Change
from tickets.services.files import NewFile

MOST_PARTS_AT_ONCE = 100


@dataclass(frozen=True)
class Doing:
    """A deed that is being taken: the locked visit and claim, the open change, the deed's row, and when it happened."""

    visit: Visit
    claim: Claim
    change: Change
    entry: FieldEntry
    at: datetime
    by: Actor
    file: NewFile | None


def take_entry(deed: Deed, *, by: Actor, file: NewFile | None = None) -> tuple[Visit, bool]:
    """Do what the phone says was done; the visit as it is then, and whether the deed was known already.

    Refuses (`Forbidden`) deeds at somebody else's visit, (`SomebodyElse`) those that another person did on this phone, and
    whatever the deed's own verb refuses. What is refused leaves no trace, so it may be sent again.
    """
    assert by.staff is not None, "a person of the staff"
    if deed.staff_id != by.staff.pk:
        raise SomebodyElse
    with transaction.atomic():
        _lock_key(deed)
        known = FieldEntry.objects.filter(key=deed.key).first()
        if known is not None:
            if known.staff_id != by.staff.pk or known.visit_id != deed.visit_id:
                raise NotFound
            return Visit.objects.get(pk=known.visit_id), True
        with changing_visit(deed.visit_id, f"field_{deed.kind}", by=by) as (visit, claim, change):
            if not is_of(by, visit):
                raise Forbidden(_("This is somebody else's visit."))
            entry = FieldEntry.objects.create(
                key=deed.key,
                kind=deed.kind,
                visit=visit,
                staff=by.staff,
                happened_at=deed.happened_at,
                received_at=change.now,
                data=_kept(deed),
            )
            at = _moment(deed.happened_at, change.now)
            _DEEDS[deed.kind](Doing(visit, claim, change, entry, at, by, file))
    return Visit.objects.get(pk=deed.visit_id), False


def _lock_key(deed: Deed) -> None:
    """The same deed in two requests at once waits here, so that the second sees what the first did."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 7153))", [str(deed.key)])


def _kept(deed: Deed) -> dict[str, object]:
    """The deed's values under names of a sensible length."""
    return {name: value for name, value in deed.data.items() if len(name) <= 40}


def _moment(happened: datetime, now: datetime) -> datetime:
    """The phone's clock, within what can be true: a wrong clock or a long time without a network loses no work."""
    return max(min(happened, now), now - LATEST_WORD + timedelta(minutes=1))


def _check_in(doing: Doing) -> None:
    if doing.visit.state in {VisitState.CHECKED_IN, VisitState.FINISHED}:
        return
    check_in_within(doing.visit, doing.change, at=doing.at, position=read_position(doing.entry.data.get("position")))


def _part(doing: Doing) -> None:
    """Off the shelf of the engineer's outlet, or the company's own."""
    require(doing.visit, VisitState.CHECKED_IN)
    sku = words(doing.entry.data.get("product"), 60)
    product = Product.objects.filter(sku__iexact=sku, is_active=True).first() if sku else None
    if product is None:
        raise Invalid(fields={"product": _("Choose one of the parts.")})
    quantity = whole(doing.entry.data.get("quantity"), MOST_PARTS_AT_ONCE)
    if quantity is None:
        raise Invalid(fields={"quantity": _("Enter a number from 1 to %(most)d.") % {"most": MOST_PARTS_AT_ONCE}})
    taken = take_part(
        doing.visit.outlet_id,
        product,
        quantity,
        key=f"field:{doing.entry.key}",
        claim_id=doing.claim.pk,
        by=doing.by,
    )
    VisitPart.objects.create(visit=doing.visit, entry=doing.entry, product=product, quantity=quantity, taken=taken)
    doing.change.announce("visit.part_used", visit=doing.visit.pk, product=product.pk, quantity=quantity)


def _part_back(doing: Doing) -> None:
    require(doing.visit, VisitState.CHECKED_IN)
    key = words(doing.entry.data.get("part"), 40)
    part = next(
        (one for one in VisitPart.objects.filter(visit=doing.visit).select_related("entry", "taken")
         if str(one.entry.key) == key),
        None,
    )  # fmt: skip
    if part is None:
        raise Invalid(fields={"part": _("This part was not used here.")})
    if part.put_back_id is None:
        part.put_back = put_part_back(part.taken, key=f"field:{doing.entry.key}", by=doing.by)
        part.save(update_fields=["put_back"])
        doing.change.announce("visit.part_back", visit=doing.visit.pk, product=part.product_id, quantity=part.quantity)


def _photo(doing: Doing) -> None:
    require(doing.visit, VisitState.CHECKED_IN, VisitState.FINISHED)
    pictures = photos([doing.file] if doing.file is not None else [], field="photo")
    if not pictures:
        raise Invalid(fields={"photo": _("The photo is missing.")})
    if (taken := read_hash(doing.entry.data.get("sha256"))) and taken != hashlib.sha256(pictures[0].data).hexdigest():
        raise Torn(_("The photo did not arrive whole. It is sent again."))
    kept = attach_files(doing.claim, pictures, purpose=FilePurpose.WORK, by=doing.by)[0]
    VisitPhoto.objects.create(visit=doing.visit, entry=doing.entry, file=kept, taken_at=doing.at)
    doing.change.announce("visit.photo_taken", visit=doing.visit.pk)


def _quote(doing: Doing) -> None:
    """What is not free is quoted first; the claim's own guard refuses any charge for a product that is served on site."""
    require(doing.visit, VisitState.BOOKED, VisitState.CHECKED_IN)
    make_move(doing.claim, "quote", doing.change, by=doing.by, given={"quote": doing.entry.data.get("quote")})


def _sign(doing: Doing) -> None:
    require(doing.visit, VisitState.CHECKED_IN, VisitState.FINISHED)
    signature = sign_visit(doing.visit, doing.entry, doing.file, doing.at, by=doing.by)
    doing.change.announce("visit.signed", visit=doing.visit.pk, sha256=signature.sha256)


def _finish(doing: Doing) -> None:
    """Work that is done is signed for, or the record says why not."""
    data = doing.entry.data
    result, note = str(data.get("result") or ""), words(data.get("note"), 300)
    if result == VisitResult.DONE and not note and not Signature.objects.filter(visit=doing.visit).exists():
        raise Invalid(fields={"note": _("Let the customer sign, or say why they did not.")})
    if doing.visit.state == VisitState.FINISHED and doing.visit.result == result:
        return
    part = data.get("part")
    finish_within(
        doing.visit,
        doing.claim,
        doing.change,
        result,
        by=doing.by,
        work=words(data.get("work"), 4000),
        note=note,
        at=doing.at,
        part=part if isinstance(part, dict) else None,
    )


def _other_time(doing: Doing) -> None:
    require(doing.visit, VisitState.BOOKED)
    make_move(
        doing.claim, "rearrange", doing.change, by=doing.by, given={"note": words(doing.entry.data.get("note"), 300)}
    )


_DEEDS: dict[str, Callable[[Doing], None]] = {
    EntryKind.CHECK_IN: _check_in,
    EntryKind.PART: _part,
    EntryKind.PART_BACK: _part_back,
    EntryKind.PHOTO: _photo,
    EntryKind.QUOTE: _quote,
    EntryKind.SIGN: _sign,
    EntryKind.FINISH: _finish,
    EntryKind.OTHER_TIME: _other_time,
}
