"""What the rules allow and a person looks at all the same: large amounts (F5), and what looks like abuse."""

from __future__ import annotations

from aftersales.policy.shipped.shape import Shipped, rule, when

_MONEY = ("return", "exchange", "refund_only", "price_protection", "missing_parts")

SECOND_LOOKS = Shipped(
    "second_looks",
    "Second looks",
    "复核",
    (
        rule(
            "large_amount",
            _MONEY,
            "needs_approval",
            "Above 5,000 business and supply chain decide jointly.",
            "金额超过 5000，需业务与供应链联合审批。",
            when("amount", "above", 5000),
            approvals=("business", "supply_chain"),
        ),
        rule(
            "many_claims",
            _MONEY,
            "needs_approval",
            "The customer made many claims within a year. A person looks at it.",
            "该客户一年内售后申请较多，需人工复核。",
            when("claims_last_year", "above", 12),
            when("level", "is_not", "core"),
            approvals=("business",),
        ),
    ),
    is_second=True,
)
