"""What people may be told about, in groups that they choose from; and what they chose."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db import models
from django.db.models.expressions import RawSQL
from django.utils.translation import gettext_lazy as _

from helpdesk.accounts.models import NoticeSetting, Notification, Staff
from helpdesk.core.registries import Registry


class ByMail(models.TextChoices):
    NOW = "now", _("at once")
    DIGEST = "digest", _("in the digest")
    NEVER = "never", _("never")


@dataclass(frozen=True)
class NoticeGroup:
    """Kinds of notifications that are chosen together. `by_mail` is what ships; `is_urgent` may break quiet hours."""

    name: str
    label: Any
    kinds: tuple[str, ...]
    by_mail: str = ByMail.NEVER
    is_urgent: bool = False
    order: int = 100


notice_groups: Registry[NoticeGroup] = Registry("group of notices")


def groups_in_order() -> list[NoticeGroup]:
    return sorted(notice_groups.values(), key=lambda group: group.order)


def group_of(kind: str) -> NoticeGroup | None:
    """The group of a kind of notification; None for one that nobody registered (it stays in the desk)."""
    return next((group for group in notice_groups.values() if kind in group.kinds), None)


def setting_of(staff: Staff) -> NoticeSetting:
    """What the person chose, else what ships (not saved)."""
    return NoticeSetting.objects.filter(staff_id=staff.pk).first() or NoticeSetting(staff=staff)


def shown_to(staff: Staff) -> models.QuerySet[Notification]:
    """The person's notifications without those of groups that they muted; no query of its own."""
    pairs = [(kind, group.name) for group in notice_groups.values() for kind in group.kinds]
    muted = RawSQL(
        "EXISTS (SELECT 1 FROM accounts_noticesetting s"
        " JOIN unnest(%s::text[], %s::text[]) AS g(kind, name) ON g.name = ANY (s.muted)"
        " WHERE s.staff_id = accounts_notification.staff_id AND g.kind = accounts_notification.kind)",
        ([kind for kind, _name in pairs], [name for _kind, name in pairs]),
        output_field=models.BooleanField(),
    )
    return Notification.objects.filter(staff_id=staff.pk).annotate(is_muted=muted).filter(is_muted=False)
