"""Who counts as there, with real processes and sockets: several tabs, tabs in the background, frozen ones, a killed process."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import timedelta

import pytest
from django.utils import timezone

from helpdesk.accounts.models import Presence, Staff, Team
from helpdesk.core.actors import SYSTEM
from tests.channels_app.live.stack import Desk, Stack
from tests.factories import make_account, make_arrival, make_staff, make_team
from tests.routing.conftest import offered
from tickets.intake.services import receive
from tickets.labels import ensure_labels
from tickets.models import Ticket
from tickets.routing.models import Offer, QueueSettings, Strategy
from tickets.routing.services.matching import match_batch
from tickets.routing.services.offers import lapse_due

# C3 says who gets nothing; these take minutes of real time.
pytestmark = [pytest.mark.verify, pytest.mark.req("C3", "presence"), pytest.mark.usefixtures("db")]


@contextlib.contextmanager
def tab(stack: Stack, staff: Staff, *, process: int = 0, answers: bool = True) -> Iterator[Desk]:
    """An open page of this person. One that `answers` does nothing but that, as a tab in the background; another is frozen."""
    with stack.desk(staff, process=process) as desk:
        ended = threading.Event()

        def answer() -> None:
            with contextlib.suppress(Exception):
                while not ended.is_set():
                    desk.everything(0.5)

        reading = threading.Thread(target=answer, daemon=True)
        if answers:
            reading.start()
        try:
            yield desk
        finally:
            ended.set()
            if answers:
                reading.join(5)


def is_there(staff: Staff) -> bool:
    """As the matcher sees it."""
    return Presence.objects.filter(staff=staff, state="online", connected_until__gt=timezone.now()).exists()


def wait_until(true: Callable[[], bool], seconds: float, what: str) -> float:
    """Seconds until it was true."""
    started = time.monotonic()
    while not true():
        assert time.monotonic() - started < seconds, what
        time.sleep(0.25)
    return time.monotonic() - started


def sweep() -> None:
    """What the timers' worker does every second."""
    now = timezone.now()
    lapse_due(now, 200)
    while match_batch(now):
        pass


@pytest.fixture
def team(stack: Stack) -> Team:
    ensure_labels()
    team = make_team()
    QueueSettings.objects.create(team=team, strategy=Strategy.LEAST_LOADED)
    return team


def arrive(team: Team, address: str) -> Ticket:
    return receive(make_arrival(make_account(f"box-{team.pk}", team=team), address=address), by=SYSTEM).ticket


def test_tabs_in_the_background_keep_their_person_there_and_frozen_ones_do_not(stack: Stack, team: Team) -> None:
    several, background, frozen, closed = (make_staff(teams=(team,)) for _nth in range(4))
    with ExitStack() as open_tabs:
        open_tabs.enter_context(tab(stack, several, process=1))
        open_tabs.enter_context(tab(stack, background))
        open_tabs.enter_context(tab(stack, frozen, answers=False))
        with tab(stack, several), tab(stack, closed):
            for person in (several, background, frozen, closed):
                wait_until(lambda person=person: is_there(person), 10, "connected at once")
            time.sleep(3)
        # one of two tabs is closed, and the only one of somebody else
        gone_after = wait_until(lambda: not is_there(closed), 90, "a closed tab keeps nobody there")
        wait_until(lambda: not is_there(frozen), 60, "a frozen tab keeps nobody there")
        deadline = time.monotonic() + max(0.0, 70 - gone_after)
        while time.monotonic() < deadline:
            assert is_there(several)
            assert is_there(background)
            time.sleep(1)
        assert is_there(several)
        assert is_there(background)


def test_who_was_on_a_killed_web_process_is_gone_and_their_offers_go_on(stack: Stack, team: Team) -> None:
    lost, kept = make_staff(teams=(team,)), make_staff(teams=(team,))
    with tab(stack, lost), tab(stack, kept, process=1):
        wait_until(lambda: is_there(lost) and is_there(kept), 10, "connected at once")
        Presence.objects.filter(staff=kept).update(state="busy")
        tickets = [arrive(team, f"killed{nth}@customer.example") for nth in range(3)]
        sweep()
        assert {offered(ticket) for ticket in tickets} == {lost}
        # the offer itself would last for longer than this takes
        Offer.objects.filter(staff=lost).update(expires_at=timezone.now() + timedelta(hours=1))
        Presence.objects.filter(staff=kept).update(state="online")
        stack.processes[0].kill()
        stack.processes[0].wait(10)

        def passed_on() -> bool:
            sweep()
            return {offered(ticket) for ticket in tickets} == {kept}

        wait_until(passed_on, 75, "offers of somebody gone go to the next")
        assert not is_there(lost)
        assert is_there(kept)
        assert set(Offer.objects.filter(staff=lost).values_list("state", "ended_why")) == {("lapsed", "gone")}
