"""`manage.py create_api_key --user NAME --scopes tickets:read,tickets:write` prints the key alone."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from helpdesk.accounts.models import Staff
from helpdesk.accounts.services.keys import create_api_key
from helpdesk.core.actors import SYSTEM
from helpdesk.core.errors import Refused


class Command(BaseCommand):
    help = "Make an API key for a person of the staff and print it; it is shown only once."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--user", required=True, help="user name of the owner")
        parser.add_argument("--scopes", required=True, help="comma-separated, e.g. tickets:read,tickets:write")
        parser.add_argument("--name", default="", help="what the key is for")

    def handle(self, *args: Any, **options: Any) -> None:
        staff = Staff.objects.filter(username=options["user"], is_active=True).first()
        if staff is None:
            raise CommandError(f"There is no active user named {options['user']!r}.")
        scopes = [scope.strip() for scope in options["scopes"].split(",") if scope.strip()]
        try:
            _, text = create_api_key(staff, scopes, by=SYSTEM, name=options["name"])
        except Refused as refusal:
            raise CommandError(f"{refusal} {refusal.fields.get('scopes', '')}") from None
        self.stdout.write(text)
