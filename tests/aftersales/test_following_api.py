"""What follows a claim, by API: promises, times of visits, parcels, preventive actions, offers to outlets."""

from __future__ import annotations

from datetime import timedelta

import pytest

from aftersales.outlets.services.offering import offer_work
from aftersales.promises.policy import ensure_policy
from aftersales.visits.models import Visit
from aftersales.visits.registrations import ensure_windows
from helpdesk.core import clock
from helpdesk.core.actors import SYSTEM
from helpdesk.core.calendars.filling import ensure_calendars
from tests.aftersales.factories import make_claim
from tests.aftersales.outlets.factories import make_claim_to_visit, make_member, make_outlet
from tests.aftersales.parcels.factories import NUMBER, make_awaiting, say
from tests.aftersales.visits.factories import make_asked
from tests.aftersales.visits.factories import make_engineer as make_own_engineer
from tests.api.conftest import Caller, key_of
from tests.factories import make_staff, make_team, make_ticket
from tickets.models import Message

pytestmark = pytest.mark.django_db


def caller(username: str, role: str, **fields: object) -> Caller:
    staff = make_staff(username, role=role, **fields)  # type: ignore[arg-type]
    return Caller(key_of(staff), staff)


@pytest.fixture
def boss(db: None) -> Caller:
    return caller("boss", "supervisor")


@pytest.mark.req("E4", "promises")
def test_a_program_promises_an_update_and_reads_what_became_of_it(boss: Caller) -> None:
    ensure_policy()
    claim = make_claim()
    api, path = boss, f"claims/{claim.number}/promises/"
    due = clock.now() + timedelta(days=1)
    made = api.post(path, {"due_at": due.isoformat(), "words": "We ask the supplier."})
    assert (made.status_code, made.json()["state"]) == (201, "stands"), made.content
    assert Message.objects.filter(ticket=claim.ticket_id, text__startswith="We ask the supplier.").exists()
    again = api.post(path, {"due_at": (due + timedelta(days=1)).isoformat()})
    assert again.status_code == 201
    assert [row["state"] for row in api.get(path).json()["results"]] == ["stands", "ended"]
    for wrong in ("2020-01-01T00:00:00Z", "2999-01-01T00:00:00Z", "soon"):
        refused = api.post(path, {"due_at": wrong})
        assert (refused.status_code, "due_at" in refused.json()["fields"]) == (400, True), wrong


@pytest.mark.req("F8", "proposed slots")
def test_a_program_finds_a_time_books_it_changes_it_and_gives_it_up(boss: Caller) -> None:
    make_own_engineer("egon")
    visit = make_asked()
    api, path = boss, f"claims/{visit.claim.number}/"
    free = api.get(f"{path}slots/").json()["results"]
    assert len(free) > 3
    booked = api.post(f"{path}booking/", {"slot": free[2]["slot"]})
    assert booked.status_code == 200, booked.content
    assert (booked.json()["state"], booked.json()["window_start"]) == ("booked", free[2]["start"])
    assert booked.json()["engineer"] == "egon"
    moved = api.post(f"{path}booking/", {"slot": free[3]["slot"], "row_version": booked.json()["row_version"]})
    assert (moved.json()["window_start"], moved.json()["rebookings"]) == (free[3]["start"], 1)
    stale = api.post(f"{path}booking/", {"slot": free[2]["slot"], "row_version": 0})
    assert (stale.status_code, stale.json()["code"]) == (409, "visit_changed")
    for wrong in ({"slot": "x"}, {"slot": free[2]["slot"], "engineer": "nobody"}, {}):
        assert api.post(f"{path}booking/", wrong).status_code == 400, wrong
    assert [row["id"] for row in api.get("visits/", state="booked").json()["results"]] == [visit.pk]
    given_up = api.post(f"{path}booking/cancellation/", {"note": "The engineer is ill."})
    assert (given_up.status_code, given_up.json()["state"]) == (200, "asked"), given_up.content
    twice = api.post(f"{path}booking/cancellation/", {})
    assert (twice.status_code, twice.json()["code"]) == (409, "visit_not_possible")
    assert [row["state"] for row in api.get(f"{path}visits/").json()["results"]] == ["asked"]
    without = make_claim()
    assert api.get(f"claims/{without.number}/slots/").json()["results"] == []
    assert api.post(f"claims/{without.number}/booking/", {"slot": free[0]["slot"]}).status_code == 404


