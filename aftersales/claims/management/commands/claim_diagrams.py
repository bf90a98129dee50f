"""`manage.py claim_diagrams`: write docs/developer/claim-machines.md from the machines; `--check` only compares."""

from __future__ import annotations

import argparse
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import translation

from aftersales.claims.machines import MACHINES
from aftersales.claims.machines.drawing import page_of
from aftersales.claims.models import ClaimKind

PAGE = settings.BASE_DIR / "docs" / "developer" / "claim-machines.md"


class Command(BaseCommand):
    help = "Draw the lives of claims for the documentation."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("--check", action="store_true", help="fail when the page is not what would be written")

    def handle(self, *args: Any, **options: Any) -> None:
        """Write the page, or say that it is stale."""
        with translation.override("en"):
            titles = {kind.value: str(kind.label) for kind in ClaimKind}
        text = page_of(MACHINES.values(), titles)
        if options["check"]:
            if not PAGE.exists() or PAGE.read_text(encoding="utf-8") != text:
                raise CommandError(f"{PAGE.name} is stale: run make diagrams")
            return
        PAGE.write_text(text, encoding="utf-8")
