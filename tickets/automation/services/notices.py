"""The verb behind a person's page of notices."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import transaction

from helpdesk.accounts.models import NoticeSetting, Staff
from helpdesk.accounts.noticing import ByMail, notice_groups
from helpdesk.core.actors import Actor
from helpdesk.core.errors import Forbidden
from helpdesk.core.events import Announcement, announce


@transaction.atomic
def choose_notices(
    staff: Staff, *, by_mail: Mapping[str, str], muted: Sequence[str], by: Actor, **values: Any
) -> NoticeSetting:
    """What the person wants to be told and when; announces staff.notices_chosen. Only for oneself."""
    if by.staff is None or by.staff.pk != staff.pk:
        raise Forbidden
    known = set(notice_groups.names())
    chosen = {
        name: choice
        for name, choice in by_mail.items()
        if name in known and choice in ByMail.values and choice != notice_groups.get(name).by_mail
    }
    row, _created = NoticeSetting.objects.update_or_create(
        staff=staff, defaults={"by_mail": chosen, "muted": sorted(known & set(muted)), **values}
    )
    announce(Announcement("staff.notices_chosen", "staff", staff.pk), by=by)
    return row