def test_a_program_announces_a_parcel_and_reads_what_its_carrier_said(boss: Caller) -> None:
    claim = make_awaiting()
    api, path = boss, f"claims/{claim.number}/parcels/"
    body = {"carrier": "sf", "number": NUMBER.lower(), "direction": "back"}
    made = api.post(path, body)
    assert (made.status_code, made.json()["number"], made.json()["state"]) == (201, NUMBER, "announced"), made.content
    assert api.post(path, body).json()["id"] == made.json()["id"]
    say(words="Arrived at Hangzhou")
    (row,) = api.get(path).json()["results"]
    assert [event["words"] for event in row["events"]] == ["Arrived at Hangzhou"]
    assert [one["id"] for one in api.get(f"orders/{claim.order_id}/parcels/").json()["results"]] == [row["id"]]
    assert api.get("orders/999999999/parcels/").status_code == 404
    for wrong in (
        body | {"number": "?"},
        body | {"carrier": "nobody"},
        body | {"direction": "up"},
        body | {"direction": "out"},
    ):
        assert api.post(path, wrong).status_code == 400, wrong
    elsewhere = make_ticket(address="other@customer.example", external_id="other", rfc_message_id="other@x")
    another = api.post(f"claims/{make_awaiting(ticket=elsewhere).number}/parcels/", body)
    assert (another.status_code, another.json()["code"]) == (409, "parcel_number_taken")


@pytest.mark.req("F10", "preventive actions")
def test_a_program_gives_a_preventive_action_changes_and_ends_it(boss: Caller) -> None:
    claim = make_claim("complaint")
    api, owner = boss, make_staff("ola", role="quality")
    day = (clock.now() + timedelta(days=10)).date()
    body = {"words": "Check the seal.", "owner": "ola", "due_on": day.isoformat()}
    made = api.post(f"claims/{claim.number}/preventive-actions/", body)
    assert (made.status_code, made.json()["owner"]) == (201, "ola"), made.content
    path = f"preventive-actions/{made.json()['id']}/"
    later = (day + timedelta(days=5)).isoformat()
    assert api.call("PATCH", path, {"due_on": later, "row_version": 1}).json()["due_on"] == later
    stale = api.call("PATCH", path, {"words": "Other", "row_version": 1})
    assert (stale.status_code, stale.json()["code"]) == (409, "action_changed")
    hers = Caller(key_of(owner), owner)
    assert [row["owner"] for row in hers.get("preventive-actions/", state="open").json()["results"]] == ["ola"]
    assert hers.post(f"{path}end/", {"is_done": True, "result": " "}).status_code == 400
    ended = hers.post(f"{path}end/", {"is_done": True, "result": "All were checked."})
    assert (ended.status_code, ended.json()["state"]) == (200, "done")
    assert api.post(f"{path}end/", {"is_done": False, "result": "x"}).json()["code"] == "action_ended"
    assert api.post(f"claims/{claim.number}/preventive-actions/", body | {"owner": "nobody"}).status_code == 400
    assert api.get("preventive-actions/", state="x").status_code == 400


@pytest.mark.req("F8", "outlets")
def test_the_asked_outlet_accepts_or_declines_by_api_and_nobody_else(boss: Caller) -> None:
    ensure_calendars()
    ensure_windows()
    first, second = make_outlet(rank=1), make_outlet(rank=2)
    members = {outlet: make_member(outlet) for outlet in (first, second)}
    asked, following = (Caller(key_of(members[one]), members[one]) for one in (first, second))
    order = offer_work(make_claim_to_visit().pk, by=SYSTEM)
    (offer,) = asked.get("work-offers/").json()["results"]
    assert (offer["work_order"], offer["kind"]) == (order.number, "repair")
    path = f"work-offers/{offer['id']}/"
    for stranger in (following, boss):
        assert stranger.get("work-offers/").json()["results"] == []
        assert stranger.post(f"{path}acceptance/").status_code == 404
        assert stranger.post(f"{path}decline/", {"reason": "x"}).status_code == 404
    assert asked.post(f"{path}decline/", {}).status_code == 400
    declined = asked.post(f"{path}decline/", {"reason": "No engineer on that day."})
    assert (declined.status_code, declined.json()["state"]) == (200, "offered"), declined.content
    assert asked.post(f"{path}acceptance/").json()["code"] == "offer_over"
    (again,) = following.get("work-offers/").json()["results"]
    accepted = following.post(f"work-offers/{again['id']}/acceptance/")
    assert (accepted.status_code, accepted.json()["state"]) == (200, "accepted"), accepted.content
    assert Visit.objects.get(claim=order.claim_id).outlet == second


def test_what_follows_another_teams_claim_is_not_there(boss: Caller) -> None:
    claim = make_claim()
    far = caller("far", "agent", teams=(make_team("Elsewhere"),))
    path = f"claims/{claim.number}/"
    due = (clock.now() + timedelta(days=1)).isoformat()
    for answer in (
        *(far.get(f"{path}{part}/") for part in ("promises", "visits", "slots", "parcels")),
        far.post(f"{path}promises/", {"due_at": due}),
        far.post(f"{path}booking/", {"slot": "x"}),
        far.post(f"{path}parcels/", {"number": NUMBER, "direction": "back"}),
        far.post(f"{path}preventive-actions/", {"words": "x", "owner": "far", "due_on": "2999-01-01"}),
    ):
        assert answer.status_code == 404, answer.content
    assert far.get("visits/").json()["results"] == []
    assert far.get("preventive-actions/").json()["results"] == []
