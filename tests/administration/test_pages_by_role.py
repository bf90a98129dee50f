"""Every address under /settings/ and /work/, taken from the URL conf, against every role: who may open it, who may not."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import URLPattern, URLResolver, get_resolver

from aftersales.claims.models import Cause
from aftersales.compensation.models import ProposalRule
from aftersales.outlets.models import PartStock
from aftersales.parcels.models import Carrier
from aftersales.policy.services.rule_sets import create_rule_set
from aftersales.visits.models import Engineer, Outlet, ServiceArea, VisitNeed, VisitWindow
from channels_app.models import InboundEvent, Mailbox
from helpdesk.accounts.models import ApiKey, Skill, Staff, Team
from helpdesk.accounts.permissions import PERMISSIONS, Role
from helpdesk.accounts.services.keys import create_api_key
from helpdesk.core.actors import SYSTEM
from helpdesk.core.calendars.filling import ensure_calendars
from helpdesk.core.models import BusinessCalendar, Event, ParkedEvent
from helpdesk.customers.models import Import, Product, RegisteredProduct
from tests.factories import make_account, make_staff
from tickets.automation.models import SubTicketTemplate
from tickets.automation.services.webhooks import create_endpoint
from tickets.automation.webhooks.queueing import queue_call
from tickets.intake.models import SenderRule
from tickets.models import CannedReply, CustomField, SavedView, StatusLabel, Tag
from tickets.routing.models import SkillNeed
from tickets.routing.recognition.models import RecognitionRule
from tickets.sla.services.policies import PolicyDraft, TargetDraft, create_policy
from tickets.sla.services.presets import apply_preset

pytestmark = pytest.mark.django_db

# First words of an address → the permission that opens it.
NEEDED = {
    "settings/claim-policy": "aftersales.manage",
    "settings/causes": "aftersales.manage",
    "settings/recognition": "recognition.manage",
    "settings/routing": "routing.manage",
    "settings/staff": "staff.manage",
    "settings/roles": "staff.manage",
    "settings/teams": "teams.manage",
    "settings/calendars": "calendars.manage",
    "settings/keys": "keys.manage",
    "settings/audit": "audit.view",
    "settings/statuses": "labels.manage",
    "settings/tags": "labels.manage",
    "settings/fields": "labels.manage",
    "settings/replies": "ticket.reply",
    "settings/satisfaction": "labels.manage",
    "settings/senders": "senders.manage",
    "settings/visits": "aftersales.manage",
    "settings/webhooks": "automation.manage",
    "settings/sub-tickets": "automation.manage",
    "settings/views": "view.share",
    "settings/sla": "sla.manage",
    "settings/channels": "channels.manage",
    "settings/mailboxes": "channels.manage",
    "settings/carriers": "aftersales.manage",
    "settings/money": "aftersales.manage",
    "settings/outlets": "aftersales.manage",
    "settings/cases": "aftersales.manage",
    "settings/reviews": "aftersales.manage",
    "settings/batch-alarm": "aftersales.manage",
    "settings/registered-products": "aftersales.manage",
    "settings/imports": "aftersales.manage",
    "work": "work.manage",
}
# Answered with 405 to a GET: they act.
ACTS = {"deactivate", "reactivate", "sessions", "password", "link", "default", "move", "switch", "revoke", "delete",
        "retry", "discard", "retry-reason", "reconcile", "secret", "test", "preview", "reset", "fill", "order",
        "apply", "confirm", "train", "activate", "change", "shipped", "add"}  # fmt: skip
A_RULE = {"key": "fine", "kinds": ["return"], "verdict": "allowed", "words": {"en": "Fine.", "zh-hans": "可以。"}}
# Parts that a page asks for again and again.
PARTS = ("source", "progress")


def addresses(patterns: Any = None, before: str = "") -> Iterator[str]:
    """Each address pattern of the product below the two folders."""
    for entry in patterns if patterns is not None else get_resolver().url_patterns:
        here = before + str(entry.pattern)
        if isinstance(entry, URLResolver):
            yield from addresses(entry.url_patterns, here)
        elif isinstance(entry, URLPattern) and here.startswith(("settings/", "work/")):
            yield here


@pytest.fixture
def rows(teams: tuple[Team, Team], admin: Staff) -> dict[str, Any]:
    """Something behind each placeholder."""
    account = make_account("support")
    event = InboundEvent.objects.create(account=account, external_id="1", handler="email.message", raw=b"x", size=1,
                                        state="parked", reason="broken")  # fmt: skip
    key, _text = create_api_key(admin, ["tickets:read"], by=SYSTEM)
    ParkedEvent.objects.create(consumer="live", event=Event.objects.order_by("pk").last(), reason="failed")
    field = CustomField.objects.create(key="model", name="Model")
    ensure_calendars()
    endpoint, _secret = create_endpoint(name="ERP", url="https://erp.example/", events=[], by=SYSTEM)
    call = queue_call(endpoint, "ping")
    calendar = BusinessCalendar.objects.get(is_default=True)
    skill = Skill.objects.create(name="Washers")
    return {
        "settings/routing": skill.pk,
        "need_id": SkillNeed.objects.create(skill=skill, kind="repair").pk,
        "customer_id": 1,
        "engineer_id": Engineer.objects.create(staff=make_staff("goes", role="engineer")).pk,
        "area_id": ServiceArea.objects.create(name="Town", cities=["Town"]).pk,
        "visit_need_id": VisitNeed.objects.create(kind="repair").pk,
        "window_id": VisitWindow.objects.create(starts=540, ends=660).pk,
        "settings/recognition": RecognitionRule.objects.create(name="Rule", effects={"tags": ["a"]}).pk,
        "staff_id": admin.pk,
        "team_id": teams[1].pk,
        "key_id": key.pk,
        "slug": account.slug,
        "kind": "email",
        "mailbox_id": Mailbox.objects.create(account=account).pk,
        "settings/calendars": calendar.pk,
        "settings/statuses": StatusLabel.objects.first().pk,
        "settings/tags": Tag.objects.create(name="pump").pk,
        "settings/fields": field.pk,
        "settings/replies": CannedReply.objects.create(title="Hello", body="Hello {{ customer.name }}").pk,
        "settings/senders": SenderRule.objects.create(pattern="spam.example", verdict="block").pk,
        "settings/views": SavedView.objects.create(name="Urgent", filters={"priority": ["urgent"]}).pk,
        "settings/sla": apply_preset("bot", by=SYSTEM).pk,
        "settings/webhooks": call.endpoint_id,
        "call": call.pk,
        "settings/sub-tickets": SubTicketTemplate.objects.create(name="Trace", team=teams[1], subject="Trace it").pk,
        "settings/claim-policy": create_rule_set("ours", name="Ours", rules=[A_RULE], by=SYSTEM).pk,
        "settings/causes": Cause.objects.create(key="pump", group="quality", name="Pump").pk,
        "settings/outlets": Outlet.objects.create(name="West").pk,
        "stock_id": PartStock.objects.create(product=Product.objects.create(sku="P-1", name="Pump")).pk,
        "settings/money": ProposalRule.objects.create(name="Late", means="coupon", value=5).pk,
        "settings/registered-products": RegisteredProduct.objects.create(
            product=Product.objects.create(sku="W-1", name="Washer"), serial="W1-1"
        ).pk,
        "settings/imports": Import.objects.create(kind="products", name="p.csv", raw=b"", by=admin, total=0).pk,
        "settings/carriers": Carrier.objects.get_or_create(key="other", defaults={"name": "Another"})[0].pk,
        "work": event.pk,
    }


def filled(pattern: str, rows: dict[str, Any]) -> str:
    """The address with real ids in it."""
    folder = folder_of(pattern)
    path = pattern
    for placeholder in (
        "engineer_id",
        "area_id",
        "visit_need_id",
        "window_id",
        "staff_id",
        "team_id",
        "key_id",
        "mailbox_id",
        "call",
        "need_id",
        "customer_id",
        "stock_id",
    ):
        path = path.replace(f"<int:{placeholder}>", str(rows[placeholder]))
    path = path.replace("<int:pk>", str(rows.get(folder, 0))).replace("<slug:slug>", rows["slug"])
    path = path.replace("<slug:key>", "ecommerce")
    path = path.replace("<int:number>", "1").replace("<int:place>", "1")
    kind = {"work": "inbound", "settings/imports": "products"}.get(folder, rows["kind"])
    return "/" + path.replace("<slug:kind>", kind)


def folder_of(pattern: str) -> str:
    parts = pattern.strip("/").split("/")
    return parts[0] if parts[0] == "work" else "/".join(parts[:2])


def is_act(pattern: str) -> bool:
    return pattern.strip("/").split("/")[-1] in ACTS


def test_the_list_of_addresses_is_not_empty_and_every_folder_is_known() -> None:
    found = list(addresses())
    assert len(found) > 50
    assert {folder_of(path) for path in found} - {"settings"} == set(NEEDED)


@pytest.mark.req("K2", "roles")
@pytest.mark.parametrize("role", Role.values)
def test_each_address_answers_by_the_roles_permissions(
    role: str, rows: dict[str, Any], as_staff: Callable[[Staff], Client]
) -> None:
    person = make_staff("person", role=role)
    browser = as_staff(person)
    before = Event.objects.count()
    wrong = []
    for pattern in addresses():
        folder = folder_of(pattern)
        may = folder == "settings" or NEEDED[folder] in PERMISSIONS[role]
        path = filled(pattern, rows)
        if not may:
            statuses = {browser.get(path).status_code, browser.post(path).status_code}
            if not statuses <= {403, 405} or (not is_act(pattern) and browser.get(path).status_code != 403):
                wrong.append((path, statuses))
        elif is_act(pattern):
            if browser.get(path).status_code != 405:
                wrong.append((path, browser.get(path).status_code))
        elif (status := browser.get(path).status_code) != (403 if unreachable(pattern, role) else 200):
            wrong.append((path, status))
    assert wrong == []
    # a refused act changes nothing and leaves no trace but the reading of a source
    allowed = set(Event.objects.order_by("pk")[before:].values_list("name", flat=True))
    assert allowed <= {"inbound.source_read"}


def unreachable(pattern: str, role: str) -> bool:
    """Everybody's canned reply may be used by agents, and changed by administrators alone."""
    return pattern.startswith("settings/replies/<int:pk>") and "labels.manage" not in PERMISSIONS[role]


