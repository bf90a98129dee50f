"""The live list in a browser: keyboard, rows replaced in place, new rows, the pill, selection, reconnects."""

import json
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.template.loader import render_to_string
from playwright.sync_api import Page, expect
from websockets.exceptions import ConnectionClosed
from websockets.sync.server import Server, ServerConnection, serve

from tests.ui.conftest import Site
from tests.ui.test_template_tags import row

pytestmark = pytest.mark.browser

Open = Callable[..., Page]
FACES = '<span data-presence="3" data-me="1" hidden><span data-presence-text></span></span>'
LIST = 'data-rows-url=""'


class Socket:
    """A WebSocket door that remembers what desks said and can speak to all of them."""

    def __init__(self) -> None:
        self.heard: list[Any] = []
        self.open: set[ServerConnection] = set()
        self.server: Server = serve(self._talk, "127.0.0.1", 0)
        self.url = f"ws://127.0.0.1:{self.server.socket.getsockname()[1]}/"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def _talk(self, connection: ServerConnection) -> None:
        self.open.add(connection)
        try:
            for message in connection:
                self.heard.append(json.loads(message))
                if "resume" in self.heard[-1]:
                    connection.send(json.dumps([{"t": "hello"}, {"t": "resumed"}]))
        except ConnectionClosed:
            pass
        finally:
            self.open.discard(connection)

    def say(self, **message: Any) -> None:
        for connection in list(self.open):
            connection.send(json.dumps(message))

    def drop(self) -> None:
        for connection in list(self.open):
            connection.close(1011)


@pytest.fixture
def socket() -> Iterator[Socket]:
    door = Socket()
    yield door
    door.server.shutdown()


def html_row(number: int, **more: object) -> str:
    return render_to_string("components/ticket_row.html", {"row": row(id=number, url="#", **more)})


def live_desk(open_page: Open, site: Site, socket: Socket, rows: dict[str, str], **size: int) -> Page:
    """The desk of the guide, its list fed by `rows` (id → markup) and its socket by ours."""

    def answer(call: Any) -> tuple[int, str]:
        ids = list(rows) if "first" in call.query else call.query.get("ids", [",".join(rows)])[0].split(",")
        return 200, "".join(rows.get(number, "") for number in ids)

    site.answers["/rows"] = answer
    swap = {
        LIST: 'data-rows-url="/rows"',
        '<div class="desk"': f'<div class="desk" data-live="{socket.url}" data-position="5"',
    }
    page = open_page("desk-en-light", swap=swap, **size)
    page.wait_for_function("document.querySelector('[data-look]')")
    for _ in range(50):
        if socket.heard:
            break
        page.wait_for_timeout(50)
    assert {"resume": 5} in socket.heard
    return page


@pytest.mark.req("E5", "keyboard shortcuts")
def test_j_and_k_move_and_x_selects(open_page: Open) -> None:
    page = open_page("desk-en-light")
    page.keyboard.press("j")
    page.keyboard.press("j")
    expect(page.locator(".row[data-focus]")).to_contain_text("Fridge door dented")
    page.keyboard.press("k")
    expect(page.locator(".row[data-focus]")).to_contain_text("Gas smell")
    page.keyboard.press("x")
    expect(page.locator(".row-check input:checked")).to_have_count(1)
    page.keyboard.press("Escape")
    expect(page.locator(".row-check")).to_have_count(0)


def test_changed_row_is_replaced_in_place(open_page: Open, site: Site, socket: Socket) -> None:
    page = live_desk(open_page, site, socket, {"20872": html_row(20872, subject="Gas smell, valve closed", version=2)})
    socket.say(t="row", id=20872, v=2, p=6)
    expect(page.locator("#row-20872 .row-subject")).to_have_text("Gas smell, valve closed")
    assert page.locator("[data-ticket-list] > li").nth(2).get_attribute("id") == "row-20872"


