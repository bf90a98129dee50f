"""axe on every page of the guide, and what it cannot see: keyboard, overflow, target sizes, layout shift."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page

from tests.accessibility import violations

pytestmark = pytest.mark.browser

EVERY_DAY = ["index-en-light", "index-zh-dark", "desk-en-dark", "desk-zh-light", "ticket-zh-dark"]
ALL = [
    f"{page}-{language}-{theme}"
    for page in ("index", "desk", "ticket")
    for language in ("en", "zh")
    for theme in ("light", "dark")
]
WIDTHS = [(1440, 900), (390, 844)]

Open = Callable[..., Page]


@pytest.mark.req("K1", "WCAG 2.2 AA")
@pytest.mark.parametrize("size", WIDTHS)
@pytest.mark.parametrize("name", EVERY_DAY)
def test_axe_finds_nothing(open_page: Open, name: str, size: tuple[int, int]) -> None:
    page = open_page(name, width=size[0], height=size[1])
    page.wait_for_function("document.querySelector('[data-look]')")
    assert violations(page) == []


@pytest.mark.verify
@pytest.mark.req("K1", "WCAG 2.2 AA")
@pytest.mark.parametrize("size", [*WIDTHS, (1024, 768)])
@pytest.mark.parametrize("name", ALL)
def test_axe_finds_nothing_in_any_language_theme_and_width(open_page: Open, name: str, size: tuple[int, int]) -> None:
    page = open_page(name, width=size[0], height=size[1])
    page.wait_for_function("document.querySelector('[data-look]')")
    assert violations(page) == []


@pytest.mark.req("K1", "WCAG 2.2 AA")
def test_axe_finds_nothing_in_open_dialogs_and_menus(open_page: Open) -> None:
    page = open_page("index-en-light")
    page.get_by_role("button", name="Open dialog").click()
    assert violations(page) == []
    page.keyboard.press("Escape")
    page.locator("[popovertarget='guide-menu']").click()
    assert violations(page) == []
    page.keyboard.press("Escape")
    page.locator("h1").click()
    page.keyboard.press("?")
    page.get_by_role("heading", name="Keyboard shortcuts").wait_for()
    assert violations(page) == []


@pytest.mark.req("K1", "works on a phone")
@pytest.mark.parametrize("name", ["index-en-light", "index-zh-dark", "desk-zh-light", "ticket-en-light"])
def test_nothing_is_wider_than_a_phone(open_page: Open, name: str) -> None:
    page = open_page(name, width=390, height=844)
    assert page.evaluate("document.scrollingElement.scrollWidth") <= 390


@pytest.mark.parametrize("size", WIDTHS)
def test_loading_the_desk_shifts_nothing(open_page: Open, size: tuple[int, int]) -> None:
    page = open_page("desk-en-light", width=size[0], height=size[1])
    shift = page.evaluate(
        """() => new Promise(done => {
            let sum = 0;
            const add = list => list.getEntries().forEach(entry => { sum += entry.value; });
            new PerformanceObserver(add).observe({type: 'layout-shift', buffered: true});
            setTimeout(() => done(sum), 400);
        })"""
    )
    assert shift < 0.02


def test_targets_on_a_phone_are_large_enough(open_page: Open) -> None:
    page = open_page("ticket-en-light", width=390, height=844)
    small = page.evaluate(
        """() => [...document.querySelectorAll('button, a, input, summary')]
            .filter(e => e.getClientRects().length && !e.closest('p, .toast'))
            .map(e => [e, e.getBoundingClientRect()])
            .filter(([e, r]) => r.width > 1 && (r.width < 24 || r.height < 20))
            .map(([e]) => e.outerHTML.slice(0, 120))"""
    )
    assert small == []


def test_focus_is_visible_on_every_control_reached_by_tab(open_page: Open) -> None:
    page = open_page("desk-en-light")
    for _ in range(25):
        page.keyboard.press("Tab")
        seen = page.evaluate(
            """() => { const e = document.activeElement; if (!e || e === document.body) return true;
                const of = n => {
                    const s = getComputedStyle(n);
                    return s.outlineStyle !== 'none' || s.boxShadow !== 'none';
                };
                const around = e.closest('.row, .composer, [data-splitter]') || e;
                return of(e) || of(around) || !!e.closest('[data-splitter]') || e.outerHTML.slice(0, 120); }"""
        )
        assert seen is True
