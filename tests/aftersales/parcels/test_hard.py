"""What must hold when processes die, work twice at once, or carriers and customers say what is not so."""

from __future__ import annotations

import json
import os
import signal
import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from aftersales.claims import lapsing
from aftersales.claims.models import Cause, CauseGroup, Claim, ClaimKind, ClaimMove
from aftersales.claims.services import moving
from aftersales.claims.services.moving import move_claim
from aftersales.parcels.choices import ParcelState, ProblemKind, Scan
from aftersales.parcels.errors import NumberTaken
from aftersales.parcels.models import Carrier, CarrierEvent, Parcel, ParcelProblem
from aftersales.parcels.selectors import strays
from aftersales.parcels.services import following, problems
from aftersales.parcels.services.announcing import announce_parcel
from helpdesk.core import clock
from helpdesk.core.actors import SYSTEM
from helpdesk.core.errors import Invalid
from helpdesk.core.models import Event
from tests.aftersales.factories import make_order
from tests.aftersales.parcels.factories import NUMBER, follow, make_awaiting, make_returning, say
from tests.factories import actor, make_staff, make_ticket
from tickets.automation.models import WebhookCall
from tickets.automation.services.webhooks import create_endpoint
from tickets.automation.webhooks.queueing import queue_events
from tickets.models import Message, Ticket

OTHER_NUMBER = "SF0000000000001"
pytestmark = pytest.mark.django_db


def state_of(claim: Claim) -> str:
    return Claim.objects.get(pk=claim.pk).state


def settles_of(claim: Claim) -> int:
    return ClaimMove.objects.filter(claim=claim, name="settle").count()


def die(*_given: Any, **_named: Any) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def in_a_process_that_dies(patched: tuple[Any, str], work: Callable[[], Any]) -> None:
    """Run `work` in a process of its own that is killed (-9) when it comes to what is patched."""
    connection.close()
    child = os.fork()
    if child == 0:
        setattr(*patched, die)
        try:
            work()
        finally:
            os._exit(0)
    _pid, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status), "it never came to the point where it was to die"


@pytest.mark.req("F12", "carrier webhook")
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("patched", "is_paid"),
    [
        ((following, "_refresh"), False),
        ((following, "_move_claim"), False),
        ((moving, "tell_customer"), False),
        ((problems, "ask_for_help"), True),
    ],
    ids=["while working it out", "before the move", "within the move", "after the move"],
)
def test_a_process_that_is_killed_pays_out_once_all_the_same(patched: tuple[Any, str], is_paid: bool) -> None:
    claim = make_returning(on_scan=True)
    follow()
    say()
    in_a_process_that_dies(patched, lambda: following.follow_due(clock.now(), 10))
    assert settles_of(claim) == int(is_paid)
    assert Parcel.objects.get().follow_at is not None, "it is looked at again"
    follow()
    follow()
    assert (state_of(claim), settles_of(claim)) == ("settling", 1)
    assert Message.objects.filter(ticket=claim.ticket, text__contains="on their way to you").count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_sweeps_at_once_pay_out_once() -> None:
    claim = make_returning(on_scan=True)
    say()
    gate = threading.Barrier(4)
    failed: list[BaseException] = []

    def run() -> None:
        try:
            gate.wait(10)
            following.follow_parcel(Parcel.objects.get().pk)
        except BaseException as error:
            failed.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run) for _nth in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert failed == []
    follow()
    assert (state_of(claim), settles_of(claim)) == ("settling", 1)


def test_after_a_dispute_the_scan_of_the_first_parcel_pays_nothing_more() -> None:
    claim = make_returning(on_scan=True)
    say()
    follow()
    # paid out, not solved, approved anew: other goods are to come
    Claim.objects.filter(pk=claim.pk).update(state="settling")
    Claim.objects.filter(pk=claim.pk).update(paid_amount="100.00")
    move_claim(claim.pk, "settled", by=SYSTEM)
    customer = actor(make_staff("ann", role="supervisor"))
    move_claim(claim.pk, "dispute", by=customer, arguments={"words": "Not all of it."})
    Claim.objects.filter(pk=claim.pk).update(verdict="allowed", approval_sides=[])
    move_claim(claim.pk, "approve", by=SYSTEM, arguments={"outcome": "refund", "amount": "100.00"})
    first = Parcel.objects.get()
    Parcel.objects.filter(pk=first.pk).update(is_open=False, received_at=timezone.now())
    given = {"parcel": {"carrier": "sf", "number": OTHER_NUMBER}}
    move_claim(claim.pk, "send_back", by=SYSTEM, arguments=given)
    follow()
    assert state_of(claim) == "returning"
    assert Claim.objects.get(pk=claim.pk).first_scan_at is None


