"""The wallboard in a real browser: it moves by push, and heals after its connection was lost."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from helpdesk.accounts.models import Presence, Staff, Team
from helpdesk.accounts.services.presence import set_presence
from helpdesk.core.actors import SYSTEM
from tests.factories import actor, make_account, make_arrival, make_staff, make_team
from tickets.intake.services import receive
from tickets.models import Ticket
from tickets.routing.models import QueueEntry

pytestmark = [pytest.mark.browser]
Opener = Callable[..., Page]


@pytest.fixture
def floor(live: Any) -> tuple[Staff, Team]:
    """A supervisor, and a team of this test's own."""
    name = f"Wall {Team.objects.count()}"
    team = make_team(name)
    return make_staff(f"wall{Team.objects.count()}", role="supervisor"), team


def arrive(team: Team, subject: str, address: str) -> int:
    """A mail for the team, in the running product's database."""
    account = make_account(f"wall-{team.pk}", team=team)
    return receive(make_arrival(account, subject=subject, address=address), by=SYSTEM).ticket.pk


# What is wider than its box or than the screen.
CUT = """[...document.querySelectorAll('.wall-cell, .wall-cell > *, .wall-table td, .wall-urgent li, .wall-left')]
  .filter((box) => box.getClientRects().length && getComputedStyle(box).display !== 'inline'
    && (box.scrollWidth > box.clientWidth + 1 || box.getBoundingClientRect().right > innerWidth + 1))
  .map((box) => `${innerWidth}: ${box.className} ${box.textContent.trim().slice(0, 60)}`)"""


def there_until(staff: Staff, seconds: float) -> None:
    """The person's sockets answered a while ago, so that the row lasts this much longer."""
    until = timezone.now() + timedelta(seconds=seconds)
    Presence.objects.update_or_create(staff=staff, defaults={"state": "online", "connected_until": until})


def waiting(page: Page) -> Any:
    return page.locator(".wall-cell .wall-figure").first


@contextmanager
def cut_off(page: Page, sockets: list[Any]) -> Iterator[None]:
    """The page is offline: its sockets are gone, and neither a new one nor a fetch gets through."""
    page.context.set_offline(True)
    for one in sockets:
        one.close()
    try:
        yield
    finally:
        page.context.set_offline(False)


@pytest.mark.req("J1", "wallboard")
def test_wallboard_moves_by_push_when_a_ticket_arrives(sign_in: Opener, floor: tuple[Staff, Team]) -> None:
    supervisor, team = floor
    page = sign_in(supervisor, f"/wallboard/?team={team.pk}", width=1920, height=1080)
    expect(waiting(page)).to_have_text("0")
    expect(page.locator("[data-wall-live]")).to_have_attribute("data-state", "on", timeout=20_000)
    fetched: list[str] = []
    page.on("request", lambda request: fetched.append(request.url) if "/wallboard/" in request.url else None)
    arrive(team, "The first to come", "one@wall.example")
    # the next look by the clock would be up to 15 s away
    expect(waiting(page)).to_have_text("1", timeout=5000)
    for nth in range(6):
        arrive(team, f"More {nth}", f"more{nth}@wall.example")
    expect(waiting(page)).to_have_text("7", timeout=6000)
    assert len(fetched) <= 6, "a flood is gathered"


@pytest.mark.req("J1", "wallboard")
@pytest.mark.parametrize(("address", "before", "after"), [
    ("/wallboard/?team={team.pk}", "Agents 1 here", "Agents 0 here"),
    ("/team/?team={team.pk}", "1 here", "0 here"),
    ("/queues/{team.slug}/", "0 of 10 mails", "not here"),
])  # fmt: skip
def test_pages_with_people_move_by_push_when_somebody_leaves_or_is_cut_off(
    address: str, before: str, after: str, sign_in: Opener, floor: tuple[Staff, Team]
) -> None:
    supervisor, team = floor
    agent = make_staff(teams=(team,))
    there_until(agent, 600)
    page = sign_in(supervisor, address.format(team=team))
    part = page.locator("[data-refresh]")
    expect(part).to_contain_text(before)
    expect(part).not_to_contain_text(after)
    page.wait_for_timeout(4000)  # the look after the socket's greeting is over; the next by the clock is 11 s away
    set_presence(by=actor(agent), state="offline")
    expect(part).to_contain_text(after, timeout=5000)
    set_presence(by=actor(agent), state="online")
    expect(part).not_to_contain_text(after, timeout=5000)
    page.wait_for_timeout(2500)
    there_until(agent, 1)  # as if the agent's process had been killed a minute ago: nobody extends the row
    expect(part).to_contain_text(after, timeout=7000)


@pytest.mark.req("J1", "wallboard")
def test_queues_move_by_push_when_a_ticket_arrives(sign_in: Opener, floor: tuple[Staff, Team]) -> None:
    supervisor, team = floor
    page, lines = sign_in(supervisor, f"/queues/{team.slug}/"), sign_in(supervisor, "/queues/")
    line = lines.get_by_role("row").filter(has_text=team.name)
    expect(line.locator("td").nth(1)).to_have_text("0")
    lines.wait_for_timeout(4000)
    arrive(team, "Straight into the queue", "queue@wall.example")
    expect(page.get_by_role("link", name="Straight into the queue")).to_be_visible(timeout=5000)
    expect(line.locator("td").nth(1)).to_have_text("1", timeout=5000)


