"""Channel accounts that every installation has: portal, API, a web form, and SMS where a gateway is set."""

from __future__ import annotations

from django.conf import settings

from helpdesk.core.models import ChannelAccount, ChannelGrade, ChannelKind

SHIPPED = (
    ("portal", ChannelKind.PORTAL, ChannelGrade.CORE, "Portal", "客户门户"),
    ("api", ChannelKind.API, ChannelGrade.AUXILIARY, "API", "API"),
    ("web-form", ChannelKind.FORM, ChannelGrade.LONG_TAIL, "Web form", "网页表单"),
)


def ensure_accounts() -> None:
    """The shipped accounts; what people renamed or switched off stays as it is. SMS where a gateway is set."""
    shipped = [*SHIPPED]
    if settings.SMS_GATEWAY:
        shipped.append(("sms", ChannelKind.SMS, ChannelGrade.AUXILIARY, "SMS", "短信"))
    for slug, kind, grade, name, name_zh in shipped:
        ChannelAccount.objects.get_or_create(
            slug=slug, defaults={"kind": kind, "grade": grade, "name": name, "name_zh": name_zh}
        )