@pytest.mark.req("F4", "no state skipped")
def test_nobody_takes_anothers_number_or_one_that_has_come() -> None:
    make_returning()
    stranger = make_ticket(address="other@customer.example", name="Other")
    second = make_awaiting(ticket=stranger, line=make_order(stranger.customer), on_scan=True)
    given = {"parcel": {"carrier": "sf", "number": NUMBER}}
    with pytest.raises(NumberTaken):
        move_claim(second.pk, "send_back", by=SYSTEM, arguments=given)
    assert state_of(second) == "awaiting_goods"
    # two claims of one customer in one box
    own = Ticket.objects.get(pk=Parcel.objects.get().claim.ticket_id)  # type: ignore[union-attr]
    third = make_awaiting(ticket=own, line=make_order(own.customer))
    move_claim(third.pk, "send_back", by=SYSTEM, arguments=given)
    assert Parcel.objects.filter(number=NUMBER).count() == 2
    say(Scan.DELIVERED)
    follow()
    fourth = make_awaiting(ticket=own, line=make_order(own.customer), on_scan=True)
    with pytest.raises(NumberTaken):
        move_claim(fourth.pk, "send_back", by=SYSTEM, arguments=given)


@pytest.mark.parametrize(
    "given",
    [
        {"carrier": "nobody", "number": NUMBER},
        {"carrier": "sf", "number": "1"},
        {"carrier": "sf", "number": "x" * 100},
        {"carrier": ["sf"], "number": NUMBER},
        "SF1234567890123",
        ["sf", NUMBER],
    ],
    ids=str,
)
def test_a_parcel_that_makes_no_sense_is_refused_and_the_claim_stays(given: Any) -> None:
    claim = make_awaiting()
    with pytest.raises(Invalid) as refusal:
        move_claim(claim.pk, "send_back", by=SYSTEM, arguments={"parcel": given})
    assert "parcel" in refusal.value.fields
    assert state_of(claim) == "awaiting_goods"
    assert Parcel.objects.count() == 0


def test_goods_may_go_without_a_number() -> None:
    claim = make_awaiting()
    move_claim(claim.pk, "send_back", by=SYSTEM, arguments={"parcel": {"carrier": "", "number": ""}})
    assert state_of(claim) == "returning"
    assert Parcel.objects.count() == 0


def test_a_number_given_to_the_wrong_carrier_is_listed_with_its_claim() -> None:
    claim = make_returning()
    Parcel.objects.update(carrier=Carrier.objects.get(key="zto"))
    say()
    follow()
    assert Parcel.objects.get().state == ParcelState.ANNOUNCED
    found = strays()
    assert [(row.number, row.claim) for row in found] == [(NUMBER, claim.number)]


def test_words_that_came_in_the_moment_of_the_announcement_are_found_again() -> None:
    claim = make_returning(on_scan=True)
    follow()
    sf = Carrier.objects.get(key="sf")
    at = timezone.now() + timedelta(minutes=1)
    CarrierEvent.objects.create(carrier=sf, number=NUMBER, scan=Scan.COLLECTED, at=at, mark="m", is_stray=True)
    assert following.adopt_strays() == 1
    follow()
    assert state_of(claim) == "settling"
    assert following.adopt_strays() == 0


