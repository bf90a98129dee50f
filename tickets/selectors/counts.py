"""Numbers beside the views: standard views add up counters, the others are counted up to 1,000."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.core.cache import cache
from django.core.exceptions import EmptyResultSet
from django.db import connection

from helpdesk.accounts.models import Staff
from tickets.counting import buckets_for, total
from tickets.selectors.filters import apply
from tickets.selectors.views import DeskView

MOST = 1000
# A count of a saved view may be this old (seconds); the standard views are exact at every request.
KEPT = 5


def as_text(number: int) -> str:
    """`1,000+` beyond what is counted; nothing for none."""
    return "1,000+" if number > MOST else (str(number) if number else "")


def standard_counts(views: Sequence[DeskView], staff: Staff) -> dict[str, str]:
    """Sizes of the views that counters know, exact, from one query over counters."""
    buckets = buckets_for(staff)
    found = {}
    for view in views:
        if view.counts is not None:
            counts = view.counts
            found[view.key] = _plain(total(bucket for bucket in buckets if counts(bucket, staff)))
    return found


def _plain(number: int) -> str:
    return f"{number:,}" if number else ""


def capped_counts(views: Sequence[DeskView], staff: Staff) -> dict[str, str]:
    """Sizes of the other views, each counted to 1,000, all in one statement; kept for a few seconds."""
    wanted = [view for view in views if view.counts is None and view.is_counted]
    kept = cache.get_many([_key(view, staff) for view in wanted])
    found = {view.key: kept[_key(view, staff)] for view in wanted if _key(view, staff) in kept}
    missing = [view for view in wanted if view.key not in found]
    counted = _count(missing, staff)
    cache.set_many({_key(view, staff): counted[view.key] for view in missing}, timeout=KEPT)
    return found | counted


def kept_counts(views: Sequence[DeskView], staff: Staff) -> dict[str, str]:
    """What is known without counting: for a page that asks for the numbers a moment later."""
    wanted = {_key(view, staff): view.key for view in views if view.counts is None and view.is_counted}
    return {wanted[key]: text for key, text in cache.get_many(list(wanted)).items()}


def _key(view: DeskView, staff: Staff) -> str:
    return f"viewcount:{staff.pk}:{view.key}:{view.filters.as_query()}"


def _count(views: Sequence[DeskView], staff: Staff) -> dict[str, str]:
    parts: list[str] = []
    values: list[Any] = []
    found = {view.key: "" for view in views}
    for nth, view in enumerate(views):
        rows = apply(view.rows(staff), view.filters, staff).order_by().values("pk")[: MOST + 1]
        try:
            sql, given = rows.query.sql_with_params()
        except EmptyResultSet:
            continue
        parts.append(f"SELECT {nth}, count(*) FROM ({sql}) AS counted_{nth}")
        values += given
    if parts:
        with connection.cursor() as cursor:
            cursor.execute(" UNION ALL ".join(parts), values)
            found |= {views[nth].key: as_text(number) for nth, number in cursor.fetchall()}
    return found
