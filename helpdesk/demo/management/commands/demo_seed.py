"""`manage.py demo_seed`: the demo's world and its history; `--quick` what a first look needs, `--rest` the bulk."""

from __future__ import annotations

import time
from argparse import ArgumentParser
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.core.management.base import BaseCommand, CommandError
from django.db import OperationalError, connection, transaction

from helpdesk.core.context import DEMO_PROGRESS
from helpdesk.customers.models import Customer
from helpdesk.demo import stories, world
from helpdesk.demo.aftersales import today
from helpdesk.demo.aftersales import world as aftersales
from helpdesk.demo.aftersales.stories import FIRST, number_of_stories
from helpdesk.demo.aftersales.stories import play as play_claim
from helpdesk.demo.deadlines import settle_down
from helpdesk.demo.departments import work_together
from helpdesk.demo.replays import replay_last_month

QUICK = 40
ALL = 300
TRIES = 3


class Command(BaseCommand):
    help = "Fill an empty installation with the demo company; tells each story once, however often it is run."

    def add_arguments(self, parser: ArgumentParser) -> None:
        part = parser.add_mutually_exclusive_group()
        part.add_argument("--quick", action="store_true", help=f"the world and {QUICK} tickets")
        part.add_argument("--rest", action="store_true", help=f"the other tickets, to {ALL}")

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEMO:
            raise CommandError("Demo data is made in demo mode only (`manage.py up --demo`, or DEMO=1).")
        if not options["rest"]:
            with transaction.atomic():
                if (
                    Customer.objects.exists()
                    and not Customer.objects.filter(identities__value=world.DEMO_CUSTOMER).exists()
                ):
                    self.stdout.write("There is data already; the demo is left out.")
                    return
                world.build()
                aftersales.build()
        first, last = (QUICK, ALL) if options["rest"] else (0, QUICK if options["quick"] else ALL)
        self._tell(first, last)

    def _tell(self, first: int, last: int) -> None:
        told = claims = 0
        try:
            for nth in range(first, last):
                told += _played(stories.play, nth)
                claims += sum(_played(play, number) for play, number in claims_beside(nth - first, last - first, first))
                if first and nth % 5 == 0:
                    cache.set(DEMO_PROGRESS, [nth, last], 120)
        finally:
            cache.delete(DEMO_PROGRESS)
        if told or claims:
            if last == ALL:
                today.settle()
            settle_down()
            work_together()
            replay_last_month()
            self.stdout.write(f"Demo: {told} tickets told, {claims} claims.")


def claims_beside(nth: int, of: int, first: int) -> list[tuple[Callable[[int], bool], int]]:
    """The claims that are told with the nth of so many tickets, evenly spread; a first look gets the first few."""
    plays = claim_stories()
    begins, ends = (0, FIRST) if not first and of == QUICK else (FIRST if first else 0, len(plays))
    share = (ends - begins) / of
    return plays[begins + int(nth * share) : begins + int((nth + 1) * share)]


@lru_cache(maxsize=1)
def claim_stories() -> list[tuple[Callable[[int], bool], int]]:
    """Every claim of the demo in the order of telling: what a first look needs, then state by state, then the months before."""
    one_by_one = [(play_claim, nth) for nth in range(number_of_stories())]
    return [*one_by_one[:FIRST], *today.stories(), *one_by_one[FIRST:]]


def _played(play: Callable[[int], bool], nth: int) -> bool:
    """Tell the nth story; again when the running product had the same rows in its hands the other way round."""
    for attempt in range(TRIES):
        try:
            return play(nth)
        except OperationalError:
            if attempt == TRIES - 1:
                raise
            connection.close_if_unusable_or_obsolete()
            time.sleep(0.5)
    return False
