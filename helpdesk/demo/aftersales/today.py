"""What is going on today: visits of the demo's engineer, work that an outlet is asked about, a batch with a fault, things that
customers registered."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from aftersales.claims.models import ClaimKind
from aftersales.incidents.models import Incident
from aftersales.incidents.services.leading import take_lead
from aftersales.incidents.services.watching import look_for_incidents
from aftersales.outlets.services.offering import offer_work
from aftersales.parcels.choices import Scan
from aftersales.parcels.models import Parcel, ParcelProblem
from aftersales.parcels.services.following import follow_parcel
from aftersales.parcels.services.recording import ScanDraft, Shipment, record_shipment
from aftersales.visits.models import DayPlan, Engineer, VisitState, VisitWindow
from aftersales.visits.services.planning import ask_day_plan
from aftersales.visits.services.working import check_in
from aftersales.visits.slots import Slot, windows_of
from aftersales.warranty.calc import extended, term_of
from aftersales.warranty.services.registering import register_product
from helpdesk.core import clock
from helpdesk.core.actors import Actor
from helpdesk.core.company import company_day
from helpdesk.core.errors import Refused
from helpdesk.customers.models import Cover, CoverPlan, Import, ImportKind, OrderLine, RegisteredProduct
from helpdesk.customers.services.imports import start_import
from helpdesk.demo.aftersales.scenarios import Matter, matters_of
from helpdesk.demo.aftersales.steps import take
from helpdesk.demo.aftersales.stories import begin, customer_of, delivered, is_told
from helpdesk.demo.aftersales.told import Told, as_person
from helpdesk.demo.aftersales.visiting import finish_visit, open_visit

LOT = "W10P-2609B"
# So many claims about one lot in a day.
BATCH = 12
# Today's and tomorrow's windows in which the demo's engineer has a visit.
WINDOWS = range(5)
_VISITS, _OFFERS, _BATCH = 5000, 5100, 5200


def stories() -> list[tuple[Callable[[int], bool], int]]:
    """All of it that is told claim by claim: the demo engineer's today and tomorrow, offers to outlets, the batch."""
    return [
        *((visit, nth) for nth in range(2 * len(WINDOWS))),
        *((offer, nth) for nth in range(2)),
        *((batch_claim, nth) for nth in range(BATCH)),
    ]


def settle() -> None:
    """What follows when all claims are told: the incident, tomorrow's routes, things with their covers."""
    raise_incident()
    plan_tomorrow()
    lose_a_parcel()
    register_things()
    import_things()