@pytest.mark.req("K2", "roles")
def test_strangers_and_customers_are_sent_to_sign_in(rows: dict[str, Any]) -> None:
    for pattern in addresses():
        path = filled(pattern, rows)
        browser = Client()
        for answer in (browser.get(path), browser.post(path)):
            assert answer.status_code in {302, 405}, path
            if answer.status_code == 302:
                assert answer["Location"].startswith("/sign-in/?next=")


def test_home_shows_only_what_may_be_opened(rows: dict[str, Any], as_staff: Callable[[Staff], Client]) -> None:
    agent = as_staff(make_staff("ann")).get("/settings/").content.decode()
    assert "/settings/replies/" in agent
    assert "/settings/staff/" not in agent
    assert "/work/" not in agent
    boss = as_staff(make_staff("boss2", role=Role.ADMINISTRATOR)).get("/settings/").content.decode()
    for folder in NEEDED:
        assert f'href="/{folder}/"' in boss


@pytest.mark.req("K1", "Chinese and English")
def test_every_page_speaks_chinese(rows: dict[str, Any], as_staff: Callable[[Staff], Client], admin: Staff) -> None:
    Staff.objects.filter(pk=admin.pk).update(language="zh-hans")
    browser = as_staff(Staff.objects.get(pk=admin.pk))
    for pattern in addresses():
        if not is_act(pattern) and not any(part in pattern for part in PARTS):
            page = browser.get(filled(pattern, rows))
            assert page["Content-Language"] == "zh-hans"
            is_file = not page["Content-Type"].startswith("text/html")
            assert is_file or '<html lang="zh-Hans"' in page.content.decode()


