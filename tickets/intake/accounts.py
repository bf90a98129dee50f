"""The channel accounts that rooms of the product itself write through."""

from __future__ import annotations

from helpdesk.core.models import ChannelAccount, ChannelKind


def portal_account() -> ChannelAccount:
    """The account of the portal; there is always one."""
    found = ChannelAccount.objects.filter(kind=ChannelKind.PORTAL, is_active=True).order_by("pk").first()
    if found is None:
        found, _created = ChannelAccount.objects.get_or_create(
            slug="portal", defaults={"kind": ChannelKind.PORTAL, "name": "Portal", "name_zh": "客户门户"}
        )
    return found
