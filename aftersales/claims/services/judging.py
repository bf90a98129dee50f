"""What the policy says of an application: its facts are gathered, the rules judge each line, the strictest verdict counts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Count

from aftersales.claims.models import Claim, ClaimLine, Outcome
from aftersales.policy.book import open_book
from aftersales.policy.calc import Judgement, judge, whole_days
from aftersales.policy.facts import ApplicationFacts
from aftersales.warranty.selectors import Warranty, warranties_of
from helpdesk.core.company import company_zone
from helpdesk.customers.models import Customer, Order

_STRICTNESS = {"allowed": 0, "needs_approval": 1, "refused": 2}


@dataclass(frozen=True)
class Application:
    """What is asked, before or after it has become a claim. `details` are the customer's answers (`is_opened`, `is_complete`,
    `is_used`, `has_photos`, `price_drop`)."""

    kind: str
    reason: str
    customer: Customer
    order: Order | None
    lines: Sequence[ClaimLine]
    details: dict[str, object]
    asked: Decimal | None = None


@dataclass(frozen=True)
class Verdicts:
    """The judgement of each line, in their order, and the one that counts for the whole."""

    of_lines: Sequence[Judgement]
    whole: Judgement


def judge_application(application: Application, now: datetime) -> Verdicts:
    """Five queries at most, whatever the number of lines: the book, warranties, repairs, the customer's claims, payments."""
    rules, zone = open_book(), company_zone()
    judged = [judge(rules, facts, zone) for facts in gather(application, now)]
    return Verdicts(judged, max(judged, key=lambda one: _STRICTNESS[one.verdict]))


def gather(application: Application, now: datetime) -> list[ApplicationFacts]:
    """The facts of each line; one set of facts for an application without lines (an invoice, a complaint)."""
    order = application.order
    warranties = warranties_of(application.lines, now)
    repairs = _repairs(application.lines)
    claims = Claim.objects.filter(customer=application.customer, opened_at__gte=now - timedelta(days=365)).count()
    methods = sorted({payment.method for payment in order.payments.all()}) if order else []
    lines: Sequence[ClaimLine | None] = application.lines or [None]
    return [_facts(application, line, now, warranties, repairs, claims, methods) for line in lines]


def _facts(
    application: Application,
    line: ClaimLine | None,
    now: datetime,
    warranties: dict[tuple[int, str], Warranty],
    repairs: dict[tuple[int, str], int],
    claims: int,
    methods: Sequence[str],
) -> ApplicationFacts:
    order, zone = application.order, company_zone()
    product = line.product if line else None
    warranty = warranties.get((line.product_id, line.serial)) if line else None
    return ApplicationFacts(
        kind=application.kind,
        reason=application.reason,
        now=now,
        category=product.category if product else "",
        traits=tuple(product.traits) if product else (),
        level=application.customer.level,
        order_state=order.state if order else "",
        source=order.source if order else "",
        days_since_order=whole_days(order.placed_at, now, zone) if order else None,
        days_since_delivery=whole_days(order.delivered_at, now, zone) if order else None,
        delivered_at=order.delivered_at if order else None,
        ordered_at=order.placed_at if order else None,
        is_in_warranty=warranty.holds if warranty else None,
        warranty_until=warranty.until if warranty else None,
        repairs=repairs.get((line.product_id, line.serial), 0) if line else 0,
        is_serviced_on_site=bool(product and product.is_serviced_on_site),
        quantity=line.quantity if line else 1,
        paid=_paid(line),
        asked=application.asked,
        claims_last_year=claims,
        payment_methods=methods,
        **_answers(application.details),
    )


def _repairs(lines: Sequence[ClaimLine]) -> dict[tuple[int, str], int]:
    """How often each thing, by (product, serial), has been repaired."""
    serials = sorted({line.serial for line in lines if line.serial})
    if not serials:
        return {}
    done = ClaimLine.objects.filter(serial__in=serials, claim__outcome=Outcome.REPAIR, claim__state="closed")
    rows = done.values_list("product_id", "serial").annotate(times=Count("pk"))
    return {(product, serial): times for product, serial, times in rows}


def _paid(line: ClaimLine | None) -> Decimal:
    bought = line.order_line if line else None
    if line is None or bought is None:
        return Decimal(0)
    return (bought.paid * line.quantity / bought.quantity).quantize(Decimal("0.01"))


def _answers(details: dict[str, object]) -> dict[str, Any]:
    known: dict[str, Any] = {name: details.get(name) for name in ("is_opened", "is_complete", "is_used")}
    known["has_photos"] = bool(details.get("has_photos"))
    known["price_drop"] = Decimal(str(details.get("price_drop") or 0))
    return known