def window_of(nth: int) -> Slot:
    """The nth window of today and tomorrow."""
    day = company_day(timezone.now()) + timedelta(days=nth // len(WINDOWS))
    return windows_of(day, list(VisitWindow.objects.all()))[nth % len(WINDOWS)]


@transaction.atomic
def visit(nth: int) -> bool:
    """A visit of the demo's engineer in that window; one that lies behind us is carried out."""
    slot, nth = window_of(nth), _VISITS + nth
    if is_told(nth):
        return False
    now = timezone.now()
    begins = min(slot.start - timedelta(hours=30), now - timedelta(hours=6))
    kind = (ClaimKind.REPAIR, ClaimKind.INSTALLATION)[nth % 2]
    told = begin(nth, matters_of(kind)[0], customer_of(nth), begins, city="上海" if nth % 3 else "Shanghai")
    for step, hours in (("approve", 2.0), ("ask_visit", 0.5)):
        take(told, step, hours)
    told.pass_time(1.0)
    engineer = Engineer.objects.get(staff__username="engineer")
    try:
        with transaction.atomic():
            told.move("arrange", as_person("supervisor"), slot={"slot": slot.key, "engineer": engineer.pk})
    except Refused:
        take(told, "arrange", 0.5)  # the day is full: whoever has time
    _carry_out(told, slot)
    delivered(told.claim.ticket_id)
    return True


def _carry_out(told: Told, slot: Slot) -> None:
    """Finished when its window is over, begun within it, else still to come."""
    now = timezone.now()
    if slot.end < now - timedelta(minutes=20):
        finish_visit(told, "done")
    elif slot.start < now - timedelta(minutes=40):
        booked = open_visit(told)
        if booked is not None and booked.state == VisitState.BOOKED and booked.engineer is not None:
            with clock.at(now - timedelta(minutes=15)):
                check_in(booked.pk, by=Actor.of_staff(booked.engineer.staff))


def plan_tomorrow() -> None:
    """The routes of tomorrow, worked out by a worker."""
    day = company_day(timezone.now()) + timedelta(days=1)
    if not DayPlan.objects.filter(on=day).exists():
        ask_day_plan(day, by=as_person("supervisor"))


@transaction.atomic
def offer(nth: int) -> bool:
    """Work where nobody of the company goes: an outlet is asked about it at this moment."""
    number = _OFFERS + nth
    if is_told(number):
        return False
    begins = timezone.now() - timedelta(hours=5)
    told = begin(number, matters_of(ClaimKind.REPAIR)[0], customer_of(number), begins, city=("深圳", "成都")[nth % 2])
    for step, hours in (("approve", 1.0), ("ask_visit", 0.3)):
        take(told, step, hours)
    told.pass_time(4.0)
    with clock.at(told.moment):
        offer_work(told.claim.pk, by=as_person("supervisor"))
    delivered(told.claim.ticket_id)
    return True


@transaction.atomic
def batch_claim(nth: int) -> bool:
    """One of the claims about the lot with a fault."""
    number = _BATCH + nth
    if is_told(number):
        return False
    chance = random.Random(number)
    matter: Matter = replace(matters_of(ClaimKind.REPAIR)[0], days=(20, 60))
    begins = timezone.now() - timedelta(hours=1 + nth * 1.6)
    told = begin(number, matter, customer_of(number), begins, lot=LOT, sku="W10P")
    if chance.random() < 0.4:
        take(told, "approve", 0.5)
    delivered(told.claim.ticket_id)
    return True


def raise_incident() -> None:
    """What the alarm sees of it; a supervisor leads it."""
    look_for_incidents()
    for incident in Incident.objects.filter(lot=LOT, lead=None):
        take_lead(incident.pk, by=as_person("supervisor"))


def lose_a_parcel() -> None:
    """A carrier cannot find a parcel any more, and another tells of a number that nobody knows."""
    now = timezone.now()
    parcel = (
        Parcel.objects.filter(claim__state="dispatched", is_open=True).select_related("carrier").order_by("pk").last()
    )
    if parcel is None or ParcelProblem.objects.exists():
        return
    lost = ScanDraft(Scan.LOST, now - timedelta(hours=2), "包裹遗失，正在核查", "上海转运中心")
    record_shipment(Shipment(parcel.number, parcel.carrier.key, [lost]), source="")
    follow_parcel(parcel.pk)
    stray = ScanDraft(Scan.DELIVERED, now - timedelta(hours=5), "已签收：仓库", "上海")
    record_shipment(Shipment("SF1390007712045", "sf", [stray]), source="")


def register_things(most: int = 30) -> None:
    """Customers enter serial numbers; every fourth has bought two years more."""
    if RegisteredProduct.objects.exists():
        return
    lines = OrderLine.objects.filter(order__delivered_at__isnull=False).exclude(serial="")
    care = CoverPlan.objects.get(key="care-24")
    for nth, line in enumerate(
        lines.select_related("order__customer", "product").order_by("order__customer_id", "pk")[:most]
    ):
        customer = line.order.customer
        try:
            row = register_product(customer, serial=line.serial, by=Actor.of_customer(customer, origin="portal"))
        except Refused:
            continue
        if nth % 4 == 0 and row.purchased_on is not None:
            base = term_of(row.purchased_on, line.product.warranty_months)
            more = extended(base, care.months)
            Cover.objects.get_or_create(
                registered=row, plan=care, starts_on=more.starts_on,
                defaults={"ends_on": more.ends_on, "order_number": line.order.number},
            )  # fmt: skip


def import_things() -> None:
    """The administrator has taken serial numbers from a table, one row of which names a product that nobody sells."""
    if Import.objects.exists():
        return
    rows = [f"K2,K2{2600 + nth}X{nth:05d},K2-2610" for nth in range(40)] + ["K99,K99000001,"]
    raw = "\n".join(["sku,serial,lot", *rows]).encode()
    start_import(ImportKind.THINGS, "serial-numbers-november.csv", raw, by=as_person("admin"))
