"""The shipped rule sets, judged case by case as a customer would meet them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from aftersales.policy.book import open_book
from aftersales.policy.calc import Judgement, judge, trace, whole_days
from aftersales.policy.checking import clean_rules
from aftersales.policy.facts import ApplicationFacts
from aftersales.policy.services.shipping import ensure_rule_sets
from aftersales.policy.shipped import SHIPPED

SHANGHAI = ZoneInfo("Asia/Shanghai")
# Monday, 6 July 2026, 10:00 in Shanghai
DELIVERED = datetime(2026, 7, 6, 2, 0, tzinfo=UTC)


def facts(kind: str, reason: str, *, days: int = 3, **more: Any) -> ApplicationFacts:
    now = DELIVERED + timedelta(days=days)
    values: dict[str, Any] = {
        "order_state": "delivered",
        "days_since_delivery": days,
        "days_since_order": days + 2,
        "delivered_at": DELIVERED,
        "ordered_at": DELIVERED - timedelta(days=2),
        "is_in_warranty": True,
        "warranty_until": DELIVERED + timedelta(days=365),
        "is_complete": True,
        "paid": Decimal("899.00"),
    }
    return ApplicationFacts(kind, reason, now, **(values | more))


@pytest.fixture
def verdict(db: None) -> Any:
    ensure_rule_sets()

    def asked(kind: str, reason: str, **more: Any) -> Judgement:
        return judge(open_book(), facts(kind, reason, **more), SHANGHAI)

    return asked


def test_every_shipped_rule_passes_its_own_checks() -> None:
    for shipped in SHIPPED:
        assert clean_rules(list(shipped.rules))


CASES = [
    # (kind, reason, further facts) → (verdict, the rule that decides)
    ("return", "changed_mind", {"days": 7}, "allowed", "within_seven_days"),
    ("return", "changed_mind", {"days": 8}, "refused", "too_late"),
    ("return", "changed_mind", {"days": 2, "is_opened": True}, "allowed", "within_seven_days"),
    ("return", "changed_mind", {"traits": ["custom_made"]}, "refused", "excluded_by_law"),
    ("return", "changed_mind", {"traits": ["perishable"]}, "refused", "excluded_by_law"),
    ("return", "changed_mind", {"traits": ["media"], "is_opened": True}, "refused", "opened_media"),
    ("return", "changed_mind", {"traits": ["media"], "is_opened": False}, "allowed", "within_seven_days"),
    ("return", "changed_mind", {"traits": ["hygiene"], "is_opened": True}, "refused", "opened_hygiene"),
    ("return", "changed_mind", {"traits": ["activated"], "is_used": True}, "needs_approval", "activated"),
    ("return", "changed_mind", {"is_complete": False}, "needs_approval", "used"),
    ("return", "changed_mind", {"order_state": "paid", "days_since_delivery": None}, "allowed", "not_delivered"),
    ("return", "defect", {"days": 7}, "allowed", "return_7"),
    ("return", "defect", {"days": 8}, "refused", "return_too_late"),
    ("return", "defect", {"days": 16}, "refused", "exchange_too_late"),
    ("exchange", "defect", {"days": 15}, "allowed", "exchange_15"),
    ("exchange", "defect", {"days": 16}, "refused", "exchange_too_late"),
    ("exchange", "defect", {"days": 100, "repairs": 2}, "allowed", "two_repairs"),
    ("return", "defect", {"days": 100, "repairs": 2}, "needs_approval", "two_repairs_return"),
    ("repair", "defect", {"days": 100}, "allowed", "repair_in_warranty"),
    ("repair", "defect", {"days": 400, "is_in_warranty": False}, "allowed", "repair_with_quote"),
    ("return", "defect", {"days": 400, "is_in_warranty": False}, "refused", "too_old"),
    ("refund_only", "damaged", {"has_photos": True}, "allowed", "with_photos"),
    ("refund_only", "damaged", {}, "needs_approval", "without_photos"),
    ("return", "wrong_item", {"has_photos": True, "paid": Decimal("29.90")}, "allowed", "small_kept"),
    ("missing_parts", "missing", {"days": 20, "has_photos": True}, "needs_approval", "late_report"),
    ("price_protection", "price_dropped", {"days": 28, "price_drop": Decimal(100)}, "allowed", "became_cheaper"),
    ("price_protection", "price_dropped", {"days": 29, "price_drop": Decimal(100)}, "refused", "too_late"),
    ("price_protection", "price_dropped", {"price_drop": Decimal(0)}, "refused", "not_cheaper"),
    ("address_change", "other", {"order_state": "paid"}, "allowed", "not_sent"),
    ("address_change", "other", {"order_state": "shipped"}, "needs_approval", "on_the_way"),
    ("address_change", "other", {}, "refused", "too_late"),
    ("invoice", "other", {"days": 300}, "allowed", "within_a_year"),
    ("invoice", "other", {"order_state": "placed"}, "refused", "unpaid"),
    ("installation", "other", {"is_serviced_on_site": True}, "allowed", "included"),
    ("installation", "other", {}, "allowed", "with_quote"),
    ("return", "changed_mind", {"paid": Decimal(8000)}, "needs_approval", "large_amount"),
    ("return", "changed_mind", {"days": 9, "paid": Decimal(8000)}, "refused", "too_late"),
    ("return", "changed_mind", {"claims_last_year": 13}, "needs_approval", "many_claims"),
]


@pytest.mark.parametrize(("kind", "reason", "more", "expected", "rule"), CASES)
@pytest.mark.req("F2", "shipped rules")
def test_a_case_gets_its_verdict(
    verdict: Any, kind: str, reason: str, more: dict[str, Any], expected: str, rule: str
) -> None:
    found = verdict(kind, reason, **more)
    assert (found.verdict, found.rule.key) == (expected, rule)
    assert found.words["en"]
    assert found.words["zh-hans"]
    assert not any("{" in words for words in found.words.values()), found.words


def test_the_last_day_counts_to_its_end(verdict: Any) -> None:
    found = verdict("return", "changed_mind", days=1)
    assert found.until is not None
    assert found.until.astimezone(SHANGHAI) == datetime(2026, 7, 13, 23, 59, 59, tzinfo=SHANGHAI)
    assert "2026-07-13" in found.words["zh-hans"]


def test_days_are_calendar_days_of_the_company_and_the_first_does_not_count() -> None:
    late_evening = datetime(2026, 7, 6, 15, 59, tzinfo=UTC)  # 23:59 in Shanghai
    assert whole_days(late_evening, late_evening + timedelta(minutes=2), SHANGHAI) == 1
    assert whole_days(late_evening, datetime(2026, 7, 13, 15, 59, tzinfo=UTC), SHANGHAI) == 7
    assert whole_days(None, late_evening, SHANGHAI) is None


def test_what_no_rule_says_is_for_a_person(verdict: Any) -> None:
    found = verdict("complaint", "service")
    assert (found.verdict, found.rule) == ("needs_approval", None)


def test_joint_approval_names_its_sides_and_keeps_what_was_granted(verdict: Any) -> None:
    found = verdict("return", "changed_mind", paid=Decimal(8000))
    assert found.grant.approvals == ("business", "supply_chain")
    assert found.grant.freight == "customer"
    assert "2026-07-13" in found.words["en"]


def test_the_trace_names_what_did_not_hold(verdict: Any) -> None:
    looked = trace(open_book(), facts("return", "changed_mind", days=9))
    assert looked[-1].rule.key == "too_late"
    assert looked[-1].failing == []
    seven = next(one for one in looked if one.rule.key == "within_seven_days")
    assert [condition.field for condition in seven.failing] == ["days_since_delivery"]
