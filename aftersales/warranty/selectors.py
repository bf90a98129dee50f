"""What covers a thing now: its registered covers, else what its product comes with from the delivery on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from aftersales.warranty.calc import Term, covered_until, term_of
from helpdesk.core.company import company_day, company_zone
from helpdesk.customers.models import Cover, OrderLine, Product


@dataclass(frozen=True)
class Warranty:
    """Whether a thing is covered now, and until the end of which day (or when that was); `holds` None: no purchase is known."""

    holds: bool | None
    until: datetime | None


def warranties_of(lines: Sequence[Any], now: datetime) -> dict[tuple[int, str], Warranty]:
    """The warranty of each line's thing, by (product, serial); one query for all of them."""
    wanted = [(line.product_id, line.serial) for line in lines]
    serials = sorted({serial for _product, serial in wanted if serial})
    covers: dict[tuple[int, str], list[Term]] = {}
    if serials:
        rows = Cover.objects.filter(registered__serial__in=serials).select_related("registered", "plan")
        for row in rows:
            term = Term(row.starts_on, row.ends_on, row.plan.covers_accidents)
            covers.setdefault((row.registered.product_id, row.registered.serial), []).append(term)
    today = company_day(now)
    found = {}
    for line in lines:
        key = (line.product_id, line.serial)
        terms = covers.get(key) or _terms_of_sale(line.product, line.order_line)
        found[key] = _warranty(terms, today) if terms is not None else Warranty(None, None)
    return found


def _terms_of_sale(product: Product, bought: OrderLine | None) -> list[Term] | None:
    if not product.warranty_months:
        return []
    if bought is None or bought.order.delivered_at is None:
        return None
    return [term_of(company_day(bought.order.delivered_at), product.warranty_months)]


def _warranty(terms: Sequence[Term], today: date) -> Warranty:
    until = covered_until(terms, today)
    last = until or max((term.ends_on for term in terms), default=None)
    moment = datetime.combine(last, time(23, 59, 59), tzinfo=company_zone()) if last else None
    return Warranty(until is not None, moment)
