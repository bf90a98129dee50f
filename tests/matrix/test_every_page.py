"""No page is forgotten: each address of the product is opened by the matrix or named as something that is no page."""

from __future__ import annotations

from tests.matrix.pages import NO_PAGES, PAGES, routes, routes_with_a_page


def test_each_address_of_the_product_is_a_page_of_the_matrix_or_named_as_none() -> None:
    opened = routes_with_a_page()
    forgotten = [f"{name}: {route}" for route, name in routes() if route not in opened and name not in NO_PAGES]
    assert forgotten == []


def test_what_is_named_as_no_page_exists() -> None:
    assert NO_PAGES - {name for _route, name in routes()} == set()


def test_each_page_has_a_name_of_its_own() -> None:
    assert len({target.name for target in PAGES}) == len(PAGES)
