"""Teams: there is always one that takes what no other does."""

from __future__ import annotations

from helpdesk.accounts.models import Team


def ensure_default_team() -> None:
    """The default team, made when there is none."""
    if not Team.objects.filter(is_default=True).exists():
        Team.objects.get_or_create(
            slug="support", defaults={"name": "Customer service", "name_zh": "客户服务", "is_default": True}
        )
