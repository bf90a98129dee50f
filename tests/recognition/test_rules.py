"""Rules recognise a matter while it arrives, in the arrival's own transaction."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from helpdesk.core.actors import SYSTEM
from helpdesk.core.errors import Forbidden, Invalid
from helpdesk.customers.models import Customer, CustomerLevel, Order
from tests.factories import actor, make_account, make_arrival, make_ticket
from tests.recognition.conftest import House
from tickets.intake.services import receive
from tickets.models import Grade, Kind, Priority, Ticket, Tone
from tickets.routing.recognition.arriving import recognise_arrival
from tickets.routing.recognition.conditions import compile_expression
from tickets.routing.recognition.models import Recognition, RecognitionRule, RuleBook, Source
from tickets.routing.recognition.services.rules import delete_rule, order_rules, save_rule, switch_rule

pytestmark = pytest.mark.django_db


def rule(name: str, *conditions: dict[str, Any], match: str = "all", **effects: Any) -> RecognitionRule:
    values = {"name": name, "match": match, "conditions": conditions, "effects": effects}
    return save_rule(None, values, by=SYSTEM)


def about(field: str, op: str, *values: str) -> dict[str, Any]:
    return {"field": field, "op": op, "values": list(values)}


@pytest.mark.req("B2", "rules")
@pytest.mark.parametrize(
    ("text", "kind", "tone"),
    [
        ("I can smell gas near the heater since this morning", Kind.OTHER, Tone.CALM),
        ("热水器有煤气味，家里有老人", Kind.OTHER, Tone.CALM),
        ("My account has been hacked, somebody changed the phone number", Kind.ACCOUNT, Tone.CALM),
        ("我的账号被盗了，绑定手机都换了", Kind.ACCOUNT, Tone.CALM),
    ],
)
def test_obvious_emergencies_are_urgent_on_arrival(house: House, text: str, kind: str, tone: str) -> None:
    ticket = make_ticket(account=house.support, subject="", text=text)
    assert (ticket.kind, ticket.grade, ticket.priority) == (kind, Grade.URGENT, Priority.URGENT)
    known = Recognition.objects.get(ticket=ticket)
    assert known.is_urgent
    assert known.rule_ids


@pytest.mark.req("B3", "tone")
@pytest.mark.parametrize("text", ["I will report this to trading standards", "再不处理我就打12315"])
def test_a_threat_in_plain_words_is_flagged_on_arrival(house: House, text: str) -> None:
    ticket = make_ticket(account=house.support, text=text)
    assert ticket.tone == Tone.THREAT
    assert Recognition.objects.get(ticket=ticket).tone_source == Source.RULE


@pytest.mark.req("B2", "rules")
@pytest.mark.parametrize(
    ("condition", "arrival"),
    [
        (about("subject", "contains", "INVOICE", "发票"), {"subject": "补开发票"}),
        (about("text", "is", "hello"), {"text": " Hello "}),
        (about("anywhere", "contains_not", "refund"), {"text": "where is my parcel", "subject": "parcel"}),
        (about("anywhere", "matches", r"\bE\d{2}\b"), {"text": "shows e21 again"}),
        (about("sender", "is", "vip@partner.example"), {"address": "vip@partner.example"}),
        (about("domain", "is", "partner.example"), {"address": "someone@partner.example"}),
        (about("channel", "is", "email"), {}),
        (about("account", "is", "support"), {}),
        (about("language", "is", "zh"), {"language": "zh-hans"}),
        (about("level", "is_not", "core"), {}),
        (about("tags", "contains", "Summer Sale"), {"tags": ["summer sale"]}),
        (about("kind", "is", "repair"), {"kind": "repair"}),
        (about("has_order_number", "is", "yes"), {"text": "order LT-20260412-118 is late"}),
        (about("has_files", "is", "no"), {}),
        (about("is_instant", "is", "no"), {}),
        (about("is_high_risk", "is", "no"), {}),
        (about("anywhere", "contains", "Ｅ２１"), {"text": "shows e21 again"}),
    ],
)
def test_a_condition_on_each_field_decides(house: House, condition: dict[str, Any], arrival: dict[str, Any]) -> None:
    rule("mark", condition, tags=["seen"])
    plain = {"subject": "s", "text": "t", "language": "en", "account": house.support}
    assert "seen" in make_ticket(**{**plain, **arrival}).tags


def test_the_first_rule_decides_and_tags_add_up(house: House) -> None:
    first = rule("one", about("text", "contains", "pump"), kind="repair", tags=["a"])
    second = rule("two", about("text", "contains", "pump"), kind="return", priority="low", tags=["a", "b"])
    ticket = make_ticket(account=house.support, text="the pump")
    assert (ticket.kind, ticket.priority, ticket.tags) == (Kind.REPAIR, Priority.LOW, ["a", "b"])
    order_rules([second.pk, first.pk], by=SYSTEM)
    assert make_ticket(account=house.support, text="a pump", address="b@customer.example").kind == Kind.RETURN
    switch_rule(second.pk, is_active=False, by=SYSTEM)
    assert make_ticket(account=house.support, text="my pump", address="c@customer.example").kind == Kind.REPAIR
    delete_rule(first.pk, by=SYSTEM)
    assert make_ticket(account=house.support, text="no pump", address="d@customer.example").kind == Kind.OTHER


def test_any_condition_suffices_when_the_rule_says_so_and_a_stop_ends_it(house: House) -> None:
    values = {"name": "any", "match": "any", "stops": True, "effects": {"tags": ["any"]},
              "conditions": [about("text", "contains", "alpha"), about("text", "contains", "beta")]}  # fmt: skip
    save_rule(None, values, by=SYSTEM)
    rule("after", about("text", "contains", "beta"), tags=["after"])
    assert make_ticket(account=house.support, text="beta").tags == ["any"]


@pytest.mark.req("B2", "rules")
def test_a_rule_sends_the_ticket_to_a_team_while_that_team_works(house: House) -> None:
    rule("money", about("text", "contains", "invoice"), team=house.other_team.pk)
    assert make_ticket(account=house.support, text="invoice please").team == house.other_team
    house.other_team.is_active = False
    house.other_team.save()
    assert make_ticket(account=house.support, text="invoice again", address="e@customer.example").team == house.team


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"conditions": []}, "conditions"),
        ({"conditions": [about("anywhere", "matches", "(unclosed")]}, "conditions"),
        ({"conditions": [about("anywhere", "matches", r"(a)\1")]}, "conditions"),
        ({"conditions": [about("anywhere", "matches", r"(?=a)b")]}, "conditions"),
        ({"conditions": [about("anywhere", "matches", "(((((a{1,900}){1,900}){1,900})))")]}, "conditions"),
        ({"conditions": [about("nothing", "is", "x")]}, "conditions"),
        ({"conditions": [about("channel", "contains", "x")]}, "conditions"),
        ({"conditions": [about("channel", "is", "pigeon")]}, "conditions"),
        ({"conditions": [about("has_files", "is", "perhaps")]}, "conditions"),
        ({"conditions": [about("text", "contains", " ", "")]}, "conditions"),
        ({"effects": {}}, None),
        ({"effects": {"kind": "nonsense"}}, "kind"),
        ({"effects": {"team": 999_999}}, "team"),
        ({"effects": {"tags": ["<b>"]}}, "tags"),
        ({"name": ""}, "name"),
        ({"match": "some"}, "match"),
    ],
)
def test_what_cannot_work_is_refused_with_words(house: House, values: dict[str, Any], field: str | None) -> None:
    good = {"name": "x", "conditions": [about("text", "contains", "x")], "effects": {"kind": "repair"}}
    with pytest.raises(Invalid) as refusal:
        save_rule(None, {**good, **values}, by=SYSTEM)
    assert field is None or field in refusal.value.fields
    assert not RecognitionRule.objects.filter(name="x").exists()


@pytest.mark.req("B2", "rules")
def test_an_expression_that_would_hang_another_engine_comes_to_an_end() -> None:
    assert compile_expression(r"(a+)+$").search("a" * 20_000 + "!") is None


def test_only_those_who_may_set_recognition_up_edit_rules(house: House) -> None:
    values = {"name": "x", "conditions": [about("text", "contains", "x")], "effects": {"kind": "repair"}}
    with pytest.raises(Forbidden):
        save_rule(None, values, by=actor(house.agent))
    assert save_rule(None, values, by=actor(house.supervisor)).pk


def test_a_rule_broken_in_the_database_is_left_out_and_mail_still_arrives(house: House) -> None:
    RecognitionRule.objects.create(name="broken", conditions=[{"field": "gone"}], effects={"kind": "repair"})
    RuleBook.objects.all().delete()
    assert make_ticket(account=house.support, text="my account has been hacked").grade == Grade.URGENT


@pytest.mark.req("B1", "three-way recognition")
def test_channel_customer_and_kind_are_recognised_with_what_they_rely_on(house: House) -> None:
    chat = make_account("chat", kind="chat", is_instant=True)
    first = receive(make_arrival(chat, text="my account was hacked"), by=SYSTEM).ticket
    customer = first.customer
    Customer.objects.filter(pk=customer.pk).update(level=CustomerLevel.CORE)
    for nth in range(6):
        Order.objects.create(number=f"N{nth}", customer=customer, total="10")
    Order.objects.create(number="old", customer=customer, total="10", placed_at=timezone.now() - timedelta(days=500))
    Ticket.objects.filter(pk=first.pk).update(kind=Kind.COMPLAINT, tone=Tone.THREAT)
    second = make_ticket(account=house.support, text="another matter")
    one, two = Recognition.objects.get(ticket=first), Recognition.objects.get(ticket=second)
    assert (one.is_instant, two.is_instant) == (True, False)
    assert (one.is_high_value, one.is_high_risk) == (False, False)
    assert (two.is_high_value, two.is_high_risk) == (True, True)
    assert two.reasons["value"] == [["level", "core"], ["orders", 6]]
    assert two.reasons["risk"] == [["threats", 1]]
    assert one.kind_source == Source.RULE


@pytest.mark.req("B2", "rules")
def test_rules_cost_an_arrival_two_statements_and_none_more_while_they_are_unchanged(house: House) -> None:
    make_ticket(account=house.support, text="warm")
    customer = Customer.objects.get()
    from tickets.routing.recognition.arriving import Words

    words = Words("s", "t", "a@b.example", "en")
    with CaptureQueriesContext(connection) as queries:
        recognise_arrival(words, house.support, customer)
    assert len(queries) == 1
    with CaptureQueriesContext(connection) as queries:
        make_ticket(account=house.support, text="another", address="z@customer.example")
    assert sum("recognition_" in query["sql"] for query in queries) == 2
