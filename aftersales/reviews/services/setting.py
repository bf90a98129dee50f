"""Changing what counts as a repeat, and from when on somebody looks."""

from __future__ import annotations

from typing import Any

from django.db import transaction

from aftersales.reviews.models import ReviewSetting
from aftersales.reviews.setting import EDITED
from helpdesk.accounts.permissions import AFTERSALES_MANAGE
from helpdesk.accounts.services.guarding import require
from helpdesk.core.actors import Actor
from helpdesk.core.events import Announcement, announce
from helpdesk.core.saving import require_unchanged, save_checked


def setting_values(setting: ReviewSetting) -> dict[str, Any]:
    """What the form shows, for the check that nobody overwrites a colleague's change."""
    return {name: str(getattr(setting, name)) for name in EDITED}


@transaction.atomic
def save_review_setting(*, by: Actor, seen: str | None = None, **values: Any) -> ReviewSetting:
    """Announces review_setting.changed; reviews that are written keep what was found then."""
    require(by, AFTERSALES_MANAGE)
    ReviewSetting.objects.get_or_create(pk=1)
    setting = ReviewSetting.objects.select_for_update(no_key=True).get(pk=1)
    require_unchanged(seen, setting_values(setting))
    for name in EDITED:
        setattr(setting, name, values[name])
    save_checked(setting)
    announce(Announcement("review_setting.changed", "review_setting", 1), by=by)
    return setting
