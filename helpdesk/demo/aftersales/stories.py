"""Which claims the demo has, and telling each through the ordinary verbs, every step at its own moment in the past.

Numbers name stories: the first `FEATURED` lead into every state of every kind, one each; then come claims of the months
before, which ended well, so that figures have something to stand on.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from functools import lru_cache

from django.db import transaction
from django.utils import timezone, translation

from aftersales.cases.services.opening import CaseDraft, open_case
from aftersales.claims.machines import MACHINES
from aftersales.claims.models import Claim, ClaimKind, Reason
from aftersales.portal.applying import Applied, apply_for, identity_of
from aftersales.portal.things import thing_of_line
from helpdesk.accounts.models import Team
from helpdesk.core import clock
from helpdesk.core.actors import SYSTEM
from helpdesk.core.models import Delivery, DeliveryStatus, LeasedState
from helpdesk.customers.models import Customer, OrderLine, OrderState
from helpdesk.demo.aftersales import aftermath
from helpdesk.demo.aftersales.goods import Purchase, buy, seed_of
from helpdesk.demo.aftersales.paths import ways_by_state, whole_ways
from helpdesk.demo.aftersales.scenarios import Matter, matters_of
from helpdesk.demo.aftersales.steps import GAPS, LONGER, take
from helpdesk.demo.aftersales.told import Told, as_person, person, picture
from helpdesk.demo.company import PRODUCTS, ProductSeed
from helpdesk.demo.deadlines import let_deadlines_pass
from helpdesk.demo.world import DEMO_CUSTOMER
from tickets.models import FINISHED, Ticket
from tickets.services.assignment import assign_ticket, transfer_ticket
from tickets.services.status import set_status

SOURCE = "demo"
PAST = 60
FIRST = 8  # of a first look
# How the claims of the past months are shared between the kinds.
_COMMON = (
    ClaimKind.RETURN, ClaimKind.REPAIR, ClaimKind.REPAIR, ClaimKind.EXCHANGE, ClaimKind.RETURN, ClaimKind.INSTALLATION,
    ClaimKind.REFUND_ONLY, ClaimKind.PRICE_PROTECTION, ClaimKind.REPAIR, ClaimKind.MISSING_PARTS, ClaimKind.INVOICE,
    ClaimKind.COMPLAINT,
)  # fmt: skip
# What the customer of the demo finds in the portal, and a first look on the desk: (kind, state), the first ones first.
OF_DEMO_CUSTOMER = (
    ("exchange", "dispatched"), ("repair", "awaiting_visit"), ("return", "awaiting_goods"), ("repair", "quoted"),
    ("refund_only", "settled"), ("return", "closed"), ("complaint", "fed_back"), ("return", "rejected"),
)  # fmt: skip


@dataclass(frozen=True)
class Plan:
    """One claim as it will be told: the steps with the hours before each, and when the customer applies."""

    nth: int
    matter: Matter
    steps: tuple[tuple[str, float], ...]
    state: str
    begins_at: datetime
    customer: Customer
    # the number of the story in which they bought the same before
    like: int


@lru_cache(maxsize=1)
def _featured() -> tuple[tuple[str, str], ...]:
    every = ways_by_state()
    return (*OF_DEMO_CUSTOMER, *(one for one in every if one not in OF_DEMO_CUSTOMER))


def number_of_stories() -> int:
    """How many claims are told one by one."""
    return len(_featured()) + PAST


def plan(nth: int) -> Plan:
    """The nth claim: where it leads, and since when."""
    chance = random.Random(nth * 9176)
    featured = _featured()
    past = nth - len(featured)
    if past < 0:
        kind, state = featured[nth]
        steps = ways_by_state()[kind, state]
    else:
        kind = _COMMON[nth % len(_COMMON)]
        steps, state = chance.choice(whole_ways(kind)), "closed"
        if "finish_visit" in steps and past % 4 == 2:
            steps = (*steps[:-1], "dispute", *steps)  # it was not solved: somebody comes again
    # some have the same trouble as a while ago; their number is the former's
    like = nth - len(_COMMON) if past >= len(_COMMON) and past % 11 == 3 else nth
    matters = matters_of(kind)
    gaps = tuple((step, _gap(step, chance)) for step in steps)
    # of the past the oldest are told first, as they happened
    ends_ago = _age(MACHINES[kind].by_key[state].ends, state, PAST - 1 - past if past >= 0 else -1, chance)
    begins_at = timezone.now() - timedelta(hours=ends_ago + sum(hours for _step, hours in gaps))
    return Plan(nth, matters[like % len(matters)], gaps, state, begins_at, customer_of(like), like)


def _gap(step: str, chance: random.Random) -> float:
    low, high = GAPS[step]
    hours = chance.uniform(low, high)
    return hours * LONGER if chance.random() < 0.08 and step != "expire" else hours


def _age(ends: bool, state: str, past: int, chance: random.Random) -> float:
    """How many hours ago the last step was: what waits has not waited long, what is closed lies weeks back."""
    if past >= 0:
        return 24.0 + past * 34 + chance.uniform(0, 20)
    if ends:
        return chance.uniform(3, 400)
    if state in {"visit_arranged", "quoted_on_site"}:
        return chance.uniform(0.3, 5)
    if state == "in_approval" and chance.random() < 0.7:
        return chance.uniform(0.3, 20)
    return chance.uniform(0.3, 60)


@lru_cache(maxsize=1)
def _customers() -> tuple[tuple[Customer, ...], tuple[Customer, ...]]:
    """Those of the demo who speak Chinese and English; the demo's own customer is the first of the former."""
    known = Customer.objects.filter(identities__is_primary=True, identities__kind="email", orders__isnull=False)
    rows = list(known.distinct().order_by("pk")[:80])
    return (
        tuple(row for row in rows if row.language.startswith("zh")),
        tuple(row for row in rows if not row.language.startswith("zh")),
    )


