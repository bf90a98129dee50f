"""What the board of after-sales gives to the kernel's registries."""

from django.utils.translation import gettext_lazy as _

from helpdesk.accounts.permissions import ANALYTICS_VIEW
from helpdesk.core.navigation import Place, places

places.add(
    "after-sales",
    Place(
        "after-sales", _("After-sales figures"), "activity", "aftersales_board:aftersales_board", 51, "rail", ANALYTICS_VIEW, "f"
    ),
)  # fmt: skip
