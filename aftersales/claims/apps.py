"""Claims: what customers apply for about things they bought, each kind with a life of its own."""

from __future__ import annotations

from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class ClaimsConfig(AppConfig):
    name = "aftersales.claims"
    label = "claims"

    def ready(self) -> None:
        """The database gets the machines' steps with its tables, before anybody can move a claim."""
        post_migrate.connect(_write_transitions, sender=self)


def _write_transitions(**kwargs: Any) -> None:
    from aftersales.claims.services.transitions import write_transitions

    write_transitions()
