"""The company: its name as the reader of a page knows it, and its days."""

from __future__ import annotations

from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils.translation import get_language


def company_name() -> str:
    """`COMPANY_NAME_ZH` on a Chinese page where it is set, else `COMPANY_NAME`."""
    is_chinese = (get_language() or "").startswith("zh")
    return str((is_chinese and settings.COMPANY_NAME_ZH) or settings.COMPANY_NAME)


def company_zone() -> ZoneInfo:
    """The company's time zone: a day of statistics goes from midnight to midnight in it."""
    return ZoneInfo(settings.DEFAULT_USER_TIME_ZONE)


def company_day(moment: datetime) -> date:
    """The company's day of a moment."""
    return moment.astimezone(company_zone()).date()


def start_of_day(day: date) -> datetime:
    """The first moment of a company's day."""
    return datetime.combine(day, time(), tzinfo=company_zone())