@pytest.mark.req("F12", "carrier webhook")
def test_a_lost_parcel_is_one_task_for_the_team_and_ends_when_it_turns_up() -> None:
    claim = make_returning()
    for _time in range(3):
        say(Scan.LOST, words="找不到了")
        follow()
    problem = ParcelProblem.objects.get()
    assert problem.task_id is not None
    task = Ticket.objects.get(pk=problem.task_id)
    assert (problem.kind, task.parent_id, task.team_id) == (ProblemKind.LOST, claim.ticket_id, claim.ticket.team_id)
    assert NUMBER in task.subject
    assert Ticket.objects.filter(parent_id=claim.ticket_id).count() == 1
    say(Scan.DELIVERED)
    follow()
    problem.refresh_from_db()
    assert problem.closed_at is not None


def test_a_parcel_of_which_nothing_is_heard_becomes_a_task_only_where_the_carrier_tells_us_at_all() -> None:
    make_returning()
    follow()
    later = timezone.now() + timedelta(days=4)
    with clock.at(later):
        follow(later)
    assert ParcelProblem.objects.count() == 0
    say(number="SF7777777777777")
    Parcel.objects.update(follow_at=timezone.now())
    follow()
    Carrier.objects.filter(key="sf").update(heard_at=later)
    with clock.at(later):
        follow(later)
    assert ParcelProblem.objects.get().kind == ProblemKind.UNSCANNED
    parcel = Parcel.objects.get()
    say()
    follow()
    assert ParcelProblem.objects.get().closed_at is not None
    assert Parcel.objects.get(pk=parcel.pk).follow_at is not None


def test_what_goes_out_in_two_parcels_is_delivered_with_the_second() -> None:
    claim = make_awaiting(ClaimKind.MISSING_PARTS)
    move_claim(claim.pk, "order_dispatch", by=SYSTEM)
    warehouse = actor(make_staff("wang", role="warehouse"))
    move_claim(claim.pk, "dispatch", by=warehouse, arguments={"parcel": {"carrier": "sf", "number": NUMBER}})
    announce_parcel(claim.pk, {"carrier": "sf", "number": OTHER_NUMBER}, "out", by=warehouse)
    say(Scan.DELIVERED)
    follow()
    assert state_of(claim) == "dispatched"
    say(Scan.DELIVERED, number=OTHER_NUMBER)
    follow()
    assert state_of(claim) == "delivered"


def test_a_visit_is_asked_for_when_the_order_has_arrived() -> None:
    from aftersales.parcels.services.announcing import Tracking, expect_order_parcel

    ticket = make_ticket()
    line = make_order(ticket.customer, state="paid")
    claim = make_awaiting(ClaimKind.DELIVERY_INSTALLATION, ticket=ticket, line=line)
    move_claim(claim.pk, "await_delivery", by=SYSTEM)
    expect_order_parcel(line.order, Tracking(Carrier.objects.get(key="sf"), NUMBER))
    expect_order_parcel(line.order, Tracking(Carrier.objects.get(key="sf"), OTHER_NUMBER))
    say(Scan.DELIVERED)
    follow()
    line.order.refresh_from_db()
    assert (line.order.state, state_of(claim)) == ("shipped", "awaiting_delivery")
    say(Scan.DELIVERED, number=OTHER_NUMBER)
    follow()
    line.order.refresh_from_db()
    assert (line.order.state, state_of(claim)) == ("delivered", "awaiting_visit")


def test_a_delivery_that_only_the_shop_knows_of_asks_for_the_visit_too() -> None:
    ticket = make_ticket()
    claim = make_awaiting(ClaimKind.DELIVERY_INSTALLATION, ticket=ticket, line=make_order(ticket.customer))
    move_claim(claim.pk, "await_delivery", by=SYSTEM)
    assert following.arrange_after_delivery() == 1
    assert state_of(claim) == "awaiting_visit"


def test_a_parcel_that_was_stopped_on_its_way_is_redirected() -> None:
    from aftersales.parcels.services.announcing import Tracking, expect_order_parcel

    ticket = make_ticket()
    line = make_order(ticket.customer, state="shipped")
    claim = make_awaiting(ClaimKind.ADDRESS_CHANGE, ticket=ticket, line=line)
    move_claim(claim.pk, "redirect", by=SYSTEM)
    expect_order_parcel(line.order, Tracking(Carrier.objects.get(key="sf"), NUMBER))
    say(Scan.INTERCEPTED)
    follow()
    assert state_of(claim) == "redirected"


