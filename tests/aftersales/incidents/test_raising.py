"""An incident is raised by claims, ties them, tells everybody, and closes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, timedelta
from typing import Any

import pytest
from django.db.models import Sum
from django.test import Client
from django.utils import timezone

from aftersales.claims.models import Cause, CauseGroup, Claim
from aftersales.claims.services.opening import ClaimDraft, LineDraft, open_claim
from aftersales.incidents.consuming import count_claims
from aftersales.incidents.models import AlarmRule, DailyClaims, Incident, IncidentTold
from aftersales.incidents.services.tying import tie_claim
from aftersales.incidents.services.watching import look_due, look_for_incidents
from helpdesk.accounts.models import Notification, Staff
from helpdesk.core import clock
from helpdesk.core.actors import SYSTEM
from helpdesk.core.jobs import work_job
from helpdesk.core.models import Event, Job, LeasedState
from helpdesk.customers.models import Customer, Order, OrderLine, OrderState, Product
from tests.aftersales.factories import make_product
from tests.factories import make_customer, make_staff, make_ticket
from tickets.models import Message

pytestmark = pytest.mark.django_db
AsStaff = Callable[[Staff], Client]


def bought(customer: Customer, product: Product, lot: str, *, days_ago: int = 100) -> OrderLine:
    placed = timezone.now() - timedelta(days=days_ago)
    order = Order.objects.create(
        number=f"L-{OrderLine.objects.count()}", customer=customer, state=OrderState.DELIVERED, total=100,
        placed_at=placed, delivered_at=placed + timedelta(days=2),
    )  # fmt: skip
    return OrderLine.objects.create(order=order, product=product, lot=lot, quantity=1, unit_price=100)


def claim_on(product: Product, lot: str = "", *, reason: str = "defect", hours_ago: float = 1) -> Claim:
    with clock.at(timezone.now() - timedelta(hours=hours_ago)):
        ticket = make_ticket(address=f"buyer-{Order.objects.count()}@customer.example")
        line = bought(ticket.customer, product, lot)
        draft = ClaimDraft("repair", reason, order_id=line.order_id, lines=[LineDraft(line.pk)])
        return open_claim(ticket.pk, draft, by=SYSTEM)


def hear() -> None:
    """The event log reaches the room, as the dispatcher brings it."""
    count_claims(list(Event.objects.order_by("pk")))


def work(kind: str) -> int:
    """Every waiting job of the kind, as a worker does it."""
    jobs = list(Job.objects.filter(kind=kind, state=LeasedState.READY).order_by("pk"))
    for job in jobs:
        work_job(job)
        Job.objects.filter(pk=job.pk).update(state=LeasedState.DONE)
    return len(jobs)


@pytest.fixture
def burst() -> tuple[Product, list[Claim]]:
    """Twelve claims on one lot today; its product and twenty others have a quiet past."""
    past = timezone.now().astimezone(UTC).date()
    washer = make_product("Washer W1")
    owner = make_customer()
    others = [make_product(f"Product {number}") for number in range(20)]
    for product in [washer, *others]:
        bought(owner, product, "")
        DailyClaims.objects.bulk_create(
            DailyClaims(product=product, lot="", day=past - timedelta(days=back), count=1) for back in range(5, 90, 9)
        )
    return washer, [claim_on(washer, "L7", hours_ago=number) for number in range(12)]


@pytest.mark.req("F6", "above their usual rate")
@pytest.mark.req("F6", "one incident ties the claims")
def test_twelve_claims_on_a_lot_in_a_day_raise_one_incident_that_has_them_all(
    burst: tuple[Product, list[Claim]],
) -> None:
    washer, claims = burst
    lead = make_staff("lead", role="supervisor")
    make_staff("agent", role="agent")
    hear()
    assert AlarmRule.objects.get().look_at is not None
    assert look_due(timezone.now() + timedelta(minutes=1), 1) == 1
    assert work("incidents.look") == 1
    incident = Incident.objects.get()
    assert (incident.product, incident.lot, incident.count) == (washer, "L7", 12)
    assert incident.p < incident.limit < 0.01
    assert work("incidents.tie") == 12
    incident.refresh_from_db()
    assert incident.tied_count == 12
    assert {tie.claim_id for tie in incident.ties.all()} == {claim.pk for claim in claims}
    told = Notification.objects.get(kind="incident.opened")
    assert (told.staff, told.address) == (lead, f"/incidents/{incident.pk}/")
    # a second look raises nothing new, a later claim joins
    assert look_for_incidents()[0] == []
    late = claim_on(washer, "L7", hours_ago=0)
    count_claims(list(Event.objects.filter(name="claim.opened", data__claim=late.pk)))
    assert work("incidents.tie") == 1
    assert incident.ties.count() == 13


@pytest.mark.req("F5", "joint approval")
def test_a_claim_of_an_incident_that_nobody_has_decided_needs_joint_approval(
    burst: tuple[Product, list[Claim]],
) -> None:
    _washer, claims = burst
    look_for_incidents()
    incident = Incident.objects.get()
    assert tie_claim(incident.pk, claims[0].pk, by=SYSTEM)
    assert not tie_claim(incident.pk, claims[0].pk, by=SYSTEM)
    claims[0].refresh_from_db()
    assert claims[0].approval_sides == ["business", "supply_chain"]


def test_claims_for_other_reasons_and_events_heard_twice_are_not_counted() -> None:
    washer = make_product()
    claim_on(washer, reason="changed_mind")
    claim_on(washer, reason="defect")
    hear()
    assert DailyClaims.objects.aggregate(n=Sum("count"))["n"] == 1


def test_a_quiet_product_raises_nothing() -> None:
    for number in range(8):
        claim_on(make_product(f"P{number}"))
    hear()
    assert look_for_incidents() == ([], 8)


def test_the_claims_of_a_closed_incident_do_not_raise_it_again(
    burst: tuple[Product, list[Claim]], as_staff: AsStaff
) -> None:
    lead = as_staff(make_staff("lead", role="supervisor"))
    hear()
    look_for_incidents()
    work("incidents.tie")
    incident = Incident.objects.get()
    cause = Cause.objects.create(key="pump", group=CauseGroup.values[0], name="Pump")
    answer = lead.post(f"/incidents/{incident.pk}/close/", {"row_version": "1", "cause": "", "words": "Pump"})
    assert answer.status_code == 422
    assert "Pump" in answer.content.decode()
    answer = lead.post(f"/incidents/{incident.pk}/close/", {"row_version": "1", "cause": cause.pk, "words": "Bad pump"})
    assert answer.status_code == 302
    incident.refresh_from_db()
    assert (incident.state, incident.cause) == ("closed", cause)
    assert look_for_incidents()[0] == []


def test_a_message_reaches_each_ticket_once_in_the_customers_language(
    burst: tuple[Product, list[Claim]], as_staff: AsStaff
) -> None:
    _washer, claims = burst
    claims[0].customer.language = "zh-hans"
    claims[0].customer.save()
    lead = as_staff(make_staff("lead", role="supervisor"))
    hear()
    look_for_incidents()
    work("incidents.tie")
    incident = Incident.objects.get()
    form: dict[str, Any] = {
        "row_version": incident.row_version,
        "text_en": "Please stop using it.",
        "text_zh-hans": "请停止使用。",
    }
    assert lead.post(f"/incidents/{incident.pk}/tell/", form | {"text_zh-hans": ""}).status_code == 422
    assert lead.post(f"/incidents/{incident.pk}/tell/", form).status_code == 302
    # pressed again: the version has moved on
    assert lead.post(f"/incidents/{incident.pk}/tell/", form).status_code == 422
    assert work("incidents.tell") == 12
    texts = Message.objects.filter(ticket__in=[claim.ticket_id for claim in claims], text__in=form.values())
    assert texts.count() == 12
    assert texts.get(ticket=claims[0].ticket_id).text == "请停止使用。"
    assert IncidentTold.objects.filter(done_at__isnull=True).count() == 0


@pytest.mark.parametrize(("role", "sees", "leads"), [
    ("agent", False, False), ("lead", False, False), ("supervisor", True, True), ("administrator", True, True),
    ("quality", True, False), ("warehouse", True, False), ("finance", True, False), ("engineer", False, False),
    ("outlet", False, False), ("editor", False, False), ("approver", False, False), ("store_clerk", False, False),
])  # fmt: skip
def test_who_may_see_and_lead_an_incident(
    role: str, sees: bool, leads: bool, burst: tuple[Product, list[Claim]], as_staff: AsStaff
) -> None:
    look_for_incidents()
    incident = Incident.objects.get()
    person = as_staff(make_staff("somebody", role=role))
    assert (person.get("/incidents/").status_code == 200) is sees
    assert (person.get(f"/incidents/{incident.pk}/").status_code == 200) is sees
    assert (person.post(f"/incidents/{incident.pk}/lead/").status_code == 302) is leads


def test_the_page_of_an_incident_costs_the_same_for_every_number_of_claims(
    burst: tuple[Product, list[Claim]], as_staff: AsStaff, django_assert_max_num_queries: Any
) -> None:
    hear()
    look_for_incidents()
    work("incidents.tie")
    lead = as_staff(make_staff("lead", role="supervisor"))
    incident = Incident.objects.get()
    lead.get("/incidents/")
    with django_assert_max_num_queries(10):
        page = lead.get(f"/incidents/{incident.pk}/").content.decode()
    assert "Washer W1" in page
    assert "12 claims came within 24 hours" in page
