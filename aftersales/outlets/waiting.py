"""The word that a ticket's status has while a part is on its way."""

from __future__ import annotations

from tickets.labels import default_label
from tickets.models import StatusCategory, StatusLabel

NAME, NAME_ZH = "Waiting for parts", "等待配件"


def ensure_label() -> None:
    """The shipped label; an installation that has named labels of its own for this category keeps those alone."""
    own = StatusLabel.objects.filter(category=StatusCategory.ON_HOLD, is_default=False)
    if not own.exists():
        StatusLabel.objects.get_or_create(
            name=NAME, defaults={"category": StatusCategory.ON_HOLD, "name_zh": NAME_ZH, "position": 3}
        )


def parts_label() -> StatusLabel:
    """The label as long as it is in use under its shipped name, else the category's default."""
    label = StatusLabel.objects.filter(category=StatusCategory.ON_HOLD, name=NAME, is_active=True).first()
    return label or default_label(StatusCategory.ON_HOLD)
