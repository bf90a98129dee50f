"""Cases of regulators and platforms: taken in once, with legal deadlines as clocks that nothing but the authority moves."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from threading import Thread
from zoneinfo import ZoneInfo

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from aftersales.cases.models import CaseFile, Term
from aftersales.cases.services.opening import CaseDraft, open_case
from aftersales.cases.services.terms import change_deadlines
from aftersales.cases.terms import deadlines_of, term_of
from aftersales.claims.models import Claim, ClaimFile, ClaimKind
from aftersales.claims.services.moving import move_claim
from helpdesk.accounts.models import Staff
from helpdesk.core import clock as time
from helpdesk.core.actors import SYSTEM
from helpdesk.core.calendars.rules import Hours
from helpdesk.core.calendars.services import create_calendar
from helpdesk.core.errors import Forbidden, Invalid, NotFound
from helpdesk.core.models import BusinessCalendar, Event
from tests.aftersales.cases.conftest import Desk
from tests.factories import actor, make_staff
from tickets.models import Direction, Message
from tickets.sla.models import Clock, ClockState, Policy

pytestmark = pytest.mark.django_db
Browser = Callable[[Staff], Client]


def typed(**values: object) -> dict[str, object]:
    """The intake form of a 12315 case."""
    return {
        "authority": "12315",
        "number": "2026-4711",
        "demand": "The washer leaks. The consumer demands the price back.",
        "name": "Li Na",
        "phone": "13800138000",
        **values,
    }


def draft(**values: object) -> CaseDraft:
    given = {"authority": "12315", "number": "2026-4711", "demand": "Demands the price back.", "name": "Li Na"} | values
    return CaseDraft(**given)  # type: ignore[arg-type]


def of(claim: Claim, metric: str) -> Clock:
    return Clock.objects.filter(ticket=claim.ticket_id, metric=metric).latest("pk")


@pytest.mark.req("F10", "legal deadlines")
def test_a_case_is_taken_in_through_the_form_and_its_legal_deadlines_run(desk: Desk, browser: Browser) -> None:
    ann = browser(desk.agent)
    assert "12315 market regulator" in ann.get("/cases/new/").content.decode()
    letter = SimpleUploadedFile("letter.pdf", b"%PDF-1.7 letter", "application/pdf")
    values = typed(handler=desk.agent.pk, received_at="2026-03-02T10:00", letter=letter, amount="1299.00")
    answer = ann.post("/cases/new/", values)
    assert answer.status_code == 302, answer.content.decode()
    case = CaseFile.objects.select_related("claim__ticket").get()
    claim = case.claim
    assert (claim.kind, claim.external_number, claim.handler, str(claim.asked_amount)) == (
        ClaimKind.CASE,
        "2026-4711",
        desk.agent,
        "1299.00",
    )
    assert (claim.ticket.channel_kind, claim.ticket.kind, claim.ticket.owner) == ("authority", "complaint", desk.agent)
    assert ClaimFile.objects.get(claim=claim).attachment.name == "letter.pdf"
    for metric, due in (("case_accept", case.accept_due_at), ("case_answer", case.answer_due_at)):
        clock = of(claim, metric)
        assert (clock.subject_kind, clock.subject_id, clock.due_at) == ("case", claim.pk, due)
    page = ann.get(f"/claims/{claim.number}/panels/").content.decode()
    assert "2026-4711" in page
    assert "Export the evidence" in page
    assert claim.number in ann.get("/cases/").content.decode()
    # the consumer hears nothing of it
    assert not Message.objects.filter(ticket=claim.ticket, direction=Direction.OUT).exists()


@pytest.mark.req("F10", "legal deadlines")
def test_the_term_counts_working_days_from_the_day_after(desk: Desk) -> None:
    week = (Hours(9 * 60, 18 * 60),)
    office = create_calendar(by=SYSTEM, name="Bureau", timezone="Asia/Shanghai", week=((week,) * 5 + ((), ())))
    BusinessCalendar.objects.update(is_default=False)
    BusinessCalendar.objects.filter(pk=office.pk).update(is_default=True)
    friday = datetime(2026, 3, 6, 16, tzinfo=ZoneInfo("Asia/Shanghai"))
    accept, answer = deadlines_of(term_of("12345"), friday)
    # Monday, and Friday a week later, at closing time
    assert (accept, answer) == (friday + timedelta(days=3, hours=2), friday + timedelta(days=7, hours=2))
    # a platform counts days of the calendar, each to its end
    accept, answer = deadlines_of(term_of("platform"), friday)
    assert (accept, answer) == (friday + timedelta(hours=32), friday + timedelta(hours=56))


@pytest.mark.req("F10", "legal deadlines")
def test_accepting_answering_and_a_further_question_move_the_clocks(desk: Desk) -> None:
    start = timezone.now() - timedelta(days=3)
    with time.at(start):
        claim = open_case(draft(handler_id=desk.agent.pk, received_at=start), by=actor(desk.agent)).claim
    with time.at(start + timedelta(hours=2)):
        move_claim(claim.pk, "accept", by=actor(desk.agent))
    assert of(claim, "case_accept").state == ClockState.MET
    assert of(claim, "case_answer").state == ClockState.RUNNING
    with time.at(start + timedelta(hours=30)):
        move_claim(claim.pk, "answer", by=actor(desk.agent), arguments={"words": "We repay the price."})
    first = of(claim, "case_answer")
    assert (first.state, first.breached_at) == (ClockState.MET, None)
    with time.at(start + timedelta(hours=40)):
        move_claim(claim.pk, "ask_again", by=actor(desk.agent), arguments={"words": "Which day?"})
    second = of(claim, "case_answer")
    case = CaseFile.objects.get(pk=claim.pk)
    assert second.pk != first.pk
    assert (second.state, second.started_at, second.due_at) == (ClockState.RUNNING, case.asked_at, case.answer_due_at)
    assert case.answer_due_at > start + timedelta(hours=40)


@pytest.mark.req("F10", "legal deadlines")
def test_other_deadlines_are_given_with_a_reason_and_the_clock_follows(desk: Desk, browser: Browser) -> None:
    claim = open_case(draft(handler_id=desk.agent.pk), by=actor(desk.agent)).claim
    ann, case = browser(desk.agent), CaseFile.objects.get()
    before = of(claim, "case_answer").due_at
    claim.refresh_from_db()
    form = {"row_version": claim.row_version, "accept_due_at": "2027-01-10T18:00", "answer_due_at": "2027-02-01T18:00"}
    refused = ann.post(f"/claims/{claim.number}/case/", form | {"why": ""})
    assert refused.status_code == 422
    assert ann.post(f"/claims/{claim.number}/case/", form | {"why": "Granted by letter."}).status_code == 302
    case.refresh_from_db()
    clock = of(claim, "case_answer")
    assert clock.due_at == case.answer_due_at != before
    assert Event.objects.get(name="case.deadlines_changed").data["why"] == "Granted by letter."
    stale = ann.post(f"/claims/{claim.number}/case/", form | {"why": "Again."})
    assert stale.status_code == 422
    with pytest.raises(Invalid):
        change_deadlines(
            claim.pk,
            accept_due_at=case.received_at - timedelta(days=1),
            answer_due_at=case.answer_due_at,
            why="x",
            by=actor(desk.agent),
        )


def test_a_deadline_in_the_past_is_missed_at_once_and_not_lost(desk: Desk) -> None:
    now = timezone.now().replace(microsecond=0)
    received = now - timedelta(days=30)
    values = {
        "received_at": received,
        "accept_due_at": now - timedelta(days=20),
        "answer_due_at": now - timedelta(days=10),
    }
    claim = open_case(draft(handler_id=desk.agent.pk, **values), by=actor(desk.agent)).claim
    assert of(claim, "case_answer").due_at == values["answer_due_at"]
    from tickets.sla.sweep import work_due

    assert work_due(timezone.now(), 50) >= 2
    assert of(claim, "case_answer").breached_at == values["answer_due_at"]


# --- Once ------------------------------------------------------------------------------------------------------------
def test_the_same_number_is_one_case(desk: Desk, browser: Browser) -> None:
    ann = browser(desk.agent)
    for _time in range(2):
        assert ann.post("/cases/new/", typed(handler=desk.agent.pk)).status_code == 302
    # the same number of another authority is another case
    assert ann.post("/cases/new/", typed(handler=desk.agent.pk, authority="heimao")).status_code == 302
    assert Claim.objects.filter(kind=ClaimKind.CASE).count() == 2
    with pytest.raises(Forbidden):
        open_case(draft(), by=actor(desk.outsider))


@pytest.mark.django_db(transaction=True)
def test_the_same_letter_typed_twice_at_once_is_one_case(desk: Desk) -> None:
    by, made = actor(desk.agent), []

    def run() -> None:
        try:
            made.append(open_case(draft(handler_id=desk.agent.pk), by=by).claim.pk)
        finally:
            connection.close()

    threads = [Thread(target=run) for _number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(made) == 4
    assert len(set(made)) == 1


def test_it_belongs_to_the_customer_of_the_claim_that_it_is_about(desk: Desk, browser: Browser) -> None:
    answer = browser(desk.agent).post(
        "/cases/new/", typed(handler=desk.colleague.pk, about=desk.claim.number, phone="")
    )
    assert answer.status_code == 302, answer.content.decode()
    case = CaseFile.objects.select_related("claim__ticket").get()
    assert case.about == desk.claim
    assert case.claim.customer_id == desk.claim.customer_id
    # it was handed to who leads it
    assert case.claim.ticket.owner == desk.colleague
    assert case.claim.number in browser(desk.agent).get(f"/claims/{desk.claim.number}/panels/").content.decode()


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"authority": "moon"}, "authority"),
        ({"number": " "}, "number"),
        ({"demand": ""}, "demand"),
        ({"demand": "x" * 4001}, "demand"),
        ({"link": "javascript:alert(1)"}, "link"),
        ({"phone": "not a phone"}, "phone"),
        ({"email": "nobody"}, "email"),
        ({"about_id": 2**40}, "about"),
        ({"handler_id": 2**40}, "handler"),
        ({"received_at": datetime(2999, 1, 1, tzinfo=UTC)}, "received_at"),
        ({"received_at": datetime(1999, 1, 1, tzinfo=UTC)}, "received_at"),
        ({"answer_due_at": datetime(2001, 1, 1, tzinfo=UTC)}, "answer_due_at"),
    ],
)
def test_what_makes_no_sense_is_refused_at_its_field(desk: Desk, values: dict[str, object], field: str) -> None:
    before = (Claim.objects.count(), Event.objects.count())
    with pytest.raises(Invalid) as refusal:
        open_case(draft(**values), by=actor(desk.agent))
    assert field in refusal.value.fields
    assert (Claim.objects.count(), Event.objects.count()) == before


def test_a_case_that_somebody_of_another_team_leads_lies_with_them(desk: Desk, browser: Browser) -> None:
    answer = browser(desk.agent).post("/cases/new/", typed(handler=desk.outsider.pk), follow=True)
    assert answer.status_code == 200
    case = CaseFile.objects.select_related("claim__ticket").get()
    assert case.claim.ticket.owner == desk.outsider
    assert case.claim.number in browser(desk.outsider).get("/cases/").content.decode()


def test_strangers_see_no_case_and_take_none_in(desk: Desk, browser: Browser) -> None:
    claim = open_case(draft(handler_id=desk.agent.pk), by=actor(desk.agent)).claim
    otto = browser(desk.outsider)
    assert claim.number not in otto.get("/cases/").content.decode()
    assert otto.post(f"/claims/{claim.number}/evidence/").status_code == 404
    assert otto.get(f"/claims/{claim.number}/case/").status_code == 404
    engineer = make_staff("egon", role="engineer")
    with pytest.raises(Forbidden):
        open_case(draft(number="2"), by=actor(engineer))
    assert browser(engineer).get("/cases/").status_code == 403
    with pytest.raises(NotFound):
        change_deadlines(
            claim.pk,
            accept_due_at=timezone.now(),
            answer_due_at=timezone.now(),
            why="x",
            by=actor(desk.outsider),
        )


def test_the_consumer_sees_nothing_of_it_among_their_claims(desk: Desk) -> None:
    claim = open_case(draft(about_id=desk.claim.pk, handler_id=desk.agent.pk), by=actor(desk.agent)).claim
    assert claim.customer == desk.claim.customer
    assert list(Claim.objects.of_customer(desk.claim.customer)) == [desk.claim]


# --- Terms and pages -------------------------------------------------------------------------------------------------
def test_the_company_changes_its_terms_and_nobody_overwrites_silently(desk: Desk, browser: Browser) -> None:
    admin = browser(desk.admin)
    page = admin.get("/settings/cases/")
    form = page.context["form"]
    values = {name: "on" if value is True else value for name, value in form.initial.items() if value is not False}
    values |= {"12345_accept_days": 2, "12345_answer_days": 9}
    assert admin.post("/settings/cases/", values).status_code == 302
    assert (Term.objects.get(authority="12345").accept_days, term_of("12345").answer_days) == (2, 9)
    assert admin.post("/settings/cases/", values | {"12345_answer_days": 8}).status_code == 422
    fresh = admin.get("/settings/cases/").context["form"].initial["seen"]
    wrong = admin.post("/settings/cases/", values | {"12345_answer_days": 1, "seen": fresh})
    assert wrong.status_code == 422
    assert term_of("12345").answer_days == 9
    assert browser(desk.agent).get("/settings/cases/").status_code == 403


def test_the_policy_of_authorities_is_made_once_and_stays_what_the_company_makes_of_it(desk: Desk) -> None:
    from aftersales.cases.policy import ensure_policy

    Policy.objects.filter(preset="authorities").update(name="Our cases", is_active=False)
    ensure_policy()
    assert list(Policy.objects.filter(preset="authorities").values_list("name", "is_active")) == [("Our cases", False)]


def test_the_list_costs_the_same_however_long(desk: Desk, browser: Browser) -> None:
    sue = browser(desk.supervisor)
    by = actor(desk.agent)

    def cost() -> int:
        with CaptureQueriesContext(connection) as counted:
            sue.get("/cases/")
        return len(counted)

    open_case(draft(handler_id=desk.agent.pk), by=by)
    first = cost()
    for number in range(5):
        open_case(draft(number=f"N{number}", handler_id=desk.agent.pk), by=by)
    assert cost() == first