def customer_of(nth: int) -> Customer:
    chinese, english = _customers()
    if nth < len(OF_DEMO_CUSTOMER):
        return Customer.objects.get(identities__value=DEMO_CUSTOMER)
    return english[nth // 3 % len(english)] if nth % 3 == 1 else chinese[1 + nth % (len(chinese) - 1)]


def is_told(nth: int) -> bool:
    return OrderLine.objects.filter(external_id=f"demo-{nth}").exists()


@transaction.atomic
def play(nth: int) -> bool:
    """Tell the nth claim; False when it was told already."""
    if is_told(nth):
        return False
    story = plan(nth)
    chance = random.Random(nth)
    told = _opened(story, chance)
    for step, hours in story.steps:
        take(told, step, hours)
    aftermath.live_on(told)
    _finish(told)
    return True


def _opened(story: Plan, chance: random.Random) -> Told:
    way = tuple(step for step, _hours in story.steps)
    matter, sku = story.matter, ""
    if "quote" in way:  # sold without service on site, and out of its warranty
        matter, sku = replace(matter, days=(760, 900)), ("H60", "R7")[story.nth % 2]
    elif story.like != story.nth:
        former = OrderLine.objects.filter(external_id=f"demo-{story.like}").values_list("product__sku", flat=True)
        sku = former.first() or ""
    line = bought_for(story.nth, matter, story.customer, story.begins_at, chance, sku=sku)
    with clock.at(story.begins_at):
        claim = _case(story, line) if story.matter.kind == ClaimKind.CASE else apply(line, story.matter, story.nth)
    told = Told(story.nth, claim, story.matter, story.begins_at, chance, way)
    _take_up(told)
    return told


def begin(
    nth: int, matter: Matter, customer: Customer, begins_at: datetime, *, city: str = "", lot: str = "", sku: str = ""
) -> Told:
    """A claim that a customer has just applied for, of a story that is told elsewhere."""
    chance = random.Random(nth)
    line = bought_for(nth, matter, customer, begins_at, chance, city=city, lot=lot, sku=sku)
    with clock.at(begins_at):
        claim = apply(line, matter, nth)
    told = Told(nth, claim, matter, begins_at, chance)
    _take_up(told)
    return told


def bought_for(
    nth: int,
    matter: Matter,
    customer: Customer,
    applied_at: datetime,
    chance: random.Random,
    *,
    city: str = "",
    lot: str = "",
    sku: str = "",
) -> OrderLine:
    """What the customer bought before they applied, marked as this story's."""
    days = chance.randint(*matter.days)
    placed = applied_at - timedelta(days=days + 3, hours=chance.uniform(1, 9))
    state, delivered_at = str(OrderState.DELIVERED), placed + timedelta(days=3)
    if not_delivered := _not_delivered(matter):
        state, placed = not_delivered, applied_at - timedelta(days=days, hours=5)
    product = seed_of(sku) if sku else chance.choice(_fitting(nth, matter))
    arrived = delivered_at if state == OrderState.DELIVERED else None
    purchase = Purchase(customer, product, placed, arrived, state, lot, city or _city(matter, nth))
    line = buy(nth, purchase, chance)
    line.external_id = f"demo-{nth}"
    line.save(update_fields=["external_id"])
    return line


def _not_delivered(matter: Matter) -> str:
    """The state of the order of somebody who still waits for it."""
    if matter.kind == ClaimKind.DELIVERY_INSTALLATION:
        return str(OrderState.SHIPPED)
    is_waiting = matter.kind == ClaimKind.ADDRESS_CHANGE or matter.reason == Reason.LATE
    return str(OrderState.PAID) if is_waiting else ""


def _fitting(nth: int, matter: Matter) -> Sequence[ProductSeed]:
    """Products that the matter is about; what goes back is mostly small, so that not everything needs approval."""
    if nth % 19 == 4 and matter.kind == ClaimKind.RETURN:
        return [seed_of(sku) for sku in ("FW2", "CD9", "K1X")]  # what the policy has rules of its own for
    fitting = [seed for seed in PRODUCTS if not matter.categories or seed.category in matter.categories]
    if matter.kind in {ClaimKind.EXCHANGE, ClaimKind.RETURN} and nth % 5:
        return sorted(fitting, key=lambda seed: seed.price)[:4]
    return fitting


def _city(matter: Matter, nth: int) -> str:
    """Somebody has to be able to come."""
    if matter.kind in {ClaimKind.INSTALLATION, ClaimKind.DELIVERY_INSTALLATION, ClaimKind.REPAIR}:
        return ("上海", "杭州", "苏州", "深圳", "上海", "北京", "成都")[nth % 7]
    return ""


def apply(line: OrderLine, matter: Matter, nth: int) -> Claim:
    """The customer applies in the portal, as its form does."""
    customer = line.order.customer
    is_chinese = customer.language.startswith("zh")
    identity = customer.identities.filter(kind="email").order_by("pk")[0]
    applied = Applied(
        thing_of_line(OrderLine.objects.select_related("order__customer", "product").get(pk=line.pk)),
        matter.kind,
        matter.reason,
        f"demo-{nth}",
        words=matter.chinese if is_chinese else matter.english,
        details=_details(matter, line, is_chinese),
        photos=[picture("dent.png" if matter.reason == "damaged" else "label.png")] if matter.has_photos else [],
    )
    with translation.override("zh-hans" if is_chinese else "en"):
        subject = f"{ClaimKind(matter.kind).label}: {line.product.label}"
    return apply_for(
        customer,
        identity_of(customer, identity),
        applied,
        text=f"{subject}\n\n{applied.words}",
        subject=subject,
        language="zh" if is_chinese else "en",
    )


def _details(matter: Matter, line: OrderLine, is_chinese: bool) -> dict[str, object]:
    details: dict[str, object] = {}
    if matter.kind in {ClaimKind.RETURN, ClaimKind.EXCHANGE}:
        details |= {"is_complete": True, "is_opened": matter.reason != Reason.CHANGED_MIND, "is_used": False}
    if matter.kind == ClaimKind.PRICE_PROTECTION:
        details["price_drop"] = "120.00"
    elif matter.kind == ClaimKind.INVOICE:
        details["invoice"] = {
            "kind": "company",
            "title": "上海远山设计有限公司" if is_chinese else "Beacon Design Studio",
            "tax_number": "91310000MA1FL8XQ30",
            "email": "books@mail.demo.example",
        }
    elif matter.kind == ClaimKind.ADDRESS_CHANGE:
        details["address"] = dict(line.order.shipping["address"]) | {
            "street": "新华路 88" if is_chinese else "New Street 88"
        }
    elif matter.kind in {ClaimKind.INSTALLATION, ClaimKind.DELIVERY_INSTALLATION, ClaimKind.REPAIR}:
        details["address"] = dict(line.order.shipping["address"])
    return details


def _case(story: Plan, line: OrderLine) -> Claim:
    """A regulator writes; the desk takes it in."""
    about = Claim.objects.filter(customer=story.customer).exclude(kind=ClaimKind.CASE).order_by("-pk").first()
    authority, body = (("12315", "上海市浦东新区市场监督管理局"), ("12345", "上海市"), ("heimao", ""))[story.nth % 3]
    email = story.customer.identities.filter(kind="email").order_by("pk")[0].value
    draft = CaseDraft(
        authority,
        f"{authority[:4].upper()}-{story.begins_at:%Y%m%d}-{story.nth:04d}",
        story.matter.chinese,
        body=body,
        name=story.customer.name,
        email=email,
        about_id=about.pk if about is not None else None,
        amount=Decimal(500),
    )
    return open_case(draft, by=SYSTEM).claim


def _take_up(told: Told) -> None:
    """The ticket belongs to after-sales, and somebody there has it unless nobody has looked yet."""
    ticket = Ticket.objects.get(pk=told.claim.ticket_id)
    team = Team.objects.get(slug="after-sales")
    with clock.at(told.moment):
        if ticket.team_id != team.pk:
            transfer_ticket(ticket.pk, team=team, by=SYSTEM)
        if told.nth % 4:
            assign_ticket(ticket.pk, to=person(told.agent), by=SYSTEM)
    told.reload()


def _finish(told: Told) -> None:
    """A ticket whose claim is at its end is solved; what was sent then was delivered then."""
    ends = told.claim.place.ends
    ticket = Ticket.objects.get(pk=told.claim.ticket_id)
    if ends and ticket.status_category not in FINISHED and not Claim.objects.open().filter(ticket=ticket).exists():
        told.pass_time(told.chance.uniform(0.1, 2))
        with clock.at(told.moment):
            solution = told.say("Settled with the claim", "随售后申请办结")
            set_status(ticket.pk, "solved", by=as_person(told.agent), solution=solution)
    let_deadlines_pass(ticket.pk, timezone.now())
    delivered(ticket.pk)


def delivered(ticket_id: int) -> None:
    """History was delivered when it happened; the outbox has nothing to do with it."""
    waiting = Delivery.objects.filter(message_delivery__message__ticket_id=ticket_id).exclude(state=LeasedState.DONE)
    for delivery in waiting.select_related("message_delivery__message"):
        moment = delivery.message_delivery.message.release_at or timezone.now()
        Delivery.objects.filter(pk=delivery.pk).update(
            state=LeasedState.DONE, status=DeliveryStatus.DELIVERED, sent_at=moment, finished_at=moment, attempts=1,
            created_at=moment,
        )  # fmt: skip
