"""A person promises the customer by when we write: told, shown, reminded of before it, kept by a person's answer (E4)."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from django.test import Client

from aftersales.claims.models import Claim, ClaimKind
from aftersales.promises.models import Promise
from aftersales.promises.policy import ensure_policy
from aftersales.promises.selectors import promises_of
from aftersales.promises.services.promising import promise_update
from helpdesk.accounts.models import Notification
from helpdesk.core import clock as time
from helpdesk.core.actors import SYSTEM, Actor
from helpdesk.core.errors import Forbidden, Invalid
from tests.aftersales.factories import make_claim, make_order
from tests.aftersales.portal.conftest import signed_in
from tests.aftersales.promises.test_clocks import customer, moved, of, promised  # noqa: F401 — a fixture
from tests.factories import make_staff
from tests.sla.conftest import MONDAY, Desk, after, desk  # noqa: F401 — a fixture
from tickets.models import Message, Ticket
from tickets.services.replying import Reply, reply_to_ticket
from tickets.sla.book import open_book
from tickets.sla.facts import facts_of
from tickets.sla.models import ClockState, Policy
from tickets.sla.services.missing import find_faults
from tickets.sla.services.presets import apply_preset
from tickets.sla.sweep import sweep_clocks

pytestmark = pytest.mark.django_db


@pytest.fixture
def claim(promised: Desk) -> Claim:  # noqa: F811
    """On a ticket whose own policy knows nothing of promises."""
    ensure_policy()
    ticket = promised.arrive(MONDAY, kind="repair")
    Ticket.objects.filter(pk=ticket.pk).update(owner=promised.agent)
    with time.at(MONDAY):
        return make_claim(ClaimKind.RETURN, ticket=ticket, line=make_order(ticket.customer))


def typed(moment: datetime) -> str:
    return moment.astimezone(ZoneInfo("Asia/Shanghai")).strftime("%Y-%m-%dT%H:%M")


def browser_of(desk: Desk) -> Client:  # noqa: F811
    client = Client()
    client.force_login(desk.agent, backend="helpdesk.accounts.backends.StaffBackend")
    return client


def promise(client: Client, claim: Claim, due: datetime, at: datetime, words: str = "") -> int:
    claim.refresh_from_db()
    given = {"due_at": typed(due), "words": words, "row_version": claim.row_version}
    with time.at(at):
        return client.post(f"/claims/{claim.number}/promises/new/", given).status_code


@pytest.mark.req("E4", "promises")
def test_a_promised_update_is_told_shown_reminded_of_and_kept_by_an_answer(promised: Desk, claim: Claim) -> None:  # noqa: F811
    browser, portal = browser_of(promised), signed_in(claim.customer)
    assert "Promise an update" in browser.get(f"/claims/{claim.number}/panels/").content.decode()
    assert promise(browser, claim, after(21), after(1)) == 302
    told = Message.objects.filter(ticket=claim.ticket_id, direction="out").latest("pk")
    assert "Tue 3 Mar 07:00" in told.text
    assert claim.number in told.text
    its = of(claim, "customer_update")
    assert (its.subject_kind, its.due_at, its.state) == ("promise", after(21), ClockState.RUNNING)
    with time.at(after(2)):
        assert "We write to you by" in portal.get(f"/portal/claims/{claim.number}/").content.decode()
        assert "Promised update" in browser.get(f"/claims/{claim.number}/").content.decode()
    mine = Notification.objects.filter(staff=promised.agent, data__metric="customer_update")
    sweep_clocks(after(10), 100)
    assert not mine.exists()
    sweep_clocks(after(12), 100)  # half of the twenty hours have passed
    assert [row.kind for row in mine] == ["clock.warned"]
    with time.at(after(20)):
        reply_to_ticket(claim.ticket_id, Reply("The supplier has answered."), by=Actor.of_staff(promised.agent))
    its.refresh_from_db()
    assert (its.state, its.breached_at) == (ClockState.MET, None)
    assert [one.state for one in promises_of(claim)] == ["kept"]
    assert "Kept" in browser.get(f"/claims/{claim.number}/panels/").content.decode()
    assert "We write to you by" not in portal.get(f"/portal/claims/{claim.number}/").content.decode()


@pytest.mark.req("E4", "promises")
def test_the_customer_reads_until_when_it_is_expected_to_be_settled(promised: Desk, claim: Claim) -> None:  # noqa: F811
    portal = signed_in(claim.customer)
    with time.at(after(2)):
        shown = portal.get(f"/portal/claims/{claim.number}/").content.decode()
    assert of(claim, "cycle").due_at == after(72)
    assert "Expected to be settled by" in shown
    with time.at(after(80)):  # nothing is expected of a moment that has passed
        assert "Expected to be settled by" not in portal.get(f"/portal/claims/{claim.number}/").content.decode()


def test_a_promise_that_is_missed_is_told_and_stays_on_record(promised: Desk, claim: Claim) -> None:  # noqa: F811
    browser, portal = browser_of(promised), signed_in(claim.customer)
    promise(browser, claim, after(5), after(1))
    sweep_clocks(after(6), 100)
    kinds = set(Notification.objects.filter(data__metric="customer_update").values_list("staff__username", "kind"))
    assert {("ann", "clock.breached"), ("lena", "clock.breached")} <= kinds
    with time.at(after(6)):
        assert "We are late, and we are sorry" in portal.get(f"/portal/claims/{claim.number}/").content.decode()
    promise(browser, claim, after(12), after(7), words="The part comes tomorrow.")
    written = Message.objects.filter(ticket=claim.ticket_id, direction="out").latest("pk")
    assert written.text.startswith("The part comes tomorrow.")
    assert not written.is_auto
    # the person's words keep the first, late; the second stands
    assert [one.state for one in promises_of(claim)] == ["stands", "kept_late"]
    moved(claim, "cancel", after(8), by=customer(claim))
    claim.refresh_from_db()
    assert [one.state for one in promises_of(claim)] == ["ended", "kept_late"]


def test_a_new_promise_without_words_replaces_the_one_that_stands(promised: Desk, claim: Claim) -> None:  # noqa: F811
    browser = browser_of(promised)
    promise(browser, claim, after(5), after(1))
    promise(browser, claim, after(9), after(2))
    assert [(one.state, one.promise.due_at) for one in promises_of(claim)] == [
        ("stands", after(9)),
        ("ended", after(5)),
    ]
    assert of(claim, "customer_update").due_at == after(9)


def test_what_cannot_be_promised_is_refused_and_nothing_typed_is_lost(promised: Desk, claim: Claim) -> None:  # noqa: F811
    browser = browser_of(promised)
    address = f"/claims/{claim.number}/promises/new/"
    for due in (typed(after(-1)), typed(after(24 * 200)), "soon", ""):
        with time.at(after(1)):
            answer = browser.post(
                address, {"due_at": due, "words": "We look into it.", "row_version": claim.row_version}
            )
        assert answer.status_code == 422, due
        assert "We look into it." in answer.content.decode()
    with time.at(after(1)):
        stale = browser.post(address, {"due_at": typed(after(5)), "row_version": claim.row_version - 1})
    assert stale.status_code == 422
    assert not Promise.objects.exists()
    stranger = make_staff("walter", role="warehouse")
    with time.at(after(1)), pytest.raises(Forbidden):
        promise_update(claim.pk, due_at=after(5), by=Actor.of_staff(stranger))
    moved(claim, "cancel", after(2), by=customer(claim))
    with time.at(after(3)), pytest.raises(Invalid):
        promise_update(claim.pk, due_at=after(5), by=SYSTEM)


def test_promises_never_stand_in_the_place_of_a_tickets_policy(desk: Desk) -> None:  # noqa: F811
    apply_preset("enterprise", by=SYSTEM)
    ensure_policy()
    ensure_policy()
    ticket = desk.arrive(MONDAY)
    picked = open_book().pick(facts_of([ticket.pk])[ticket.pk])
    assert picked is not None
    assert picked.name == "Enterprise"
    Policy.objects.exclude(preset="promises").update(is_active=False)
    assert Policy.objects.filter(preset="promises").count() == 1


def test_the_hourly_check_finds_nothing_wrong_with_promises(promised: Desk, claim: Claim) -> None:  # noqa: F811
    promise(browser_of(promised), claim, after(500), after(1))
    missing, stale = find_faults([claim.ticket_id])
    assert not any("customer_update" in metrics for found in (missing, stale) for metrics in found.values())
