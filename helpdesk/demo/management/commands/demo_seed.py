"""`manage.py demo_seed`: the demo's world and its history; `--quick` what a first look needs, `--rest` the bulk."""

from __future__ import annotations

import time
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.core.management.base import BaseCommand, CommandError
from django.db import OperationalError, connection, transaction

from helpdesk.core.context import DEMO_PROGRESS
from helpdesk.customers.models import Customer
from helpdesk.demo import stories, world
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
        first, last = (QUICK, ALL) if options["rest"] else (0, QUICK if options["quick"] else ALL)
        self._tell(first, last)

    def _tell(self, first: int, last: int) -> None:
        told = 0
        try:
            for nth in range(first, last):
                told += _played(nth)
                if first and nth % 5 == 0:
                    cache.set(DEMO_PROGRESS, [nth, last], 120)
        finally:
            cache.delete(DEMO_PROGRESS)
        if told:
            settle_down()
            work_together()
            replay_last_month()
            self.stdout.write(f"Demo: {told} tickets told.")


def _played(nth: int) -> bool:
    """Tell the nth story; again when the running product had the same rows in its hands the other way round."""
    for attempt in range(TRIES):
        try:
            return stories.play(nth)
        except OperationalError:
            if attempt == TRIES - 1:
                raise
            connection.close_if_unusable_or_obsolete()
            time.sleep(0.5)
    return False
