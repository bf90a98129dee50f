"""The check itself must be able to fail: it reports exactly what was dropped, doubled, torn, crossed and swapped."""

import pytest

from tests.faults.ledger import Found, Item, compare, digest

pytestmark = pytest.mark.req("A4", "processed once")


def world(count: int = 3000) -> tuple[list[Item], list[Found]]:
    items = [Item("mail", f"id-{n}", f"c{n % 50}", n // 50, digest(f"text {n}")) for n in range(count)]
    found = [
        Found(item.external_id, item.contact, int(item.contact[1:]), item.digest, n) for n, item in enumerate(items)
    ]
    return items, found


def test_a_faithful_product_has_no_faults() -> None:
    items, found = world()
    assert compare(items, {item.external_id for item in items}, found).faults() == {}


def test_one_of_a_thousand_dropped_and_doubled_is_reported_exactly() -> None:
    items, found = world()
    kept = [row for n, row in enumerate(found) if n % 1000 != 7]
    doubled = [row for n, row in enumerate(found) if n % 1000 == 9]
    figures = compare(items, {item.external_id for item in items}, kept + doubled)
    assert (figures.lost, figures.doubled) == (3, 3)


def test_torn_crossed_swapped_and_split_are_reported() -> None:
    items, found = world()
    accepted = {item.external_id for item in items}
    torn = [Found(r.external_id, r.contact, r.ticket, "x", r.order) if n == 5 else r for n, r in enumerate(found)]
    assert compare(items, accepted, torn).faults() == {"torn": 1}
    crossed = [Found(r.external_id, "c7", 7, r.digest, r.order) if n == 5 else r for n, r in enumerate(found)]
    assert compare(items, accepted, crossed).crossed == 1
    swapped = [
        Found(r.external_id, r.contact, r.ticket, r.digest, 60 - n if n in {5, 55} else n) for n, r in enumerate(found)
    ]
    assert compare(items, accepted, swapped).misordered == 1
    split = [Found(r.external_id, r.contact, 999, r.digest, r.order) if n == 5 else r for n, r in enumerate(found)]
    assert compare(items, accepted, split).faults() == {"split": 1}