def test_new_row_slides_in_at_the_top(open_page: Open, site: Site, socket: Socket) -> None:
    page = live_desk(open_page, site, socket, {"900": html_row(900, subject="Just arrived")})
    socket.say(t="row", id=900, v=1, p=6)
    expect(page.locator("[data-ticket-list] > li").first).to_contain_text("Just arrived")
    expect(page.locator("#announcer")).to_contain_text("1 new tickets")


def test_new_row_waits_behind_a_pill_while_the_list_is_scrolled(open_page: Open, site: Site, socket: Socket) -> None:
    page = live_desk(open_page, site, socket, {"900": html_row(900, subject="Just arrived")})
    box = page.locator(".col-list .col-scroll")
    box.evaluate("e => { e.scrollTop = 120; }")
    before = page.locator("#row-20874").bounding_box()
    socket.say(t="row", id=900, v=1, p=6)
    pill = page.get_by_role("button", name="1 new")
    expect(pill).to_be_visible()
    assert page.locator("#row-20874").bounding_box() == before
    expect(page.locator("#row-900")).to_have_count(0)
    pill.click()
    expect(page.locator("[data-ticket-list] > li").first).to_contain_text("Just arrived")
    expect(pill).to_be_hidden()


def test_row_that_left_the_view_goes_but_the_open_one_stays(open_page: Open, site: Site, socket: Socket) -> None:
    page = live_desk(open_page, site, socket, {})
    page.locator("[data-ticket-list]").evaluate("e => { e.dataset.current = '20871'; }")
    socket.say(t="row", id=20872, v=9, p=6)
    expect(page.locator("#row-20872")).to_have_count(0)
    socket.say(t="gone", id=20871, p=7)
    expect(page.locator("#row-20871")).to_have_attribute("data-gone", "")


def test_older_version_never_overwrites_a_newer_row(open_page: Open, site: Site, socket: Socket) -> None:
    page = live_desk(open_page, site, socket, {"20872": html_row(20872, subject="Old news", version=0)})
    socket.say(t="row", id=20872, v=5, p=6)
    page.wait_for_timeout(500)
    expect(page.locator("#row-20872 .row-subject")).to_contain_text("Gas smell")


def test_a_burst_is_fetched_at_the_servers_pace(open_page: Open, site: Site, socket: Socket) -> None:
    rows = {str(n): html_row(n, subject=f"Ticket {n}") for n in range(500, 540)}
    page = live_desk(open_page, site, socket, rows)
    for number in range(500, 540):
        socket.say(t="row", id=number, v=1, p=number, wait=0.7)
        page.wait_for_timeout(20)
    expect(page.locator("#row-539")).to_have_count(1)
    assert len(site.to("/rows")) <= 4


def test_lost_connection_is_told_and_resumed_from_the_last_position(
    open_page: Open, site: Site, socket: Socket
) -> None:
    page = live_desk(open_page, site, socket, {"900": html_row(900, subject="Missed meanwhile")})
    socket.say(t="counts", counts={"All open": 49}, p=42)
    expect(page.locator("[data-count='All open']")).to_have_text("49")
    socket.drop()
    for _ in range(100):
        if {"resume": 42} in socket.heard:
            break
        page.wait_for_timeout(50)
    assert {"resume": 42} in socket.heard
    socket.say(t="catchup", all=True, p=50)
    expect(page.locator("#row-900")).to_have_count(1)


def test_faces_of_colleagues_on_the_same_ticket_are_shown(open_page: Open, site: Site, socket: Socket) -> None:
    page = live_desk(open_page, site, socket, {})
    page.evaluate("html => document.querySelector('.ticket-head').insertAdjacentHTML('beforeend', html)", FACES)
    people = [
        {"id": 1, "name": "Me", "initials": "ME"},
        {"id": 2, "name": "He Min", "initials": "HM", "tone": 5, "typing": True},
    ]
    page.wait_for_timeout(50)
    socket.say(t="presence", id=3, people=people)
    expect(page.locator("[data-presence='3']")).to_contain_text("He Min is writing…")
    expect(page.locator("[data-presence='3'] .av")).to_have_count(1)
