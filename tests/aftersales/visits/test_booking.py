"""A time is chosen, changed and given up; two people cannot have the same one."""

from __future__ import annotations

import pytest

from aftersales.claims.models import Claim, ClaimKind
from aftersales.claims.services.moving import move_claim
from aftersales.visits.errors import SlotTaken, VisitNotPossible
from aftersales.visits.models import Visit, VisitNeed, VisitResult, VisitState
from aftersales.visits.services.booking import assign_engineer, book, cancel, rebook
from aftersales.visits.services.working import check_in, finish
from helpdesk.core.actors import SYSTEM, Actor
from helpdesk.core.errors import Forbidden, Invalid, NotFound
from helpdesk.customers.models import Customer
from tests.aftersales.visits.factories import make_area, make_asked, make_engineer, make_skill, slots_of
from tests.factories import actor, make_staff
from tickets.models import Message

pytestmark = pytest.mark.django_db


def customer_of(visit: Visit) -> Actor:
    return Actor.of_customer(Customer.objects.get(pk=visit.claim.customer_id))


def test_a_claim_that_needs_a_visit_has_one_with_its_address_area_and_needs() -> None:
    area, skill = make_area(), make_skill()
    VisitNeed.objects.create(kind="", minutes=45)
    VisitNeed.objects.create(kind=ClaimKind.INSTALLATION, skill=skill, minutes=90)
    visit = make_asked()
    assert (visit.state, visit.area, visit.skill, visit.minutes) == (VisitState.ASKED, area, skill, 90)
    assert visit.address["street"] == "文三路 9 号"


@pytest.mark.req("F8", "proposed slots")
def test_only_engineers_with_the_skill_and_the_area_are_offered() -> None:
    area, other = make_area(), make_area("Ningbo", postcodes=["315"], cities=["宁波"])
    skill = make_skill()
    VisitNeed.objects.create(kind="", skill=skill, minutes=60)
    make_engineer("elsewhere", areas=(other,), skills=(skill,))
    make_engineer("unskilled", areas=(area,))
    visit = make_asked()
    assert slots_of(visit) == []
    right = make_engineer("right", areas=(area,), skills=(skill,))
    slots = slots_of(visit)
    assert slots
    book(visit.pk, slots[0].key, by=SYSTEM)
    assert Visit.objects.get(pk=visit.pk).engineer == right


def test_a_booked_time_moves_the_claim_and_tells_the_customer_when() -> None:
    make_engineer()
    visit = make_asked()
    slot = slots_of(visit)[3]
    book(visit.pk, slot.key, by=customer_of(visit))
    visit.refresh_from_db()
    assert visit.state == VisitState.BOOKED
    assert visit.window == (slot.start, slot.end)
    assert visit.confirmed_at is not None
    assert visit.assigned_at is not None
    assert Claim.objects.get(pk=visit.claim_id).state == "visit_arranged"
    told = Message.objects.filter(ticket_id=visit.claim.ticket_id).latest("pk").text
    assert "is arranged: " in told


def test_a_full_time_is_refused_and_no_longer_offered() -> None:
    make_engineer(most_a_day=1)
    first, second = make_asked(), make_asked()
    slot = slots_of(first)[0]
    book(first.pk, slot.key, by=customer_of(first))
    with pytest.raises(SlotTaken):
        book(second.pk, slot.key, by=customer_of(second))
    second.refresh_from_db()
    assert second.state == VisitState.ASKED
    assert Claim.objects.get(pk=second.claim_id).state == "awaiting_visit"
    assert slot.key not in [one.key for one in slots_of(second)]


@pytest.mark.parametrize("key", ["", "tomorrow", "20261124T0100Z", "20261124T0100Z-0", "20261124T0100Z-x", None, 7])
def test_what_is_no_time_is_refused_in_words(key: object) -> None:
    make_engineer()
    visit = make_asked()
    with pytest.raises(Invalid):
        book(visit.pk, key, by=customer_of(visit))


def test_a_customer_cannot_choose_a_time_that_is_not_offered() -> None:
    make_engineer()
    visit = make_asked()
    slot = slots_of(visit)[0]
    day, _dash, _length = slot.key.partition("-")
    with pytest.raises(SlotTaken):
        book(visit.pk, f"{day}-45", by=customer_of(visit))


