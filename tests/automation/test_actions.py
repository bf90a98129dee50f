"""The library: what each action does, says before it does it, refuses, and does once."""

from __future__ import annotations

import time
from typing import Any

import pytest

from helpdesk.core import leasing
from helpdesk.core.actors import SYSTEM, Actor
from helpdesk.core.calendars.services import create_calendar
from helpdesk.core.errors import Invalid
from helpdesk.core.models import Delivery, Job
from helpdesk.core.registries import actions
from tests.automation.conftest import House
from tests.factories import make_team, make_ticket
from tickets.automation.models import WebhookCall, WebhookEndpoint
from tickets.models import Message, Ticket
from tickets.services.status import set_status
from tickets.services.sub_tickets import open_sub_ticket
from tickets.sla.models import Clock
from tickets.sla.services.policies import PolicyDraft, StepDraft, TargetDraft, create_policy
from tickets.sla.sweep import sweep_clocks

pytestmark = pytest.mark.django_db
AUTOMATION = Actor.of_automation()
WORDS = {
    "texts": {
        "en": "Dear {{ customer.name }}, {{ ticket.number }} takes longer.",
        "zh-hans": "{{ ticket.number }} 还需要时间。",
    }
}


def hook() -> WebhookEndpoint:
    row = WebhookEndpoint(name="ERP", url="https://erp.partner.example/in", events=[])
    row.set_secret("s")
    row.save()
    return row


def arguments_of(house: House) -> dict[str, dict[str, Any]]:
    return {
        "open_sub_ticket": {"team": house.logistics.pk, "subject": "Find the parcel of {{ ticket.number }}"},
        "message_to_customer": WORDS,
        "webhook": {"endpoint": hook().pk, "note": "late"},
        "set_status": {"status": "on_hold"},
        "set_kind": {"kind": "logistics"},
        "add_tags": {"tags": "late, parcel"},
    }


def run(name: str, ticket: Ticket, given: dict[str, Any]) -> None:
    action = actions.get(name)
    action.run(ticket.pk, action.check(given), by=AUTOMATION)


@pytest.mark.req("D5", "sub-ticket as an action")
def test_each_action_says_what_it_would_do_and_does_it(house: House) -> None:
    given = arguments_of(house)
    said = {name: actions.get(name).dry_run(house.ticket.pk, actions.get(name).check(given[name])) for name in given}
    assert said == {
        "open_sub_ticket": f"Open a sub-ticket for Logistics: Find the parcel of {house.ticket.number}",
        "message_to_customer": f"Write to the customer: Dear Li Na, {house.ticket.number} takes longer.",
        "webhook": "Call the webhook ERP.",
        "set_status": "Set the status to On hold.",
        "set_kind": "Set the kind to Order and logistics.",
        "add_tags": "Add the tags late, parcel.",
    }
    assert (Ticket.objects.count(), WebhookCall.objects.count()) == (1, 0)
    for name, arguments in given.items():
        run(name, house.ticket, arguments)
    ticket = Ticket.objects.get(pk=house.ticket.pk)
    assert (ticket.status_category, ticket.kind, ticket.tags) == ("on_hold", "logistics", ["late", "parcel"])
    assert ticket.sub_tickets.get().subject == f"Find the parcel of {ticket.number}"
    assert '"note":"late"' in WebhookCall.objects.get().body


@pytest.mark.parametrize(
    ("name", "given", "field"),
    [
        ("open_sub_ticket", {"team": 0, "subject": "x"}, "team"),
        ("open_sub_ticket", {"team": "logistics", "subject": "x"}, "team"),
        ("open_sub_ticket", {"subject": ""}, "team"),
        ("message_to_customer", {}, "texts"),
        ("message_to_customer", {"texts": "hello"}, "texts"),
        ("message_to_customer", {"texts": {"en": "Dear {{ customer.phone }}"}}, "texts"),
        ("message_to_customer", {"texts": {"fr": "Bonjour"}}, "texts"),
        ("webhook", {"endpoint": 1}, "endpoint"),
        ("set_status", {"status": "closed"}, "status"),
        ("set_kind", {"kind": "nonsense"}, "kind"),
        ("add_tags", {"tags": " , "}, "tags"),
        ("add_tags", {"tags": "<b>"}, "tags"),
    ],
)
def test_what_no_run_could_do_is_refused_in_words(house: House, name: str, given: dict[str, Any], field: str) -> None:
    with pytest.raises(Invalid) as refusal:
        actions.get(name).check(given)
    assert str(refusal.value.fields[field])


def test_a_task_without_a_subject_or_with_an_unknown_variable_is_refused(house: House) -> None:
    for subject in ("  ", "Ask {{ agent.name }}"):
        with pytest.raises(Invalid) as refusal:
            actions.get("open_sub_ticket").check({"team": house.logistics.pk, "subject": subject})
        assert "subject" in refusal.value.fields


