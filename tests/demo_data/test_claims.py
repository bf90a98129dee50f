"""The demo's claims: every state of every kind is reached through the ordinary verbs, told in the past, and told once."""

from __future__ import annotations

from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import call_command
from django.test import Client
from django.utils import timezone

from aftersales.approvals.models import Approval
from aftersales.claims.machines import MACHINES
from aftersales.claims.models import Claim, ClaimMove
from helpdesk.core.registries import first_rows
from helpdesk.demo import world as company
from helpdesk.demo.aftersales import stories, today, world
from helpdesk.demo.aftersales.paths import ways_by_state
from helpdesk.demo.aftersales.told import person
from helpdesk.demo.management.commands.demo_seed import ALL, QUICK, claim_stories, claims_beside

# One of each machine, at places where rooms of their own do something: parcels, money, a visit, an outlet, approvers.
TOLD = (
    ("return", "settled"),
    ("exchange", "awaiting_payment"),
    ("repair", "installed"),
    ("repair", "quoted"),
    ("delivery_installation", "awaiting_parts"),
    ("return", "expired"),
    ("invoice", "closed"),
    ("complaint", "closed"),
    ("case", "answered"),
)


@pytest.fixture
def demo_world(db: None, settings: object) -> None:
    settings.DEMO = True  # type: ignore[attr-defined]
    settings.DEMO_PASSWORD = "demo"  # type: ignore[attr-defined]
    for first_row in first_rows.values():
        first_row()
    stories._customers.cache_clear()
    person.cache_clear()
    company.build()
    world.build()


def nth_of(kind: str, state: str) -> int:
    return stories._featured().index((kind, state))


def test_the_ways_lead_into_every_state_of_every_kind() -> None:
    every = {(kind, state.key) for kind, machine in MACHINES.items() for state in machine.states}
    assert set(ways_by_state()) == every


def test_each_claim_of_the_demo_is_told_once_beside_the_tickets() -> None:
    first = [play for nth in range(QUICK) for play in claims_beside(nth, QUICK, 0)]
    rest = [play for nth in range(ALL - QUICK) for play in claims_beside(nth, ALL - QUICK, QUICK)]
    assert len(first) == stories.FIRST
    assert sorted(map(str, first + rest)) == sorted(map(str, claim_stories()))


@pytest.mark.req("F1", "every kind of claim")
@pytest.mark.usefixtures("demo_world")
def test_claims_reach_their_states_by_moves_that_lie_in_the_past() -> None:
    for kind, state in TOLD:
        nth = nth_of(kind, state)
        assert stories.play(nth)
        claim = Claim.objects.get(lines__order_line__external_id=f"demo-{nth}") if kind != "case" else (
            Claim.objects.get(kind="case")
        )  # fmt: skip
        assert (claim.kind, claim.state) == (kind, state)
        moments = list(ClaimMove.objects.filter(claim=claim).order_by("pk").values_list("at", flat=True))
        assert moments == sorted(moments)
        assert moments[-1] <= timezone.now()
        assert not stories.play(nth)
    assert Claim.objects.count() == len(TOLD)


@pytest.mark.usefixtures("demo_world")
def test_what_a_person_has_to_decide_waits_on_their_page() -> None:
    assert stories.play(nth_of("return", "in_approval"))
    approval = Approval.objects.get(state="asked")
    client = Client()
    client.force_login(approval.approver, backend="helpdesk.accounts.backends.StaffBackend")
    assert approval.claim.number in client.get("/approvals/").content.decode()


@pytest.mark.usefixtures("demo_world")
def test_twelve_claims_on_one_lot_raise_an_incident_that_somebody_leads() -> None:
    from aftersales.incidents.models import Incident

    for nth in range(today.BATCH):
        assert today.batch_claim(nth)
    today.raise_incident()
    incident = Incident.objects.get()
    assert (incident.lot, incident.count) == (today.LOT, today.BATCH)
    assert incident.lead is not None


@pytest.mark.usefixtures("demo_world")
def test_the_demos_engineer_has_visits_today_and_tomorrow() -> None:
    from aftersales.visits.models import Visit

    for nth in (0, 4, 5, 9):
        assert today.visit(nth)
    visits = Visit.objects.filter(engineer__staff__username="engineer")
    assert visits.filter(window_start__gte=timezone.now() + timedelta(hours=1)).exists()
    assert not visits.filter(state="booked", window_end__lt=timezone.now() - timedelta(hours=1)).exists()


@pytest.mark.usefixtures("demo_world")
def test_a_first_look_has_claims_beside_its_tickets() -> None:
    call_command("demo_seed", "--quick", stdout=StringIO())
    assert Claim.objects.count() == stories.FIRST