def test_a_stranger_does_not_know_of_the_visit() -> None:
    make_engineer()
    visit = make_asked()
    slot = slots_of(visit)[0]
    stranger = Actor.of_customer(Customer.objects.create(name="Somebody else"))
    with pytest.raises(NotFound):
        book(visit.pk, slot.key, by=stranger)


def test_the_customer_takes_another_time_and_is_told() -> None:
    make_engineer()
    visit = make_asked()
    slots = slots_of(visit)
    book(visit.pk, slots[0].key, by=customer_of(visit))
    rebook(visit.pk, slots[5].key, by=customer_of(visit))
    visit.refresh_from_db()
    assert visit.window == (slots[5].start, slots[5].end)
    assert visit.rebookings == 1
    assert "has another time" in Message.objects.filter(ticket_id=visit.claim.ticket_id).latest("pk").text


def test_a_visit_that_is_given_up_waits_for_another_time() -> None:
    make_engineer()
    visit = make_asked()
    book(visit.pk, slots_of(visit)[0].key, by=SYSTEM)
    cancel(visit.pk, by=customer_of(visit), note="away")
    visit.refresh_from_db()
    assert (visit.state, visit.engineer, visit.window) == (VisitState.ASKED, None, None)
    assert Claim.objects.get(pk=visit.claim_id).state == "awaiting_visit"


def test_a_withdrawn_claim_ends_its_visit() -> None:
    make_engineer()
    visit = make_asked()
    book(visit.pk, slots_of(visit)[0].key, by=SYSTEM)
    move_claim(visit.claim_id, "cancel", by=SYSTEM)
    visit.refresh_from_db()
    assert visit.state == VisitState.CANCELLED


def test_the_engineer_checks_in_and_finishes_once_however_often_it_is_sent() -> None:
    engineer = make_engineer("goes")
    visit = make_asked()
    book(visit.pk, slots_of(visit)[0].key, by=SYSTEM)
    by = actor(engineer.staff)
    with pytest.raises(VisitNotPossible):
        finish(visit.pk, VisitResult.DONE, by=by)
    check_in(visit.pk, by=by)
    check_in(visit.pk, by=by)
    finish(visit.pk, VisitResult.DONE, by=by, work="Hose replaced")
    finish(visit.pk, VisitResult.DONE, by=by, work="Hose replaced")
    visit.refresh_from_db()
    assert (visit.state, visit.result, visit.work) == (VisitState.FINISHED, VisitResult.DONE, "Hose replaced")
    claim = Claim.objects.get(pk=visit.claim_id)
    assert claim.state == "installed"
    assert claim.moves.filter(name="finish_visit").count() == 1


def test_nobody_closes_somebody_elses_visit() -> None:
    make_engineer("goes")
    visit = make_asked()
    book(visit.pk, slots_of(visit)[0].key, by=SYSTEM)
    other = make_engineer("other")
    for by in (actor(other.staff), actor(make_staff("leads", role="lead"))):
        with pytest.raises((Forbidden, NotFound)):
            check_in(visit.pk, by=by)
    visit.refresh_from_db()
    assert visit.state == VisitState.BOOKED


def test_nobody_at_home_asks_for_another_visit() -> None:
    engineer = make_engineer("goes")
    visit = make_asked()
    book(visit.pk, slots_of(visit)[0].key, by=SYSTEM)
    by = actor(engineer.staff)
    check_in(visit.pk, by=by)
    finish(visit.pk, VisitResult.NOBODY_HOME, by=by, note="Rang twice")
    again = Visit.objects.filter(claim_id=visit.claim_id).latest("pk")
    assert again.pk != visit.pk
    assert (again.state, again.address) == (VisitState.ASKED, visit.address)
    assert Claim.objects.get(pk=visit.claim_id).state == "awaiting_visit"


def test_a_lead_gives_the_visit_to_another_engineer_at_the_same_time() -> None:
    make_engineer("goes")
    visit = make_asked()
    book(visit.pk, slots_of(visit)[0].key, by=SYSTEM)
    other = make_engineer("other")
    lead = actor(make_staff("leads", role="lead"))
    before = Visit.objects.get(pk=visit.pk).window
    assign_engineer(visit.pk, other.pk, by=lead)
    visit.refresh_from_db()
    assert (visit.engineer, visit.window, visit.is_pinned) == (other, before, True)
    with pytest.raises(Forbidden):
        assign_engineer(visit.pk, other.pk, by=actor(other.staff))