@pytest.mark.req("J1", "wallboard")
def test_wallboard_keeps_its_figures_while_it_is_cut_off_and_heals(sign_in: Opener, floor: tuple[Staff, Team]) -> None:
    supervisor, team = floor
    arrive(team, "Before", "before@wall.example")
    page = sign_in(supervisor, f"/wallboard/?team={team.pk}", width=1920, height=1080)
    sockets: list[Any] = []
    page.route_web_socket(re.compile("/ws/desk/"), lambda ws: (ws.connect_to_server(), sockets.append(ws)))
    page.reload()
    mark = page.locator("[data-wall-live]")
    expect(waiting(page)).to_have_text("1")
    page.wait_for_timeout(1500)
    with cut_off(page, sockets):
        expect(mark).to_have_attribute("data-state", "off", timeout=10_000)
        expect(mark).to_contain_text(re.compile(r"Reconnecting, figures from \d\d:\d\d"))
        arrive(team, "Meanwhile", "meanwhile@wall.example")
        page.wait_for_timeout(1500)
        expect(waiting(page)).to_have_text("1")
    expect(waiting(page)).to_have_text("2", timeout=20_000)
    expect(mark).to_have_attribute("data-state", "on", timeout=20_000)


@pytest.mark.req("J1", "wallboard")
def test_wallboard_fits_a_screen_without_scrolling_and_is_readable_from_afar(
    sign_in: Opener, floor: tuple[Staff, Team]
) -> None:
    supervisor, team = floor
    for kind in ("chat", "phone", "wechat", "sms", "form", "portal", "weibo", "email"):
        make_account(f"wide-{kind}", kind=kind, team=team)
    for nth in range(6):
        arrive(
            team, "A subject that is much too long for any wall however wide it may be " * 3, f"long{nth}@wall.example"
        )
    page = sign_in(supervisor, "/wallboard/", width=1920, height=1080)
    page.wait_for_timeout(800)
    size = page.evaluate("[document.documentElement.scrollHeight, document.documentElement.scrollWidth]")
    assert size == [1080, 1920]
    # everything that belongs on the wall is on it: nothing is cut off by its box
    cut = page.evaluate(
        """[...document.querySelectorAll('.wall-body > *')].filter((box) => box.scrollHeight > box.clientHeight + 1
           || box.getBoundingClientRect().bottom > innerHeight + 1).map((box) => box.className)"""
    )
    assert cut == []
    small = page.evaluate(
        """[...document.querySelectorAll('.wall *')].filter((node) =>
             [...node.childNodes].some((child) => child.nodeType === 3 && child.data.trim())
             && node.getClientRects().length && !node.closest('.menu, .visually-hidden')
             && parseFloat(getComputedStyle(node).fontSize) < 24).map((node) => node.className + ':' + node.textContent)"""
    )
    assert small == []


WAITS = [
    (0.9, {"en": "21h 36m", "zh-hans": "21小时36分"}),
    (6.99, {"en": "6d 23h", "zh-hans": "6天23小时"}),
    (412.3, {"en": "412d", "zh-hans": "412天"}),
]


@pytest.mark.req("J1", "wallboard")
@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_waits_of_days_read_well_and_fit(language: str, sign_in: Opener, floor: tuple[Staff, Team]) -> None:
    supervisor, team = floor
    Staff.objects.filter(pk=supervisor.pk).update(language=language)
    ticket = arrive(team, "Long forgotten", f"old-{language}@wall.example")
    page = sign_in(supervisor, f"/wallboard/?team={team.pk}", width=1920, height=1080)
    figures = page.locator("time[data-since]")
    for days, shown in WAITS:
        since = timezone.now() - timedelta(days=days)
        QueueEntry.objects.filter(ticket=ticket).update(entered_at=since, due_at=since)
        Ticket.objects.filter(pk=ticket).update(due_at=since)
        page.reload()
        for width, height in ((1920, 1080), (1366, 768), (390, 844)):
            page.set_viewport_size({"width": width, "height": height})
            expect(figures.first).to_have_text(shown[language])
            expect(figures.nth(1)).to_have_text(shown[language])
            assert page.evaluate(CUT) == []


def test_wallboard_keeps_nobody_present(sign_in: Opener, floor: tuple[Staff, Team]) -> None:
    supervisor, team = floor
    page = sign_in(supervisor, f"/wallboard/?team={team.pk}", width=1920, height=1080)
    expect(page.locator("[data-wall-live]")).to_have_attribute("data-state", "on")
    page.wait_for_timeout(34_000)
    until = Presence.objects.filter(staff=supervisor).values_list("connected_until", flat=True).first()
    page.wait_for_timeout(22_000)
    assert Presence.objects.filter(staff=supervisor).values_list("connected_until", flat=True).first() == until


@pytest.mark.req("J2", "SLA dashboard")
def test_chart_is_drawn_within_the_content_policy_and_has_a_table(sign_in: Opener, floor: tuple[Staff, Team]) -> None:
    from analytics.services.outcomes import Said, take_in
    from helpdesk.core.clock import now
    from tickets.sla.models import Target

    supervisor, team = floor
    target = Target.objects.select_related("version").first()
    assert target is not None
    ticket = arrive(team, "Behind a figure", "figure@wall.example")
    counted = {"at": now().isoformat(), "version": target.version_id, "target": target.pk, "spent": 60, "team": team.pk,
               "owner": None, "account": 1, "channel": "email", "kind": "other", "level": "ordinary"}  # fmt: skip
    take_in([Said(9_000_000 + team.pk, ticket, "first_response", "met", 1, counted=counted)])
    page = sign_in(supervisor, f"/dashboards/sla/?team={team.pk}")
    expect(page.locator("[data-chart][data-drawn] canvas")).to_be_visible(timeout=15_000)
    page.locator('[data-view-switch="course"]').click()
    expect(page.locator("[data-chart]")).to_be_hidden()
    expect(page.get_by_role("row", name=re.compile("100 %")).first).to_be_visible()
    page.locator('[data-view-switch="course"]').click()
    expect(page.locator("[data-chart] canvas")).to_be_visible()
