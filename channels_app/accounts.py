"""Channel accounts that every installation has: portal, API and a web form."""

from __future__ import annotations

from helpdesk.core.models import ChannelAccount, ChannelGrade, ChannelKind

SHIPPED = (
    ("portal", ChannelKind.PORTAL, ChannelGrade.CORE, "Portal", "客户门户"),
    ("api", ChannelKind.API, ChannelGrade.AUXILIARY, "API", "API"),
    ("web-form", ChannelKind.FORM, ChannelGrade.LONG_TAIL, "Web form", "网页表单"),
)


def ensure_accounts() -> None:
    """The shipped accounts; what people renamed or switched off stays as it is."""
    for slug, kind, grade, name, name_zh in SHIPPED:
        ChannelAccount.objects.get_or_create(
            slug=slug, defaults={"kind": kind, "grade": grade, "name": name, "name_zh": name_zh}
        )
