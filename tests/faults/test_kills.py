"""Kill -9 anything at any moment under traffic: nothing lost, nothing doubled, nothing torn, crossed or out of order."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import time

import psutil
import pytest
import redis

from helpdesk.embedded import runtime
from tests.embedded.test_supervisor import Product
from tests.faults.conftest import pids
from tests.faults.driver import World

pytestmark = [
    pytest.mark.verify,
    pytest.mark.alone,
    pytest.mark.req("A4", "processed once"),
    pytest.mark.req("A7", "retry and reason"),
]

RATES = {"mails": 12.0, "posts": 4.0, "hooks": 4.0, "answers": 3.0}


def under_traffic(world: World, hurt, *, times: int, pause: tuple[float, float] = (1.0, 3.0)) -> None:  # type: ignore[no-untyped-def]
    """Send while `hurt` is called at random moments, then wait until all is worked off and compare."""
    chance = random.Random()
    world.start(**RATES)
    time.sleep(3)
    for _ in range(times):
        hurt()
        time.sleep(chance.uniform(*pause))
    world.finish()
    recovery = world.wait_until_quiet(150)
    figures = world.figures()
    print(f"{figures} recovery_s={recovery:.1f} refusals={dict(world.refusals)}")
    assert figures.sent > 60 * times / 10
    assert figures.accepted == figures.sent
    assert figures.faults() == {}, world.leftovers()


def kill(pid: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)


def test_the_workers_children_are_killed_in_the_middle_of_work(world: tuple[Product, World]) -> None:
    product, around = world

    def hurt() -> None:
        for name in ("worker", "timers"):
            try:
                children = psutil.Process(pids(product)[name]).children(recursive=True)
            except psutil.NoSuchProcess:
                continue
            for child in children[:2]:
                kill(child.pid)

    under_traffic(around, hurt, times=15)


@pytest.mark.parametrize(
    "names", [("worker",), ("web.1", "web.2"), ("mail",), ("dispatcher", "timers", "beat")], ids="+".join
)
def test_whole_processes_are_killed(world: tuple[Product, World], names: tuple[str, ...]) -> None:
    product, around = world
    chance = random.Random()

    def hurt() -> None:
        kill(pids(product)[chance.choice(names)])

    # a child that dies again and again is given up on purpose, so the pauses let it live for a while
    under_traffic(around, hurt, times=6, pause=(4.0, 7.0))


def test_the_broker_is_emptied_and_killed(world: tuple[Product, World]) -> None:
    product, around = world
    turn = iter(range(100))

    def hurt() -> None:
        if next(turn) % 2:
            kill(pids(product)["valkey"])
            return
        with contextlib.suppress(redis.RedisError):
            redis.Redis.from_url(str(runtime.load(product.data_dir)["redis_url"])).flushall()

    under_traffic(around, hurt, times=6, pause=(4.0, 7.0))


def test_the_database_is_killed(world: tuple[Product, World]) -> None:
    product, around = world

    def hurt() -> None:
        kill(pids(product)["postgres"])

    under_traffic(around, hurt, times=4, pause=(7.0, 10.0))


def test_the_supervisor_is_killed_and_started_again(world: tuple[Product, World]) -> None:
    product, around = world

    def hurt() -> None:
        assert product.child is not None
        product.child.send_signal(signal.SIGKILL)
        product.child.wait(30)
        product.start("--demo")

    under_traffic(around, hurt, times=2, pause=(5.0, 8.0))
