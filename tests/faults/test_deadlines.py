"""Kill -9 the worker of the timers, and kill or empty the broker, while deadlines pass: each step fires exactly once."""

from __future__ import annotations

import contextlib
import random
import time
from collections import Counter

import psutil
import psycopg2
import pytest
import redis

from helpdesk.embedded import runtime
from helpdesk.embedded.backoff import MOST_FAILURES
from tests.embedded.test_supervisor import Product
from tests.faults.conftest import manage, pids
from tests.faults.driver import World
from tests.faults.test_kills import kill

pytestmark = [pytest.mark.verify, pytest.mark.alone]

SECONDS = 24
STEPS = {"warn-50", "at-60", "warn-75", "warn-90", "breach", "at-100", "after-6"}
# One policy for everything: a first answer within 24 s, and a ladder with an action that changes the ticket.
MAKE_POLICY = f"""
from helpdesk.core.actors import SYSTEM
from helpdesk.core.models import BusinessCalendar
from tickets.sla.models import Policy
from tickets.sla.services.policies import *
for policy in Policy.objects.filter(is_active=True):
    switch_policy(policy.pk, is_active=False, by=SYSTEM)
steps = [
    StepDraft([{{"do": "notify", "to": ["lead"]}}], share=60),
    StepDraft([{{"do": "notify", "to": ["supervisor"]}}, {{"do": "raise_priority"}}], share=100),
    StepDraft([{{"do": "add_watchers", "to": ["manager"]}}], after_seconds=6),
]
around = BusinessCalendar.objects.filter(is_24x7=True)[0]
create_policy(PolicyDraft("Quick", [TargetDraft("first_response", around.pk, seconds={SECONDS}, steps=steps)]), by=SYSTEM)
"""


@pytest.mark.req("D5", "each step once")
@pytest.mark.req("D6", "met from the database")
def test_each_step_fires_once_though_the_timers_and_the_broker_are_killed(world: tuple[Product, World]) -> None:
    product, around = world
    manage(product, "shell", "-c", MAKE_POLICY)
    since = time.time()
    around.start(mails=8.0, posts=4.0, hooks=0, answers=0)
    time.sleep(SECONDS / 2)
    turn, chance = 0, random.Random()
    while time.time() < since + 2.5 * SECONDS and turn < 3 * (MOST_FAILURES - 1):
        _hurt(product, turn)
        turn += 1
        if time.time() > since + SECONDS and not around.stop.is_set():
            around.finish()
        time.sleep(chance.uniform(4.0, 7.0))
    around.finish()
    database = psycopg2.connect(around.database_url)
    database.autocommit = True
    found = _until_all_fired(database, since)
    print(f"clocks={len(found)} hurt={turn} refusals={dict(around.refusals)}")
    assert len(found) > 50
    assert {clock: steps for clock, steps in found.items() if steps != Counter(STEPS)} == {}
    assert _rows(database, _DOUBLED_NOTICES, since) == []
    # the action behind the breach was taken once on each ticket, though its job may have been worked by a killed worker
    raised = Counter(ticket for (ticket,) in _rows(database, _RAISED, since))
    assert len(raised) == len(found)
    assert set(raised.values()) == {1}


def _hurt(product: Product, turn: int) -> None:
    """Three ways in turn; nobody dies so often in a row that the supervisor gives up, as it does on purpose."""
    if turn % 3 == 2:
        kill(pids(product)["valkey"])
    elif turn % 3 == 1:
        with contextlib.suppress(redis.RedisError):
            redis.Redis.from_url(str(runtime.load(product.data_dir)["redis_url"])).flushall()
    else:
        with contextlib.suppress(psutil.NoSuchProcess):
            parent = psutil.Process(pids(product)["timers"])
            for process in [*parent.children(recursive=True), parent]:
                kill(process.pid)


_CLOCKS = """
SELECT c.id FROM sla_clock c JOIN tickets_ticket t ON t.id = c.ticket_id
WHERE c.metric = 'first_response' AND c.length_seconds = %s AND t.created_at >= to_timestamp(%s)
"""
# What the rest of the product heard of: the event log, not the steps, whose uniqueness a constraint holds anyway.
_TOLD = f"""
SELECT (data->>'clock')::bigint, data->>'step' FROM core_event
WHERE name IN ('clock.warned', 'clock.breached', 'clock.escalated') AND (data->>'clock')::bigint IN ({_CLOCKS})
"""
_DOUBLED_NOTICES = """
SELECT ticket_id, staff_id, kind, data->>'step', count(*) FROM accounts_notification
WHERE kind LIKE 'clock.%%' AND created_at >= to_timestamp(%s) GROUP BY 1, 2, 3, 4, data->>'metric' HAVING count(*) > 1
"""
_RAISED = """
SELECT e.ticket_id FROM core_event e JOIN tickets_ticket t ON t.id = e.ticket_id
WHERE e.name = 'ticket.edited' AND e.actor_kind = 'automation' AND e.data ? 'priority' AND t.created_at >= to_timestamp(%s)
"""


def _until_all_fired(database: psycopg2.extensions.connection, since: float) -> dict[int, Counter[str]]:
    """The steps of each clock, as soon as all have all, or after two minutes."""
    ends = time.monotonic() + 120
    while time.monotonic() < ends:
        found = _told(database, since)
        acted = len(_rows(database, _RAISED, since))
        if acted >= len(found) and all(set(steps) == STEPS for steps in found.values()):
            break
        time.sleep(1)
    time.sleep(5)  # what would come twice comes now
    return _told(database, since)


def _told(database: psycopg2.extensions.connection, since: float) -> dict[int, Counter[str]]:
    found = {pk: Counter[str]() for (pk,) in _rows(database, _CLOCKS, SECONDS, since)}
    for clock, step in _rows(database, _TOLD, SECONDS, since):
        found[clock][step] += 1
    return found


def _rows(database: psycopg2.extensions.connection, question: str, *values: float) -> list[tuple]:  # type: ignore[type-arg]
    with database.cursor() as cursor:
        cursor.execute(question, values)
        return cursor.fetchall()
