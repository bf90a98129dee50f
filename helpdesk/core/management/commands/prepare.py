"""`manage.py prepare`: what a release needs besides migrations; safe to run again."""

from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand
from django.db import transaction

from helpdesk import catalogues
from helpdesk.core.registries import first_rows


class Command(BaseCommand):
    help = "Compile the message catalogues, collect static files and write the first rows of every room."

    def handle(self, *args: Any, **options: Any) -> None:
        catalogues.compile_all()
        call_command("collectstatic", interactive=False, verbosity=0)
        for step in first_rows.values():
            with transaction.atomic():
                step()
        if options["verbosity"]:
            self.stdout.write("Prepared: catalogues, static files, first rows.")