@pytest.mark.req("D5", "escalation chain")
def test_a_customer_in_whose_name_many_tickets_are_opened_is_written_to_ten_times_a_day(house: House) -> None:
    tickets = [make_ticket(house.support, address="victim@customer.example") for _nth in range(12)]
    for ticket in tickets:
        run("message_to_customer", ticket, WORDS)
    sent = Message.objects.filter(ticket__in=tickets, direction="out", text__contains="takes longer")
    assert sent.count() == 10


def test_a_text_of_blanks_and_braces_is_judged_at_once(house: House) -> None:
    began = time.thread_time()
    actions.get("message_to_customer").check({"texts": {"en": "Hello {{" + " " * 4900}})
    assert time.thread_time() - began < 1


def test_words_to_the_customer_go_out_as_the_product_and_meet_no_deadline(house: House) -> None:
    around = create_calendar(by=SYSTEM, name="Around", timezone="UTC", is_24x7=True)
    create_policy(PolicyDraft("All", [TargetDraft("first_response", around.pk, seconds=3600)]), by=SYSTEM)
    ticket = make_ticket(house.support)
    run("message_to_customer", ticket, WORDS)
    message = ticket.messages.filter(direction="out", author_kind="automation").get()
    assert (message.is_auto, message.visibility) == (True, "public")
    assert message.text == f"Dear Li Na, {ticket.number} takes longer."
    assert message.released_at is not None
    assert Delivery.objects.filter(message_delivery__message=message).count() == 1
    after = Ticket.objects.get(pk=ticket.pk)
    assert (after.first_replied_at, after.last_agent_message_at, after.owner_id, after.is_unread) == (
        None,
        None,
        None,
        True,
    )
    assert Clock.objects.get(ticket=ticket, metric="first_response").state == "running"


def test_the_customers_language_picks_the_text(house: House) -> None:
    Ticket.objects.filter(pk=house.ticket.pk).update(language="zh-hans")
    run("message_to_customer", house.ticket, WORDS)
    assert house.ticket.messages.latest("pk").text == f"{house.ticket.number} 还需要时间。"
    only_english = {"texts": {"en": "One text"}}
    run("message_to_customer", house.ticket, only_english)
    assert house.ticket.messages.latest("pk").text == "One text"


def test_the_same_words_are_not_sent_twice_in_a_row(house: House) -> None:
    run("message_to_customer", house.ticket, WORDS)
    run("message_to_customer", house.ticket, WORDS)
    assert house.ticket.messages.filter(author_kind="automation").count() == 1


def test_actions_leave_alone_what_is_finished_or_a_task(house: House) -> None:
    sub = open_sub_ticket(house.ticket.pk, team=house.logistics, subject="x", by=SYSTEM)
    for name in ("message_to_customer", "open_sub_ticket"):
        run(name, sub, arguments_of(house)[name])
    assert sub.messages.count() == 0
    assert Ticket.objects.count() == 2
    set_status(house.ticket.pk, "solved", by=SYSTEM)
    run("set_status", house.ticket, {"status": "open"})
    run("open_sub_ticket", house.ticket, arguments_of(house)["open_sub_ticket"])
    assert Ticket.objects.get(pk=house.ticket.pk).status_category == "solved"
    assert Ticket.objects.count() == 2


def test_the_same_task_is_not_opened_twice_while_it_is_open(house: House) -> None:
    given = arguments_of(house)["open_sub_ticket"]
    run("open_sub_ticket", house.ticket, given)
    run("open_sub_ticket", house.ticket, given)
    assert house.ticket.sub_tickets.count() == 1
    run("open_sub_ticket", house.ticket, {**given, "team": make_team("Product").pk})
    assert house.ticket.sub_tickets.count() == 2


@pytest.mark.django_db(transaction=True)
@pytest.mark.req("D5", "sub-ticket as an action")
@pytest.mark.req("D5", "each step once")
def test_a_ladder_opens_its_sub_ticket_and_writes_once_however_often_its_job_is_worked(house: House) -> None:
    from datetime import timedelta

    from django.utils import timezone

    around = create_calendar(by=SYSTEM, name="Around", timezone="UTC", is_24x7=True)
    given = arguments_of(house)
    names = ("open_sub_ticket", "message_to_customer", "webhook")
    step = StepDraft([{"do": name, **given[name]} for name in names], share=100)
    create_policy(PolicyDraft("All", [TargetDraft("resolution", around.pk, seconds=60, steps=[step])]), by=SYSTEM)
    ticket = make_ticket(house.support)
    sweep_clocks(timezone.now() + timedelta(minutes=5), 100)
    sweep_clocks(timezone.now() + timedelta(minutes=6), 100)
    jobs = list(Job.objects.filter(kind="sla.act", args__ticket=ticket.pk).order_by("pk"))
    assert [job.args["action"]["do"] for job in jobs] == list(names)
    for _round in range(2):
        for job in jobs:
            leasing.run(Job, job.pk)
    assert {job.state for job in Job.objects.filter(kind="sla.act", args__ticket=ticket.pk)} == {"done"}
    assert ticket.sub_tickets.count() == 1
    assert ticket.messages.filter(author_kind="automation").count() == 1
    assert WebhookCall.objects.filter(ticket_id=ticket.pk).count() == 1
