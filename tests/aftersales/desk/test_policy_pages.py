"""The claim policy in the administration: rule by rule, versions, conflicts, and the test bench."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from aftersales.claims.models import Cause, Claim
from aftersales.policy.models import RuleSet
from aftersales.selectors.policies import changes_between, rules_of
from helpdesk.accounts.models import Staff
from helpdesk.core.models import Event
from tests.aftersales.factories import make_claim, make_order
from tests.factories import make_customer, make_staff
from tickets.models import Ticket

pytestmark = pytest.mark.django_db
BASE = "/settings/claim-policy/"


@pytest.fixture
def manager(as_staff: Any) -> Client:
    client: Client = as_staff(make_staff("admin", role="administrator"))
    return client


def form_of(key: str, **more: Any) -> dict[str, Any]:
    return {
        "key": key,
        "kinds": ["return"],
        "verdict": "allowed",
        "words_en": "Fine until {until}.",
        "words_zh": "可以，{until} 前。",
        "until_from": "delivery",
        "until_days": "15",
        "freight": "company",
        "condition_0": "days_since_delivery",
        "was_0": "days_since_delivery",
        "op_0": "at_most",
        "value_0": "15",
    } | more


@pytest.mark.req("F2", "what is allowed")
@pytest.mark.req("F2", "keeps the version")
def test_a_changed_rule_decides_from_now_on_and_judged_claims_keep_their_version(
    manager: Client, rules: None, ticket: Ticket
) -> None:
    moment = timezone.now() - timedelta(days=9)
    line = make_order(ticket.customer, quantity=3, delivered_at=moment, placed_at=moment - timedelta(days=1))
    before = make_claim(ticket=ticket, line=line, reason="changed_mind")
    assert before.verdict == "refused"
    found = RuleSet.objects.get(key="no_reason_return")
    place = [one["key"] for one in rules_of(found)].index("within_seven_days") + 1
    url = f"{BASE}{found.pk}/rules/{place}/"
    page = manager.get(url).content.decode()
    assert "days_since_delivery" in page
    data = form_of("within_fifteen_days", seen_version=found.version)
    assert manager.post(url, data).status_code == 302
    found.refresh_from_db()
    assert found.version == 2
    after = make_claim(ticket=ticket, line=line, reason="changed_mind")
    assert (after.verdict, after.rule_key) == ("allowed", "within_fifteen_days")
    before.refresh_from_db()
    assert (before.verdict, before.rule_key) == ("refused", "too_late")
    assert before.rule_version_id != after.rule_version_id
    page = manager.get(f"{BASE}{found.pk}/versions/").content.decode()
    assert "within_fifteen_days" in page
    assert "<ins>" in page
    assert Event.objects.filter(name="claim_policy.changed", subject_id=found.pk).exists()


def test_a_condition_is_added_and_changed_without_saving_anything(manager: Client, rules: None) -> None:
    found = RuleSet.objects.get(key="no_reason_return")
    url = f"{BASE}{found.pk}/rules/0/"
    page = manager.post(url, form_of("new", change="add"), HTTP_HX_REQUEST="true").content.decode()
    assert 'name="condition_1"' in page
    assert 'value="new"' in page
    data = form_of("new", change="field") | {"condition_0": "level"}
    page = manager.post(url, data, HTTP_HX_REQUEST="true").content.decode()
    assert 'value="core"' in page
    assert 'value="15" checked' not in page
    page = manager.post(url, form_of("new", change="remove-0"), HTTP_HX_REQUEST="true").content.decode()
    assert 'value="days_since_delivery" selected' not in page
    found.refresh_from_db()
    assert found.version == 1


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"words_zh": ""}, "required"),
        ({"value_0": "soon"}, "compared with a number"),
        ({"key": "größer"}, "letters and digits"),
        ({"kinds": []}, "required"),
        ({"key": "too_late"}, "Two rules are called"),
    ],
)
def test_a_rule_that_cannot_be_kept_is_refused_in_words(
    manager: Client, rules: None, wrong: dict[str, Any], words: str
) -> None:
    found = RuleSet.objects.get(key="no_reason_return")
    answer = manager.post(f"{BASE}{found.pk}/rules/0/", form_of("fresh", seen_version=1) | wrong)
    assert answer.status_code == 422
    assert words in answer.content.decode()
    found.refresh_from_db()
    assert found.version == 1


def test_of_two_editors_the_slower_is_told_and_saves_knowingly(manager: Client, rules: None) -> None:
    found = RuleSet.objects.get(key="no_reason_return")
    url = f"{BASE}{found.pk}/rules/0/"
    assert manager.post(url, form_of("first", seen_version=1)).status_code == 302
    late = manager.post(url, form_of("second", seen_version=1))
    assert late.status_code == 422
    assert 'name="seen_version" value="2"' in late.content.decode()
    assert manager.post(url, form_of("second", seen_version=2)).status_code == 302


def test_sets_are_ordered_switched_and_brought_back(manager: Client, rules: None) -> None:
    first, second = RuleSet.objects.order_by("position", "pk")[:2]
    manager.post(f"{BASE}{second.pk}/move/", {"to": "up"})
    assert RuleSet.objects.order_by("position", "pk").first() == second
    manager.post(f"{BASE}{first.pk}/switch/", {"on": "0"})
    assert not RuleSet.objects.get(pk=first.pk).is_active
    rules_before = rules_of(first)
    manager.post(f"{BASE}{first.pk}/change/", {"place": "1", "to": "remove", "seen": "1"})
    assert len(rules_of(RuleSet.objects.get(pk=first.pk))) == len(rules_before) - 1
    manager.post(f"{BASE}{first.pk}/shipped/")
    again = RuleSet.objects.get(pk=first.pk)
    assert (rules_of(again), again.version) == (rules_before, 3)
    made = manager.post(f"{BASE}new/", {"name": "Our own", "name_zh": "自定", "key": "our_own"})
    assert made.status_code == 302
    assert RuleSet.objects.get(key="our_own").version == 1


@pytest.mark.req("F2", "explain themselves")
def test_the_bench_says_which_rule_decides_and_why_the_others_do_not(manager: Client, rules: None) -> None:
    moment = timezone.now() - timedelta(days=3)
    line = make_order(make_customer(), delivered_at=moment, placed_at=moment - timedelta(days=1))
    page = manager.get(f"{BASE}try/", {"order": line.order.number, "kind": "return", "reason": "changed_mind"})
    words = page.content.decode()
    assert "within_seven_days" in words
    assert "here: " in words
    later = (timezone.now() + timedelta(days=30)).date().isoformat()
    words = manager.get(
        f"{BASE}try/", {"order": line.order.number, "reason": "changed_mind", "on": later}
    ).content.decode()
    assert "too_late" in words
    assert "There is no order" in manager.get(f"{BASE}try/", {"order": "nope"}).content.decode()
    assert not Claim.objects.exists()


@pytest.mark.req("F2", "explain themselves")
def test_the_claims_page_leads_to_every_rule_that_was_asked(desk: Client, claim: Claim) -> None:
    page = desk.get(f"/claims/{claim.number}/why/").content.decode()
    assert "within_seven_days" in page
    assert "excluded_by_law" in page


@pytest.mark.req("F10", "cause from a list")
def test_causes_are_added_renamed_and_retired(manager: Client, desk: Client, claim: Claim) -> None:
    data = {"group": "quality", "name": "Pump leaks", "name_zh": "水泵漏水"}
    assert manager.post("/settings/causes/new/", data).status_code == 302
    cause = Cause.objects.get(name="Pump leaks")
    assert cause.key == "pump_leaks"
    assert manager.post("/settings/causes/new/", data).status_code == 422
    manager.post(f"/settings/causes/{cause.pk}/", data | {"name": "Pump drips"})
    assert Cause.objects.get(pk=cause.pk).name == "Pump drips"
    assert "Pump drips" in desk.get(f"/claims/{claim.number}/record/").content.decode()
    manager.post(f"/settings/causes/{cause.pk}/switch/", {"on": "0"})
    assert "Pump drips" not in desk.get(f"/claims/{claim.number}/record/").content.decode()


@pytest.mark.parametrize("role", ["agent", "supervisor", "warehouse"])
def test_only_who_sets_up_after_sales_changes_the_policy(role: str, rules: None, as_staff: Any) -> None:
    client = as_staff(make_staff("somebody", role=role))
    found = RuleSet.objects.get(key="no_reason_return")
    assert client.get(BASE).status_code == 403
    assert client.post(f"{BASE}{found.pk}/rules/0/", form_of("mine")).status_code == 403
    assert client.post("/settings/causes/new/", {"group": "quality", "name": "X"}).status_code == 403
    found.refresh_from_db()
    assert found.version == 1


def test_what_a_version_changed_is_said_rule_by_rule(rules: None, agent: Staff) -> None:
    before = rules_of(RuleSet.objects.get(key="no_reason_return"))
    after = [dict(one) for one in before[1:]]
    after[0] = after[0] | {"verdict": "allowed"}
    found = {(one.kind, one.key) for one in changes_between(before, after)}
    assert found == {("removed", before[0]["key"]), ("changed", before[1]["key"])}
