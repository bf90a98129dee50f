"""How many files one page takes, and how large: told before, checked after."""

from __future__ import annotations

from django.conf import settings

MAX_FILES = 10
# What stays of a request's limit for the text beside the files.
TEXT_ALLOWANCE = 512 * 1024


def file_limits() -> dict[str, int]:
    """Number of files, bytes each and bytes together; with the megabytes that people read."""
    together = int(settings.MAX_REQUEST_BODY_BYTES) - TEXT_ALLOWANCE
    each = min(int(settings.ATTACHMENT_MAX_BYTES), together)
    return {
        "files": MAX_FILES,
        "each": each,
        "together": together,
        "each_mb": each // 1024**2,
        "together_mb": together // 1024**2,
    }
