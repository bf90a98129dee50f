"""Accounts of the demo: their passwords are published, so they are good for nothing but the demo."""

from __future__ import annotations

from django.conf import settings

from helpdesk.accounts.models import Staff

# Reserved by RFC 6761: no real colleague has an address there.
DEMO_DOMAIN = "staff.demo.example"


def is_refused(staff: Staff) -> bool:
    """Whether this is an account of the demo, and this is none."""
    return not settings.DEMO and staff.email.lower().endswith(f"@{DEMO_DOMAIN}")
