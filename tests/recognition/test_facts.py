"""Missing facts: found in what is there, asked for once, and read back from the answer."""

from __future__ import annotations

from typing import Any

import pytest
from django.core import mail

from helpdesk.core.actors import SYSTEM
from helpdesk.core.errors import Forbidden, Invalid
from helpdesk.core.models import Event
from helpdesk.customers.models import Order, OrderLine, Product
from tests.factories import actor, make_arrival, make_staff, make_ticket
from tests.recognition.conftest import House, SignIn
from tickets.intake.arrival import Thread
from tickets.intake.services import receive
from tickets.models import CustomField, Message, Ticket
from tickets.routing.recognition.conditions import compile_expression
from tickets.routing.recognition.finding import KnownOrder, Material, find_facts
from tickets.routing.recognition.models import FactCheck
from tickets.routing.recognition.services.facts import (
    ask_for_facts,
    change_kind_facts,
    change_serial_patterns,
    check_facts,
    ensure_facts,
)
from tickets.services.files import NewFile

ALL = ("order_number", "serial_number", "photo")
PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 64


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("My order LT-20260412-118 is broken", "LT-20260412-118"),
        ("订单号：LT20260412118，收到就坏了", "LT-20260412-118"),
        ("order no lt 20260412", None),
        ("订单ＬＴ-20260412-118", "LT-20260412-118"),
        ("nothing here", None),
    ],
)
def test_order_numbers_are_verified_against_the_customers_orders(text: str, value: str | None) -> None:
    found = find_facts(ALL, Material(texts=[text], orders=[KnownOrder("LT-20260412-118")]))
    assert found.values.get("order_number") == value


def test_somebody_elses_order_number_is_counted_and_not_believed() -> None:
    found = find_facts(ALL, Material(texts=["my order number is XX-99887766"], orders=[KnownOrder("LT-1")]))
    assert "order_number" not in found.values
    assert found.unverified == 1


@pytest.mark.parametrize(
    ("text", "patterns", "value"),
    [
        ("serial number: 7HX22019", {}, "7HX22019"),
        ("机身编号 7hx22019", {}, "7HX22019"),
        ("7HX22019", {}, None),
        ("7HX22019", {"WM-900": "[0-9]HX[0-9]{5}"}, "7HX22019"),
        ("serial number: 12345", {"WM-900": "[0-9]HX[0-9]{5}"}, None),
        ("7HX22019", {"OTHER": "[0-9]HX[0-9]{5}"}, None),
    ],
)
def test_serial_numbers_follow_the_patterns_of_the_products_bought(
    text: str, patterns: dict[str, str], value: str | None
) -> None:
    compiled = {sku: compile_expression(pattern) for sku, pattern in patterns.items()}
    material = Material(texts=[text], orders=[KnownOrder("LT-1", [], ["WM-900"])], serial_patterns=compiled)
    assert find_facts(ALL, material).values.get("serial_number") == value


def test_the_serial_of_a_named_order_is_known_from_the_order() -> None:
    found = find_facts(ALL, Material(texts=["order LT-200100"], orders=[KnownOrder("LT-200100", ["9XX100"], ["A"])]))
    assert found.sources == {"order_number": "text", "serial_number": "order"}


@pytest.fixture
def order(house: House) -> Order:
    """The customer of all tickets here has bought a washer; the desk keeps both numbers in fields."""
    ensure_facts()
    CustomField.objects.create(key="order_number", name="Order number")
    CustomField.objects.create(key="serial_number", name="Serial number", kind="repair")
    ticket = make_ticket(account=house.support, text="hello")
    order = Order.objects.create(number="LT-20260412-118", customer=ticket.customer, total="100")
    product = Product.objects.create(sku="WM-900", name="Washer")
    OrderLine.objects.create(order=order, product=product, unit_price="100")
    return order


def fault(house: House, text: str = "The washer is broken", **fields: Any) -> Ticket:
    return make_ticket(account=house.support, kind="repair", text=text, subject="Washer", **fields)


