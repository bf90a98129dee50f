"""`manage.py rebuild_statistics`: make outcomes, happenings and totals anew from ledgers and event log."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from analytics.services.rebuilding import Place, rebuild


class Command(BaseCommand):
    help = "Make the statistics anew from the clocks' ledgers and the event log; safe while the product runs."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--since", help="only what was decided on this day (YYYY-MM-DD) or later")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            since = date.fromisoformat(options["since"]) if options["since"] else None
        except ValueError:
            raise CommandError("--since takes a day as YYYY-MM-DD") from None

        def tell(place: Place) -> None:
            if options["verbosity"] > 1:
                self.stdout.write(f"{place.step} {place.after}")

        found = rebuild(tell, since=since)
        self.stdout.write(
            f"put right: {found.outcomes} outcomes, {found.happenings} happenings, {found.claims} claims, "
            f"{found.days} days of totals"
        )
