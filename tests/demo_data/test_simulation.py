"""The simulation's customers and colleagues on the running product: claims go their way through portal, API and pages."""

from __future__ import annotations

import pytest

from helpdesk.demo.buyers import GOODS, WAYS, hidden_in
from helpdesk.demo.company import ACCESSORIES, PRODUCTS


def test_the_hidden_fields_of_a_form_are_found() -> None:
    page = """<form><input type="hidden" name="csrfmiddlewaretoken" value="abc"><input name="words" value="x">
      <input value="a&amp;b" name="seen" type="hidden"></form>"""
    assert hidden_in(page) == {"csrfmiddlewaretoken": "abc", "seen": "a&b"}


def test_what_is_bought_in_the_simulation_is_sold_in_the_demo() -> None:
    sold = {seed.sku: str(seed.price) for seed in (*PRODUCTS, *ACCESSORIES)}
    assert dict(GOODS) == {sku: sold[sku] for sku, _price in GOODS}


@pytest.mark.parametrize("kind", list(WAYS))
def test_each_way_of_the_simulation_closes_the_loop(kind: str) -> None:
    from aftersales.claims.machines import MACHINES

    machine, state = MACHINES[kind], MACHINES[kind].start.key
    for step in WAYS[kind][2].split():
        move = machine.find("settled" if step == "pay" else step, state)
        assert move is not None, step
        state = move.target
    assert state == "closed"
