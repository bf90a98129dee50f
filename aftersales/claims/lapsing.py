"""What time alone does to claims: goods that never come let one expire, and what nobody objects to is closed."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from django.db.models import QuerySet

from aftersales.claims.errors import MoveNotPossible
from aftersales.claims.models import Claim
from aftersales.claims.querysets import ENDS
from aftersales.claims.services.moving import move_claim
from helpdesk.core import clock
from helpdesk.core.actors import SYSTEM
from helpdesk.core.errors import Refused

log = logging.getLogger(__name__)
# A move that is refused, or fails, holds up none of those behind it; it is tried again then.
AGAIN_AFTER = timedelta(hours=6)


def expire_due(now: datetime, limit: int) -> int:
    """Claims whose goods have not come in time; returns how many expired."""
    return _each(_overdue(now), "expire", "goods_due_at", now, limit)


def confirm_due(now: datetime, limit: int) -> int:
    """Claims that are settled and to which nobody has objected in time; returns how many were closed."""
    return _each(_unopposed(now), "confirm", "confirm_due_at", now, limit)


def oldest_due() -> datetime | None:
    """The time of the oldest claim that is late; two looks at partial indexes."""
    now = clock.now()
    goods = _overdue(now).order_by("goods_due_at").values_list("goods_due_at", flat=True).first()
    confirm = _unopposed(now).order_by("confirm_due_at").values_list("confirm_due_at", flat=True).first()
    return min((moment for moment in (goods, confirm) if moment is not None), default=None)


def _overdue(now: datetime) -> QuerySet[Claim]:
    return Claim.objects.filter(state="awaiting_goods", goods_due_at__lte=now)


def _unopposed(now: datetime) -> QuerySet[Claim]:
    return Claim.objects.exclude(state__in=list(ENDS)).filter(confirm_due_at__lte=now)


def _each(due: QuerySet[Claim], name: str, column: str, now: datetime, limit: int) -> int:
    done = 0
    for pk in list(due.order_by(column, "pk").values_list("pk", flat=True)[:limit]):
        try:
            move_claim(pk, name, by=SYSTEM)
            done += 1
        except MoveNotPossible:
            Claim.objects.filter(pk=pk, **{f"{column}__lte": now}).update(**{column: None})
        except Exception as error:
            if not isinstance(error, Refused):
                log.exception("%s of claim %s failed; it is tried again", name, pk)
            Claim.objects.filter(pk=pk, **{f"{column}__lte": now}).update(**{column: now + AGAIN_AFTER})
    return done
