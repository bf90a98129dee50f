"""What has to be done once for a new release, before its processes start."""

import argparse
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand
from django.db import connection

# Any number will do, as long as every release takes the same.
LOCK_ID = 7_405_911


class Command(BaseCommand):
    """Migrations, then ``prepare`` (catalogues, static files, first rows), then the first part of the demo data."""

    help = (
        "Bring the database, catalogues and static files up to this release; safe to run on several machines at once."
    )

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Offer demo data."""
        parser.add_argument("--demo", action="store_true", help="also fill an empty database with demo data")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Do it all, one process at a time."""
        verbosity = options["verbosity"]
        with _alone():
            call_command("migrate", interactive=False, verbosity=verbosity)
            call_command("prepare", verbosity=verbosity)
            if options["demo"]:
                call_command("demo_seed", "--quick", verbosity=verbosity)


@contextmanager
def _alone() -> Iterator[None]:
    """Hold a lock of the database session: two containers of one release must not migrate at the same time."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [LOCK_ID])
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [LOCK_ID])