def test_lists_cost_the_same_whatever_their_length(
    rows: dict[str, Any], desk: Client, teams: tuple[Team, Team]
) -> None:
    lists = ["/settings/", "/settings/staff/", "/settings/teams/", "/settings/keys/", "/settings/audit/?area=all",
             "/settings/statuses/", "/settings/tags/", "/settings/fields/", "/settings/replies/", "/settings/senders/",
             "/settings/views/", "/settings/sla/", "/settings/channels/", "/settings/mailboxes/", "/work/"]  # fmt: skip
    desk.get("/settings/")

    def costs() -> dict[str, int]:
        found = {}
        for path in lists:
            with CaptureQueriesContext(connection) as queries:
                assert desk.get(path).status_code == 200
            found[path] = len(queries)
        return found

    few = costs()
    for nth in range(12):
        person = make_staff(teams=teams)
        create_api_key(person, ["tickets:read"], by=SYSTEM)
        Team.objects.create(slug=f"t{nth}", name=f"T{nth}")
        account = make_account(f"box{nth}")
        Mailbox.objects.create(account=account)
        InboundEvent.objects.create(account=account, external_id="1", handler="x", state="parked", reason=f"r{nth}")
        StatusLabel.objects.create(category="open", name=f"L{nth}", position=nth)
        Tag.objects.create(name=f"tag{nth}")
        CustomField.objects.create(key=f"f{nth}", name=f"F{nth}")
        CannedReply.objects.create(title=f"R{nth}", body="…", team=teams[nth % 2])
        SenderRule.objects.create(pattern=f"s{nth}.example", verdict="block")
        SavedView.objects.create(name=f"V{nth}", team=teams[nth % 2])
        create_policy(
            PolicyDraft(
                f"P{nth}", [TargetDraft("resolution", BusinessCalendar.objects.earliest("pk").pk, seconds=60 + nth)]
            ),
            by=SYSTEM,
        )
    assert costs() == few
    assert max(few.values()) <= 12
    assert ApiKey.objects.count() == 13


@pytest.mark.parametrize("given", ["\x00", "9" * 40, "-1", "'; DROP TABLE x; --", "<script>", "𝟙", "\u202eabc", "%00"])
def test_tampered_filters_never_break_a_page(desk: Client, given: str) -> None:
    for path in ["/settings/staff/", "/settings/audit/", "/settings/keys/", "/settings/senders/", "/work/"]:
        for name in ["q", "cursor", "show", "actor", "name", "since", "until", "subject", "staff", "state", "kind"]:
            answer = desk.get(path, {name: given})
            assert answer.status_code in {200, 400, 422}, (path, name)
            assert "<script>" not in answer.content.decode().replace("<script type", "").replace(
                "<script defer", ""
            ).replace("<script src", "")
