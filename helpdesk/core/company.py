"""The company's name as the reader of a page knows it."""

from __future__ import annotations

from django.conf import settings
from django.utils.translation import get_language


def company_name() -> str:
    """`COMPANY_NAME_ZH` on a Chinese page where it is set, else `COMPANY_NAME`."""
    is_chinese = (get_language() or "").startswith("zh")
    return str((is_chinese and settings.COMPANY_NAME_ZH) or settings.COMPANY_NAME)
