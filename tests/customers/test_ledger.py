"""The ledger: nothing appears, nothing disappears, nothing is booked twice."""

from __future__ import annotations

from decimal import Decimal
from threading import Thread

import pytest
from django.db import IntegrityError, InternalError, connection, transaction

from helpdesk.core.actors import SYSTEM
from helpdesk.customers.models import Customer, LedgerAccount, LedgerEntry, LedgerTransaction
from helpdesk.customers.services.ledger import BookedOtherwise, NotEnough, Side, book, reverse
from tests.factories import make_customer

pytestmark = pytest.mark.django_db


def points(customer: Customer, amount: str) -> list[Side]:
    """Points given for a mishap (negative: taken)."""
    value = Decimal(amount)
    return [Side("points", "points", value, customer), Side("compensation", "points", -value)]


def balance(customer: Customer) -> Decimal:
    return LedgerAccount.objects.get(kind="points", customer=customer).balance


@pytest.mark.req("F9", "ledger")
def test_a_booking_moves_both_sides() -> None:
    customer = make_customer()
    made = book("claim/1/points", points(customer, "200"), reason="compensation", by=SYSTEM, subject=("claim", 1))
    assert balance(customer) == 200
    assert sorted(entry.amount for entry in made.entries.all()) == [-200, 200]


def test_the_same_booking_is_made_once() -> None:
    customer = make_customer()
    first = book("k", points(customer, "200"), reason="compensation", by=SYSTEM)
    assert book("k", points(customer, "200"), reason="compensation", by=SYSTEM) == first
    assert balance(customer) == 200
    with pytest.raises(BookedOtherwise):
        book("k", points(customer, "300"), reason="compensation", by=SYSTEM)


def test_a_customer_never_owes() -> None:
    customer = make_customer()
    book("k", points(customer, "200"), reason="compensation", by=SYSTEM)
    with pytest.raises(NotEnough) as refusal:
        book("l", points(customer, "-201"), reason="spent", by=SYSTEM)
    assert refusal.value.data["balance"] == "200.00"
    assert balance(customer) == 200
    assert not LedgerTransaction.objects.filter(key="l").exists()


def test_a_booking_is_reversed_once_and_not_when_it_was_spent() -> None:
    customer = make_customer()
    book("k", points(customer, "200"), reason="compensation", by=SYSTEM)
    undone = reverse("k", by=SYSTEM)
    assert reverse("k", by=SYSTEM) == undone
    assert balance(customer) == 0
    book("l", points(customer, "50"), reason="compensation", by=SYSTEM)
    book("m", points(customer, "-20"), reason="spent", by=SYSTEM)
    with pytest.raises(NotEnough):
        reverse("l", by=SYSTEM)
    assert balance(customer) == 30


def test_sides_that_do_not_add_up_are_refused() -> None:
    customer = make_customer()
    with pytest.raises(ValueError, match="nought"):
        book("k", [Side("points", "points", Decimal(5), customer)], reason="x", by=SYSTEM)


def test_the_database_refuses_entries_that_do_not_add_up_and_changes_of_the_past() -> None:
    customer = make_customer()
    made = book("k", points(customer, "200"), reason="compensation", by=SYSTEM)
    with pytest.raises((InternalError, IntegrityError), match="never changed"), transaction.atomic():
        made.entries.update(amount=5)
    account = LedgerAccount.objects.get(kind="points", customer=customer)
    LedgerEntry.objects.create(transaction=made, account=account, amount=7, balance_after=207)
    with pytest.raises(IntegrityError, match="does not add up"), connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


@pytest.mark.django_db(transaction=True)
def test_the_same_booking_by_many_at_once_is_made_once() -> None:
    customer = make_customer()
    failed: list[Exception] = []

    def run(number: int) -> None:
        try:
            book("once", points(customer, "10"), reason="compensation", by=SYSTEM)
            book(f"own-{number}", points(customer, "1"), reason="compensation", by=SYSTEM)
        except Exception as error:
            failed.append(error)
        finally:
            connection.close()

    threads = [Thread(target=run, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    assert balance(customer) == 18
    entries = LedgerEntry.objects.filter(account__customer=customer).order_by("pk")
    assert sum(entry.amount for entry in entries) == 18
