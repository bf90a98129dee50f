"""The two steps of the one-second sweep: decide of new notifications, and mail what is due.

Both lock the rows that they take and skip those that others hold, so several sweepers may run. A notification and the
delivery that carries it change in one commit: it is in one mail, whatever dies.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.conf import settings
from django.db import connection, transaction

from helpdesk.accounts.models import MailState, NoticeSetting, Notification, Staff
from helpdesk.accounts.noticing import group_of
from helpdesk.core.models import ChannelAccount, ChannelKind, Delivery
from helpdesk.core.outgoing import queue_delivery
from tickets.automation.notices.planning import GATHER, mail_at
from tickets.models import Ticket

PURPOSE = "automation.notices"
# At most one mail in this time for what goes out at once: a bad hour makes a dozen mails, not hundreds.
SPACING = timedelta(minutes=5)
# What is older when the sweep first sees it is no news.
NEWS = timedelta(days=1)
MOST_IN_ONE = 1000
_LOCK = 715_010


def plan_new(now: datetime, limit: int) -> int:
    """Decide of up to `limit` notifications; returns of how many. Four queries and an update for each moment."""
    with transaction.atomic():
        new = Notification.objects.filter(mail_state=MailState.NEW).order_by("pk")
        rows = list(new.select_for_update(no_key=True, skip_locked=True)[:limit])
        if not rows:
            return 0
        people = _people({row.staff_id for row in rows}) if account_for_notices() is not None else {}
        moments: dict[datetime | None, list[int]] = defaultdict(list)
        for row in rows:
            moments[_moment(row, people.get(row.staff_id), now)].append(row.pk)
        for moment, ids in moments.items():
            state = MailState.NONE if moment is None else MailState.WAITING
            Notification.objects.filter(pk__in=ids).update(mail_state=state, mail_at=moment)
    return len(rows)


def _people(ids: Iterable[int]) -> dict[int, tuple[Staff, NoticeSetting, ZoneInfo]]:
    """Those who can be written to, with what they chose; one query."""
    found = Staff.objects.filter(pk__in=ids, is_active=True).exclude(email="").select_related("notice_setting")
    people = {}
    for staff in found:
        setting = getattr(staff, "notice_setting", None) or NoticeSetting(staff=staff)
        people[staff.pk] = (staff, setting, zone_of(staff))
    return people


def zone_of(staff: Staff) -> ZoneInfo:
    try:
        return ZoneInfo(staff.timezone or settings.DEFAULT_USER_TIME_ZONE)
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo("UTC")


def _moment(row: Notification, person: tuple[Staff, NoticeSetting, ZoneInfo] | None, now: datetime) -> datetime | None:
    if person is None or row.read_at is not None or row.created_at < now - NEWS:
        return None
    _staff, setting, zone = person
    return mail_at(group_of(row.kind), setting, zone, now)


def mail_due(now: datetime, limit: int) -> int:
    """Queue a mail for each of up to `limit` people who have something due; returns for how many. What was read in the
    desk meanwhile, and what the person may see no more, stays out."""
    due = Notification.objects.filter(mail_state=MailState.WAITING, mail_at__lte=now)
    people = list(due.order_by("staff").values_list("staff", flat=True).distinct()[:limit])
    return sum(_mail(staff_id, now) for staff_id in people)


@transaction.atomic
def _mail(staff_id: int, now: datetime) -> int:
    """One person's mail, if nobody else writes it at this moment."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s, %s)", [_LOCK, staff_id % 2**31])
        if not cursor.fetchone()[0]:
            return 0
    # what would be due within the gathering time comes along
    waiting = Notification.objects.filter(
        staff_id=staff_id, mail_state=MailState.WAITING, mail_at__lte=now + GATHER
    ).order_by("pk")
    rows = list(waiting.select_for_update(no_key=True, skip_locked=True)[:MOST_IN_ONE])
    if not any(row.mail_at is not None and row.mail_at <= now for row in rows):
        return 0
    last = Delivery.objects.filter(purpose=PURPOSE, subject_id=staff_id).order_by("-pk").first()
    if last is not None and last.created_at > now - SPACING:
        _set(rows, MailState.WAITING, mail_at=last.created_at + SPACING)
        return 0
    staff, account = Staff.objects.filter(pk=staff_id, is_active=True).first(), account_for_notices()
    kept = still_told(staff, rows) if staff is not None and staff.email and account is not None else []
    _set([row for row in rows if row not in kept], MailState.NONE)
    if staff is None or account is None or not kept:
        return 0
    delivery = queue_delivery(
        account,
        purpose=PURPOSE,
        subject_id=staff.pk,
        address=staff.email,
        dedupe_key=f"notices:{staff.pk}:{kept[0].pk}:{kept[-1].pk}",
        order_key=f"staff:{staff.pk}",
    )
    _set(kept, MailState.QUEUED, delivery_id=delivery.pk)
    return 1


def _set(rows: Sequence[Notification], state: MailState, **values: object) -> None:
    if rows:
        Notification.objects.filter(pk__in=[row.pk for row in rows]).update(mail_state=state, **values)


def still_told(staff: Staff, rows: Sequence[Notification]) -> list[Notification]:
    """Of these, what is unread and about tickets that the person may see now, or a record that they were named for; one
    query."""
    unread = [row for row in rows if row.read_at is None]
    visible = set(
        Ticket.objects.visible_to(staff)
        .filter(pk__in={row.ticket_id for row in unread if row.ticket_id})
        .values_list("pk", flat=True)
    )
    return [row for row in unread if row.ticket_id in visible or row.data.get("url")]


def account_for_notices() -> ChannelAccount | None:
    """The mailbox that the company's own mail leaves by: the oldest active one."""
    return (
        ChannelAccount.objects.filter(kind=ChannelKind.EMAIL, is_active=True).exclude(address="").order_by("pk").first()
    )
