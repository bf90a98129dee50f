"""The rules of compensation that ship; they stand in the settings from the first start, where people change them."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.db import transaction

from aftersales.compensation.models import Basis, Means, MoneySetting, ProposalRule

RULES: tuple[dict[str, Any], ...] = (
    {
        "preset": "freight",
        "name": "Freight of the return",
        "name_zh": "退货运费",
        "kinds": ["return", "exchange", "repair"],
        "means": Means.MONEY,
        "basis": Basis.FREIGHT,
    },
    {
        "preset": "damaged",
        "name": "Damaged or wrong on arrival",
        "name_zh": "到货损坏或发错",
        "reasons": ["damaged", "wrong_item", "missing"],
        "means": Means.COUPON,
        "basis": Basis.PERCENT,
        "value": Decimal(5),
        "most": Decimal(50),
    },
    {
        "preset": "late",
        "name": "Came too late",
        "name_zh": "配送延误",
        "reasons": ["late"],
        "means": Means.POINTS,
        "value": Decimal(5),
    },
    {
        "preset": "core_customer",
        "name": "Trouble of a core customer",
        "name_zh": "核心客户关怀",
        "reasons": ["defect", "damaged", "not_as_described"],
        "levels": ["core"],
        "least_paid": Decimal(500),
        "means": Means.GIFT,
        "value": Decimal(80),
    },
    {
        "preset": "service",
        "name": "Service or attitude",
        "name_zh": "服务或态度问题",
        "kinds": ["complaint"],
        "reasons": ["service"],
        "means": Means.APOLOGY,
    },
    {
        "preset": "complaint",
        "name": "Complaint, with a coupon",
        "name_zh": "投诉安抚券",
        "kinds": ["complaint"],
        "means": Means.COUPON,
        "value": Decimal(20),
    },
)


@transaction.atomic
def ensure_money() -> None:
    """What is missing is added; what people changed, or switched off, stays as it is."""
    MoneySetting.objects.get_or_create(pk=1)
    present = set(ProposalRule.objects.exclude(preset="").values_list("preset", flat=True))
    rows = [
        ProposalRule(position=place, **values)
        for place, values in enumerate(RULES, start=1)
        if values["preset"] not in present
    ]
    ProposalRule.objects.bulk_create(rows, ignore_conflicts=True)
