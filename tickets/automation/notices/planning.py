"""Whether and when a notification goes out by mail: pure arithmetic over what the person chose."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from helpdesk.accounts.models import Digest, NoticeSetting
from helpdesk.accounts.noticing import ByMail, NoticeGroup

# How long a notice that goes out at once waits for others of the same burst.
GATHER = timedelta(seconds=60)


def mail_at(group: NoticeGroup | None, setting: NoticeSetting, zone: ZoneInfo, now: datetime) -> datetime | None:
    """When this notification is due to be mailed; None when it stays in the desk."""
    if group is None or group.name in setting.muted:
        return None
    choice = setting.by_mail.get(group.name, group.by_mail)
    if choice == ByMail.NEVER:
        return None
    due = now + GATHER if choice == ByMail.NOW else _next_digest(setting, zone, now)
    if group.is_urgent and setting.urgent_breaks:
        return due
    return after_quiet(setting, zone, due)


def _next_digest(setting: NoticeSetting, zone: ZoneInfo, now: datetime) -> datetime:
    local = now.astimezone(zone)
    if setting.digest == Digest.HOURLY:
        return (
            now
            + timedelta(seconds=3600 - (local.minute * 60 + local.second))
            - timedelta(microseconds=local.microsecond)
        )
    today = _at(local.date(), setting.digest_at, zone)
    return today if today > now else _at(local.date() + timedelta(days=1), setting.digest_at, zone)


def after_quiet(setting: NoticeSetting, zone: ZoneInfo, moment: datetime) -> datetime:
    """The moment itself, or the end of the quiet hours that it lies in. Hours may reach over midnight."""
    start, end = setting.quiet_from, setting.quiet_until
    if start is None or end is None or start == end:
        return moment
    local = moment.astimezone(zone)
    clock = local.time().replace(tzinfo=None)
    if start < end:
        return _at(local.date(), end, zone) if start <= clock < end else moment
    if clock >= start:
        return _at(local.date() + timedelta(days=1), end, zone)
    return _at(local.date(), end, zone) if clock < end else moment


def _at(day: date, clock: time, zone: ZoneInfo) -> datetime:
    """A time of day in a zone. One that a change of clocks leaves out comes as much later as the clocks jump (PEP 495)."""
    return datetime.combine(day, clock.replace(tzinfo=None), tzinfo=zone).astimezone(ZoneInfo("UTC"))
