"""``manage.py up``, for the list of commands; ``manage.py`` itself calls the supervisor ahead of Django."""

import argparse
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from helpdesk.embedded import supervisor


class Command(BaseCommand):
    """Runs the whole product: engines, web, workers, beat, dispatcher, mail listener."""

    help = "Run the whole product until Ctrl-C or SIGTERM."
    requires_system_checks = []

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Offer demo mode."""
        parser.add_argument("--demo", action="store_true", help="believable demo data and demo users")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Run until stopped."""
        status = supervisor.main(["--demo"] if options["demo"] else [])
        if status:
            raise CommandError("The product did not run.", returncode=status)