@pytest.mark.django_db
class TestAsking:
    """From the first message to the last fact."""

    @pytest.mark.req("B4", "missing facts asked")
    def test_what_is_missing_is_asked_for_once_and_the_answer_fills_the_fields(
        self, house: House, order: Order
    ) -> None:
        change_kind_facts("repair", by=actor(house.supervisor), facts=ALL, policy="automatic")
        ticket = fault(house)
        check_facts(ticket.pk)
        asked = Message.objects.get(ticket=ticket, direction="out", text__contains="please send us")
        assert asked.is_auto
        assert "- Order number\n- Serial number\n- Photo of the fault" in asked.text
        assert ticket.number in asked.text
        check_facts(ticket.pk)
        assert Message.objects.filter(ticket=ticket, text__contains="please send us").count() == 1

        self._answer(house, ticket, "Order LT-20260412-118, serial number 7HX22019",
                     files=[NewFile("fault.png", "image/png", PNG)])  # fmt: skip
        check_facts(ticket.pk)
        ticket.refresh_from_db()
        assert ticket.fields == {"order_number": "LT-20260412-118", "serial_number": "7HX22019"}
        check = FactCheck.objects.get(ticket=ticket)
        assert check.missing == []
        assert check.completed_at is not None
        assert Event.objects.filter(name="ticket.facts_complete", ticket_id=ticket.pk).count() == 1
        told = Event.objects.get(name="ticket.facts_found", ticket_id=ticket.pk)
        assert sorted(told.data["facts"]) == sorted(ALL)
        assert "7HX22019" not in str(told.data)

    def _answer(self, house: House, ticket: Ticket, text: str, **fields: Any) -> None:
        arrival = make_arrival(house.support, text=text, thread=Thread(ticket_ids=[ticket.pk]), **fields)
        receive(arrival, by=SYSTEM)

    @pytest.mark.req("B4", "missing facts asked")
    def test_chinese_customers_are_asked_in_chinese(self, house: House, order: Order) -> None:
        change_kind_facts("repair", by=actor(house.supervisor), facts=ALL, policy="automatic")
        ticket = fault(house, "洗衣机坏了", language="zh-hans")
        check_facts(ticket.pk)
        words = Message.objects.get(ticket=ticket, direction="out", is_auto=True, text__contains=ticket.number, pk__gt=0,
                                    text__icontains="- ").text  # fmt: skip
        assert any("\u4e00" <= char <= "\u9fff" for char in words)
        assert "please" not in words

    def test_by_default_the_agent_is_offered_the_question_and_sends_it(
        self, house: House, order: Order, as_staff: SignIn
    ) -> None:
        ticket = fault(house)
        check_facts(ticket.pk)
        assert not Message.objects.filter(ticket=ticket, text__contains="please send us").exists()
        browser = as_staff(house.agent)
        column = browser.get(f"/tickets/{ticket.number}/context/").content.decode()
        assert f"/tickets/{ticket.number}/facts/ask/" in column
        assert browser.post(f"/tickets/{ticket.number}/facts/ask/").status_code == 302
        sent = Message.objects.get(ticket=ticket, text__contains="please send us")
        assert (sent.is_auto, sent.author_id) == (False, house.agent.pk)
        assert browser.post(f"/tickets/{ticket.number}/facts/ask/").status_code == 400
        assert mail.outbox == []

    def test_own_words_of_a_kind_are_used_and_checked(self, house: House, order: Order) -> None:
        boss = actor(house.supervisor)
        with pytest.raises(Invalid):
            change_kind_facts("repair", by=boss, facts=ALL, policy="button", text="no place for the list")
        change_kind_facts("repair", by=boss, facts=["photo"], policy="button", text="Dear {name}: {missing} ({number})")
        ticket = fault(house)
        check_facts(ticket.pk)
        message = ask_for_facts(ticket.pk, by=actor(house.agent))
        assert message.text == f"Dear Li Na: - Photo of the fault ({ticket.number})"

    @pytest.mark.parametrize(
        ("kind", "values"),
        [
            ("repair", {"facts": ["nonsense"], "policy": "button"}),
            ("repair", {"facts": [], "policy": "sometimes"}),
            ("other", {"facts": [], "policy": "button"}),
        ],
    )
    def test_nonsense_is_refused(self, house: House, order: Order, kind: str, values: dict[str, Any]) -> None:
        with pytest.raises(Exception, match=r"."):
            change_kind_facts(kind, by=actor(house.supervisor), **values)
        with pytest.raises(Forbidden):
            change_kind_facts("repair", by=actor(house.agent), facts=[], policy="button")

    @pytest.mark.parametrize("lines", ["WM-900", "= x", "WM-900 = (", "WM-900 = (a)\\1"])
    def test_broken_patterns_of_serials_are_refused_with_words(self, house: House, lines: str) -> None:
        with pytest.raises(Invalid):
            change_serial_patterns(lines, by=actor(house.supervisor))

    def test_finished_tickets_and_spam_are_not_asked_about(self, house: House, order: Order) -> None:
        change_kind_facts("repair", by=actor(house.supervisor), facts=ALL, policy="automatic")
        ticket = fault(house, spam_reason="looks like it")
        assert check_facts(ticket.pk) is None

    def test_who_may_not_answer_may_not_ask(self, house: House, order: Order, as_staff: SignIn) -> None:
        ticket = fault(house)
        check_facts(ticket.pk)
        quality = make_staff("quality", role="quality")
        assert as_staff(quality).post(f"/tickets/{ticket.number}/facts/ask/").status_code == 403
        assert as_staff(house.outsider).post(f"/tickets/{ticket.number}/facts/ask/").status_code == 404