def test_a_move_that_is_refused_is_said_and_tried_again_when_the_claim_has_moved() -> None:
    claim = make_returning(on_scan=True)
    Claim.objects.filter(pk=claim.pk).update(approved_amount=None)
    say()
    follow()
    assert state_of(claim) == "returning"
    assert Parcel.objects.get().held == "settle"
    Claim.objects.filter(pk=claim.pk).update(approved_amount="100.00")
    say(Scan.IN_TRANSIT)
    follow()
    assert state_of(claim) == "settling"
    assert Parcel.objects.get().held == ""


@pytest.mark.req("F4", "no state skipped")
def test_a_claim_whose_goods_never_come_expires_and_one_that_was_scanned_does_not() -> None:
    first = make_awaiting()
    later = timezone.now() + timedelta(days=15)
    assert lapsing.expire_due(timezone.now(), 10) == 0
    with clock.at(later):
        assert lapsing.expire_due(later, 10) == 1
        assert lapsing.expire_due(later, 10) == 0
    assert state_of(first) == "expired"
    bought = first.loaded_lines[0].order_line
    assert bought is not None
    bought.refresh_from_db()
    assert bought.claimed_quantity == 0
    ticket = Ticket.objects.get(pk=first.ticket_id)
    second = make_awaiting(ticket=ticket, line=make_order(ticket.customer))
    announce_parcel(second.pk, {"carrier": "sf", "number": NUMBER}, "back", by=SYSTEM)
    say()
    follow()
    with clock.at(later):
        assert lapsing.expire_due(later, 10) == 0
    assert state_of(second) == "returning"


def test_what_nobody_objects_to_is_closed() -> None:
    Cause.objects.get_or_create(key="pump", defaults={"group": CauseGroup.QUALITY, "name": "Pump"})
    claim = make_returning(on_scan=True)
    say()
    follow()
    Claim.objects.filter(pk=claim.pk).update(paid_amount="100.00")
    move_claim(claim.pk, "settled", by=SYSTEM)
    later = timezone.now() + timedelta(days=8)
    assert lapsing.confirm_due(timezone.now(), 10) == 0
    with clock.at(later):
        assert lapsing.oldest_due() is not None
        assert lapsing.confirm_due(later, 10) == 1
    assert state_of(claim) == "closed"


def test_a_parcel_that_fails_holds_up_none_of_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    broken = make_returning(on_scan=True)
    ticket = Ticket.objects.get(pk=broken.ticket_id)
    sound = make_returning(OTHER_NUMBER, ticket=ticket, line=make_order(ticket.customer), on_scan=True)
    say()
    say(number=OTHER_NUMBER)
    real = following.follow_parcel

    def sometimes(parcel_id: int) -> None:
        if Parcel.objects.get(pk=parcel_id).claim_id == broken.pk:
            raise RuntimeError("broken")
        real(parcel_id)

    monkeypatch.setattr(following, "follow_parcel", sometimes)
    follow()
    assert state_of(sound) == "settling"
    assert Parcel.objects.get(claim=broken).follow_at > timezone.now()  # type: ignore[operator]


def test_a_withdrawn_claim_ends_its_parcels() -> None:
    claim = make_awaiting()
    announce_parcel(claim.pk, {"carrier": "sf", "number": NUMBER}, "back", by=SYSTEM)
    move_claim(claim.pk, "cancel", by=actor(make_staff("ann", role="supervisor")), arguments={})
    say()
    follow()
    assert state_of(claim) == "cancelled"
    assert not Parcel.objects.get().is_open


def test_another_system_is_told_of_a_number_so_that_it_can_subscribe_it() -> None:
    endpoint, _secret = create_endpoint(name="ERP", url="https://erp.example/", events=["parcel.announced"], by=SYSTEM)
    make_returning()
    queue_events(list(Event.objects.order_by("pk")))
    call = WebhookCall.objects.get(endpoint=endpoint)
    told = json.loads(call.body)["data"]
    assert (call.event_name, told["number"], told["carrier"]) == (
        "parcel.announced",
        NUMBER,
        "sf",
    )
