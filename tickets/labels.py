"""Status labels by category, read often and changed rarely."""

from __future__ import annotations

from helpdesk.core.compiled import Compiled
from tickets.models import StatusCategory, StatusLabel

SHIPPED = [
    (StatusCategory.NEW, "New", "新建"),
    (StatusCategory.OPEN, "Open", "处理中"),
    (StatusCategory.PENDING, "Waiting for customer", "等待客户"),
    (StatusCategory.ON_HOLD, "On hold", "暂停"),
    (StatusCategory.SOLVED, "Solved", "已解决"),
    (StatusCategory.CLOSED, "Closed", "已关闭"),
]


def default_label(category: str) -> StatusLabel:
    """The category's default label."""
    label = _default.first(str(category))
    if label is None:
        raise StatusLabel.DoesNotExist(category)
    return label


_default = Compiled(lambda category: StatusLabel.objects.filter(category=category, is_default=True), str)


def ensure_labels() -> None:
    """The shipped labels, one default of each category; what people renamed stays."""
    for position, (category, name, name_zh) in enumerate(SHIPPED):
        if not StatusLabel.objects.filter(category=category, is_default=True).exists():
            StatusLabel.objects.get_or_create(
                name=name, defaults={"category": category, "name_zh": name_zh, "is_default": True, "position": position}
            )
