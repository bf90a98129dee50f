"""Parts come onto a shelf and leave it. Each move has a key: sent twice, it counts once."""

from __future__ import annotations

from decimal import Decimal

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from aftersales.outlets.access import may_keep_parts
from aftersales.outlets.errors import NotEnough
from aftersales.outlets.models import PartStock, PartWait, StockMove, StockMoveKind
from aftersales.visits.models import Outlet
from helpdesk.core import clock
from helpdesk.core.actors import Actor
from helpdesk.core.errors import Forbidden, Invalid
from helpdesk.core.events import Announcement, announce
from helpdesk.core.jobs import enqueue
from helpdesk.customers.models import Product

MOST_PARTS = 10_000
PARTS_CAME = "outlets.parts_came"


@transaction.atomic
def receive_parts(
    outlet: Outlet | None,
    product: Product,
    quantity: int,
    *,
    key: str,
    by: Actor,
    note: str = "",
    unit_price: Decimal | None = None,
) -> StockMove:
    """Put parts onto the shelf; announces stock.changed. Claims that wait for the part there go on, the longest first."""
    require_keeper(by, outlet)
    _require_count(quantity)
    stock = _locked(outlet.pk if outlet else None, product)
    move = write_move(stock, quantity, StockMoveKind.RECEIVED, key=key, by=by, note=note)
    if unit_price is not None and unit_price != stock.unit_price:
        # settlements are worked out with it, so the log says who named it
        data = {"outlet": stock.outlet_id, "before": str(stock.unit_price), "after": str(unit_price)}
        announce(Announcement("stock.priced", "part_stock", stock.pk, data=data), by=by, at=clock.now())
        stock.unit_price = unit_price
        stock.save(update_fields=["unit_price"])
    _serve_waits(stock)
    return move


@transaction.atomic
def count_parts(stock_id: int, quantity: int, *, key: str, by: Actor, note: str = "") -> StockMove:
    """Set what is really there after a count, with a word why it differs; announces stock.changed."""
    stock = PartStock.objects.select_for_update(no_key=True, of=("self",)).select_related("product").get(pk=stock_id)
    if not may_keep_parts(by, stock.outlet_id):
        raise Forbidden
    if not 0 <= quantity <= MOST_PARTS:
        raise Invalid(fields={"quantity": _("Enter a number from 0 to %(most)d.") % {"most": MOST_PARTS}})
    if quantity != stock.quantity and not note.strip():
        raise Invalid(fields={"note": _("Say why the number differs.")})
    move = write_move(stock, quantity - stock.quantity, StockMoveKind.COUNTED, key=key, by=by, note=note)
    _serve_waits(stock)
    return move


def take_part(
    outlet_id: int | None, product: Product, quantity: int, *, key: str, claim_id: int, by: Actor
) -> StockMove:
    """Take a part for a claim's work from a shelf, within the caller's transaction; refuses (`NotEnough`) what is not
    there. Who may is for the caller, who knows the visit."""
    _require_count(quantity)
    return write_move(_locked(outlet_id, product), -quantity, StockMoveKind.USED, key=key, by=by, claim_id=claim_id)


def put_part_back(taken: StockMove, *, key: str, by: Actor) -> StockMove:
    """What was taken by mistake goes back onto its shelf, within the caller's transaction."""
    stock = PartStock.objects.select_for_update(no_key=True, of=("self",)).get(pk=taken.stock_id)
    return write_move(stock, -taken.quantity, StockMoveKind.PUT_BACK, key=key, by=by, claim_id=taken.claim_id)


def write_move(
    stock: PartStock,
    quantity: int,
    kind: StockMoveKind,
    *,
    key: str,
    by: Actor,
    claim_id: int | None = None,
    note: str = "",
) -> StockMove:
    """One move of a locked stock; the move that the key has already made is given back instead."""
    known = StockMove.objects.filter(key=key).first()
    if known is not None:
        return known
    if stock.quantity + quantity < 0:
        raise NotEnough(
            _("There are %(available)d of this part on the shelf.") % {"available": stock.quantity},
            available=stock.quantity,
        )
    stock.quantity += quantity
    stock.save(update_fields=["quantity"])
    now = clock.now()
    move = StockMove.objects.create(
        stock=stock,
        kind=kind,
        quantity=quantity,
        quantity_after=stock.quantity,
        claim_id=claim_id,
        key=key[:120],
        note=note.replace("\x00", "").strip()[:200],
        by_kind=by.kind,
        by_id=by.id,
        at=now,
    )
    data = {"kind": str(kind), "quantity": quantity, "left": stock.quantity, "outlet": stock.outlet_id}
    announce(Announcement("stock.changed", "part_stock", stock.pk, data=data), by=by, at=now)
    return move


def require_keeper(by: Actor, outlet: Outlet | None) -> None:
    """`Forbidden` for people of other outlets."""
    if not may_keep_parts(by, outlet.pk if outlet else None):
        raise Forbidden


def _require_count(quantity: int) -> None:
    if not 1 <= quantity <= MOST_PARTS:
        raise Invalid(fields={"quantity": _("Enter a number from 1 to %(most)d.") % {"most": MOST_PARTS}})


def _locked(outlet_id: int | None, product: Product) -> PartStock:
    """The stock, made when it is new, under a lock."""
    PartStock.objects.bulk_create([PartStock(outlet_id=outlet_id, product=product)], ignore_conflicts=True)
    rows = PartStock.objects.select_for_update(no_key=True, of=("self",))
    return rows.get(Q(outlet_id=outlet_id), product=product)


def _serve_waits(stock: PartStock) -> None:
    """Tell the claims that wait for this part here, as far as it reaches; a job makes each one's move, since a claim is
    locked before a stock everywhere."""
    left = stock.quantity
    waits = PartWait.objects.filter(Q(outlet_id=stock.outlet_id), product_id=stock.product_id, came_at=None)
    for wait in waits.order_by("pk"):
        if wait.quantity > left:
            break
        left -= wait.quantity
        enqueue(PARTS_CAME, queue="events", dedupe_key=f"{PARTS_CAME}:{wait.pk}", wait=wait.pk)
