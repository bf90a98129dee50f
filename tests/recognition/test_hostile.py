"""What customers and careless administrators could do to recognition: hang it, fill it, teach it nonsense."""

from __future__ import annotations

import time
from typing import Any

import pytest

from helpdesk.core.actors import SYSTEM
from helpdesk.core.errors import Invalid
from helpdesk.core.registries import actions
from helpdesk.customers.models import Customer
from tests.factories import actor, make_arrival, make_ticket
from tests.recognition.conftest import House, SignIn
from tickets.intake.arrival import Thread
from tickets.intake.services import receive
from tickets.models import Message, Ticket
from tickets.routing.recognition.models import Recognition, RecognitionRule
from tickets.routing.recognition.services import models, rules
from tickets.routing.recognition.services.facts import (
    change_kind_facts,
    change_serial_patterns,
    check_facts,
    ensure_facts,
)

pytestmark = pytest.mark.django_db


def repair(house: House, text: str, **fields: Any) -> Ticket:
    ensure_facts()
    change_kind_facts("repair", by=actor(house.supervisor), facts=["order_number", "serial_number"], policy="automatic")
    return make_ticket(account=house.support, kind="repair", text=text, **fields)


@pytest.mark.req("B4", "missing facts asked")
@pytest.mark.parametrize("word", ["order", "serial number", "sn", "订单号", "order number is", "serial no."])
@pytest.mark.parametrize("blank", [" ", "\n \n", "\t", "\u3000"])
def test_thousands_of_blanks_behind_a_word_do_not_hold_anything_up(house: House, word: str, blank: str) -> None:
    ticket = repair(house, f"a {word}{blank * 3000}! and {word}{blank * 3000}?")
    receive(
        make_arrival(house.support, text=f"{word}{blank * 3000}!", thread=Thread(ticket_ids=[ticket.pk])), by=SYSTEM
    )
    began = time.thread_time()
    check_facts(ticket.pk)
    assert time.thread_time() - began < 2


def questions(ticket: Ticket) -> int:
    return Message.objects.filter(ticket=ticket, direction="out", text__contains="please send us").count()


@pytest.mark.req("B4", "missing facts asked")
def test_a_machine_is_asked_nothing_by_another_machine(house: House, as_staff: SignIn) -> None:
    ticket = repair(house, "The washer is broken", may_be_answered=False, address="no-reply@alarms.example")
    check_facts(ticket.pk)
    assert questions(ticket) == 0
    said = actions.get("message_to_customer").dry_run(ticket.pk, {"texts": {"en": "It takes longer."}})
    assert said.startswith("Nothing:")
    # a colleague may ask whomever they like
    assert as_staff(house.agent).post(f"/tickets/{ticket.number}/facts/ask/").status_code == 302
    assert questions(ticket) == 1


def test_a_forged_sender_is_asked_a_few_times_a_day_at_most(house: House) -> None:
    asked = 0
    for nth in range(8):
        ticket = repair(house, f"The washer is broken, {nth}", address="victim@customer.example")
        check_facts(ticket.pk)
        asked += questions(ticket)
    assert asked == 5


def test_a_customers_name_fills_in_no_variables(house: House) -> None:
    ticket = repair(house, "The washer is broken")
    Customer.objects.filter(pk=ticket.customer_id).update(name="{missing}{number}")
    check_facts(ticket.pk)
    asked = Message.objects.get(ticket=ticket, text__contains="please send us").text
    assert "Hello {missing}{number}," in asked
    assert asked.count("- Order number") == 1


def rule_with(*expressions: str, **more: Any) -> dict[str, Any]:
    conditions = [{"field": "anywhere", "op": "matches", "values": list(expressions)}]
    return {"name": "x", "conditions": conditions, "effects": {"kind": "repair"}, **more}


@pytest.mark.req("B2", "rules")
def test_an_expression_that_would_slow_every_arrival_is_refused_on_the_page(house: House, as_staff: SignIn) -> None:
    form = {
        "name": "slow", "match": "all", "kind": "repair", "c-TOTAL_FORMS": "1", "c-INITIAL_FORMS": "0",
        "c-0-field": "anywhere", "c-0-op": "matches", "c-0-values": "[a-z ].{1000}qqq",
    }  # fmt: skip
    answer = as_staff(house.supervisor).post("/settings/recognition/new/", form)
    assert answer.status_code == 422
    assert "too large to run for every message" in answer.content.decode()
    assert not RecognitionRule.objects.filter(name="slow").exists()


def test_all_rules_together_stay_within_what_an_arrival_can_bear(house: House) -> None:
    def add(*numbers: int) -> None:
        for nth in numbers:
            rules.save_rule(None, rule_with(*(f"a{nth}.{{{n}}}q" for n in range(90, 100)), name=f"r{nth}"), by=SYSTEM)

    add(0)
    with pytest.raises(Invalid) as refusal:
        add(*range(1, 20))
    assert "conditions" in refusal.value.fields
    kept = RecognitionRule.objects.get(name="r0")
    # what is there can still be made smaller
    rules.save_rule(kept.pk, rule_with("abc", name="r0"), by=SYSTEM)


def test_words_and_serial_patterns_are_bounded_too(house: House) -> None:
    RecognitionRule.objects.bulk_create(
        RecognitionRule(
            name=f"w{nth}",
            conditions=[{"field": "text", "op": "contains", "values": [f"{nth}-{n}" for n in range(200)]}] * 10,
            effects={"kind": "repair"},
        )
        for nth in range(10)
    )
    with pytest.raises(Invalid):
        rules.save_rule(None, rule_with("abc"), by=SYSTEM)
    with pytest.raises(Invalid):
        change_serial_patterns("\n".join(f"A{nth} = [0-9]+" for nth in range(301)), by=actor(house.supervisor))


@pytest.mark.req("B2", "classifier")
def test_one_customer_cannot_outweigh_all_others_in_the_training(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(models, "MOST_OF_A_CUSTOMER", 3)
    for nth in range(6):
        make_ticket(account=house.support, kind="repair", text=f"poison {nth}", address="mallory@customer.example")
    make_ticket(account=house.support, kind="return", text="please take it back", address="li@customer.example")
    Ticket.objects.update(status_category="solved")
    Recognition.objects.update(kind_source="given")
    texts = [example.text for example in models.desk_examples()]
    assert sum("poison" in text for text in texts) == 3
    assert any("take it back" in text for text in texts)
    assert not any("poison 0" in text for text in texts)
