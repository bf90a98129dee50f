"""The desk's script against the real socket, in a real browser: what reaches a page, also over a lost connection."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

import pytest
from django.conf import settings
from django.db import connections
from playwright.sync_api import Page, sync_playwright

from helpdesk.core.events import log_head
from scripts import browser as chromium
from tests.channels_app.live.stack import Stack, sign_in
from tests.factories import actor, make_staff, make_team, make_ticket
from tickets.services.assignment import transfer_ticket

pytestmark = [pytest.mark.browser, pytest.mark.req("K8", "live push"), pytest.mark.usefixtures("db")]
T = TypeVar("T")
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
             "--disable-component-update", "--disable-sync"]  # fmt: skip

LISTEN = """async (position) => {
  window.heard = [];
  for (const name of ["open", "lost", "hello", "row", "gone", "counts", "presence", "catchup", "resumed"])
    document.addEventListener(`live:${name}`, (event) => window.heard.push({ name, ...event.detail }));
  const NativeSocket = window.WebSocket;
  window.sockets = [];
  window.WebSocket = class extends NativeSocket { constructor(...given) { super(...given); window.sockets.push(this); } };
  window.live = await import("/static/js/live.js");
  window.live.start("/ws/desk/", position);
}"""


@pytest.fixture
def database() -> Iterator[Callable[..., Any]]:
    """Queries in a thread of their own: Playwright keeps an event loop in the test's."""
    with ThreadPoolExecutor(1) as thread:
        yield lambda work, *given, **named: thread.submit(work, *given, **named).result()
        thread.submit(connections.close_all).result()


@pytest.fixture
def page(stack: Stack) -> Iterator[Page]:
    path = chromium.find()
    assert path, "no Chromium: see scripts/browser.py"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield browser.new_page()
        browser.close()


def heard(page: Page, name: str, **wanted: Any) -> dict[str, Any]:
    """Wait until the page has heard this."""
    expression = """([name, wanted]) => window.heard.find(
      (message) => message.name === name && Object.entries(wanted).every(([key, value]) => message[key] === value))"""
    found: dict[str, Any] = page.wait_for_function(expression, arg=[name, wanted], timeout=15_000).json_value()
    return found


def test_a_page_hears_of_changes_and_after_a_lost_connection_of_what_it_missed(
    stack: Stack, page: Page, database: Callable[..., Any]
) -> None:
    team, goal = database(make_team), database(make_team)
    agent = database(make_staff, teams=(team,))
    page.context.add_cookies(
        [
            {
                "name": settings.SESSION_COOKIE_NAME,
                "value": database(sign_in, agent),
                "url": f"http://127.0.0.1:{stack.ports[0]}",
            }
        ]
    )
    position = database(log_head)
    early = database(make_ticket, team)
    page.goto(f"http://127.0.0.1:{stack.ports[0]}/healthz")
    page.evaluate(LISTEN, str(position))
    assert heard(page, "row", id=early.pk)["p"] > position
    heard(page, "resumed")
    ticket = database(make_ticket, team)
    heard(page, "row", id=ticket.pk)
    heard(page, "counts")

    page.context.set_offline(True)
    page.evaluate("window.sockets.at(-1).close()")
    missed = database(make_ticket, team)
    database(transfer_ticket, ticket.pk, team=goal, by=database(actor, agent))
    heard(page, "lost")
    page.context.set_offline(False)
    heard(page, "row", id=missed.pk)
    heard(page, "gone", id=ticket.pk)

    assert stack.valkey.process is not None
    stack.valkey.process.kill()
    stack.valkey.process.wait()
    unheard = database(make_ticket, team)
    stack.valkey.start()
    heard(page, "row", id=unheard.pk)


def test_the_script_shows_faces_and_says_who_is_writing(stack: Stack, page: Page, database: Callable[..., Any]) -> None:
    team = database(make_team)
    agent = database(make_staff, teams=(team,))
    colleague = database(make_staff, teams=(team,), name="Chen Jing")
    ticket = database(make_ticket, team)
    address = f"http://127.0.0.1:{stack.ports[0]}"
    page.context.add_cookies(
        [{"name": settings.SESSION_COOKIE_NAME, "value": database(sign_in, agent), "url": address}]
    )
    page.goto(f"{address}/healthz")
    page.evaluate(LISTEN, "")
    heard(page, "hello")
    page.evaluate(
        "(id) => document.body.append(Object.assign(document.createElement('i'), { id: 'shown' })) ?? "
        "document.getElementById('shown').setAttribute('data-live-ticket', id)",
        ticket.pk,
    )
    key = database(sign_in, colleague)
    with stack.desk(colleague, session=key, process=1) as desk:
        desk.say(viewing=ticket.pk, typing=True)
        people = heard(page, "presence", id=ticket.pk)["people"]
        assert [(face["name"], face["initials"], face["typing"]) for face in people] == [("Chen Jing", "CJ", True)]
        page.evaluate("window.live.typing()")
        while not desk.wait("presence", id=ticket.pk)["people"][0]["typing"]:
            continue
