"""Installation, alone or with the delivery."""

from __future__ import annotations

from aftersales.policy.shipped.shape import Shipped, rule, when

_KINDS = ("installation", "delivery_installation")

INSTALLATIONS = Shipped(
    "installations",
    "Installation",
    "安装",
    (
        rule(
            "included",
            _KINDS,
            "allowed",
            "Installation comes with it, free of charge. Choose when our engineer may come.",
            "该商品含免费上门安装，请选择上门时间。",
            when("is_serviced_on_site", "is", True),
            outcomes=("service",),
        ),
        rule(
            "with_quote",
            _KINDS,
            "allowed",
            "Installation is not included in the price. You get a quote first, and nothing is charged before you have "
            "accepted it.",
            "该商品不含安装服务，我们先向您报价，经您同意后再上门。",
            when("is_serviced_on_site", "is", False),
            is_free=False,
            needs_quote=True,
            outcomes=("service",),
        ),
    ),
)
