"""Labels, tags, fields, canned replies, senders, shared views and the audit log through the pages."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.db.utils import DatabaseError
from django.test import Client
from django.utils import timezone

from helpdesk.accounts.models import Membership, Staff, Team
from helpdesk.accounts.permissions import Role
from helpdesk.core.actors import SYSTEM
from helpdesk.core.errors import Invalid
from helpdesk.core.models import Event
from tests.factories import actor, make_staff, make_ticket
from tickets.intake.models import SenderRule
from tickets.models import CannedReply, CustomField, SavedView, StatusLabel, Tag, Ticket
from tickets.selectors.canned import canned_replies
from tickets.services.properties import edit_ticket
from tickets.services.status import set_status, solve_as_customer

pytestmark = pytest.mark.django_db


@pytest.mark.req("K5", "administration pages")
def test_status_label_is_renamed_in_both_languages_and_its_category_stays(desk: Client, teams: Any) -> None:
    label = StatusLabel.objects.get(category="pending")
    seen = desk.get(f"/settings/statuses/{label.pk}/").context["form"]["seen"].value()
    data = {"name": "Awaiting answer", "name_zh": "等待回复", "seen": seen, "category": "closed"}
    assert desk.post(f"/settings/statuses/{label.pk}/", data).status_code == 302
    label.refresh_from_db()
    assert (label.name, label.name_zh, label.category) == ("Awaiting answer", "等待回复", "pending")
    again = desk.post(f"/settings/statuses/{label.pk}/", {**data, "name": "Mine"})
    assert again.status_code == 422  # somebody changed it since `seen`
    assert desk.post("/settings/statuses/new/", {"category": "pending", "name": "Awaiting answer"}).status_code == 422
    assert desk.post("/settings/statuses/new/", {"category": "lost", "name": "Lost"}).status_code == 422


def test_default_label_moves_within_its_category_and_cannot_be_retired(desk: Client, teams: Any) -> None:
    desk.post("/settings/statuses/new/", {"category": "open", "name": "In workshop", "name_zh": "维修中"})
    new = StatusLabel.objects.get(name="In workshop")
    old = StatusLabel.objects.get(category="open", is_default=True)
    desk.post(f"/settings/statuses/{old.pk}/switch/", {"on": "0"})
    assert StatusLabel.objects.get(pk=old.pk).is_active
    desk.post(f"/settings/statuses/{new.pk}/default/")
    assert StatusLabel.objects.get(category="open", is_default=True) == new
    desk.post(f"/settings/statuses/{old.pk}/switch/", {"on": "0"})
    assert not StatusLabel.objects.get(pk=old.pk).is_active
    desk.post(f"/settings/statuses/{new.pk}/move/", {"to": "up"})
    positions = list(StatusLabel.objects.order_by("position").values_list("pk", flat=True))
    assert positions.index(new.pk) == len(positions) - 2


@pytest.mark.req("E5", "tags")
def test_tags_are_added_and_retired(desk: Client, teams: Any) -> None:
    assert desk.post("/settings/tags/", {"name": " pump "}).status_code == 302
    assert desk.post("/settings/tags/", {"name": "pump"}).status_code == 422
    assert desk.post("/settings/tags/", {"name": "<b>"}).status_code == 422
    tag = Tag.objects.get()
    assert tag.name == "pump"
    desk.post(f"/settings/tags/{tag.pk}/switch/", {"on": "0"})
    assert not Tag.objects.get().is_active


@pytest.mark.req("E5", "custom fields")
def test_custom_field_with_choices_in_both_languages_keeps_its_key_and_type(desk: Client, teams: Any) -> None:
    data = {"key": "fault", "type": "choice", "kind": "repair", "name": "Fault", "name_zh": "故障",
            "choices": "Leaks\nNoise", "choices_zh": "漏水"}  # fmt: skip
    assert desk.post("/settings/fields/new/", {**data, "choices": ""}).status_code == 422
    assert desk.post("/settings/fields/new/", {**data, "choices": "a\na"}).status_code == 422
    assert desk.post("/settings/fields/new/", data).status_code == 302
    field = CustomField.objects.get()
    assert field.choices == ["Leaks", "Noise"]
    assert field.shown("Leaks") == "Leaks"
    seen = desk.get(f"/settings/fields/{field.pk}/").context["form"]["seen"].value()
    desk.post(f"/settings/fields/{field.pk}/", {**data, "key": "other", "type": "text", "name": "Defect", "seen": seen})
    field.refresh_from_db()
    assert (field.key, field.type, field.name) == ("fault", "choice", "Defect")


@pytest.mark.req("E5", "custom fields")
def test_required_field_is_filled_in_before_a_colleague_solves(desk: Client, teams: tuple[Team, Team]) -> None:
    data = {"key": "model", "type": "text", "kind": "", "name": "Model", "is_required": "on"}
    assert desk.post("/settings/fields/new/", data).status_code == 302
    agent, ticket = make_staff("agent", teams=teams[:1]), make_ticket(teams[0])
    with pytest.raises(Invalid, match="Fill in first: Model"):
        set_status(ticket.pk, "solved", by=actor(agent))
    assert Ticket.objects.get(pk=ticket.pk).status_category == "new"
    edit_ticket(ticket.pk, by=actor(agent), fields={"model": "W10"})
    set_status(ticket.pk, "solved", by=actor(agent))
    other = make_ticket(teams[0], address="other@customer.example")
    from helpdesk.core.actors import Actor

    solve_as_customer(other.pk, by=Actor.of_customer(other.customer))  # customers are not held up
    assert Ticket.objects.get(pk=other.pk).status_category == "solved"


@pytest.mark.req("E5", "canned replies")
def test_canned_replies_belong_to_a_person_a_team_or_everybody(
    desk: Client, teams: tuple[Team, Team], as_staff: Callable[[Staff], Client]
) -> None:
    agent, lead = make_staff("ann", teams=teams[:1]), make_staff("lea", role=Role.LEAD, teams=teams[:1])
    Membership.objects.filter(staff=lead).update(is_lead=True)
    theirs, leads = as_staff(agent), as_staff(lead)
    own = {"title": "Mine", "body": "Dear {{ customer.name }}, {{ unknown }}", "language": "en", "scope": ""}
    assert theirs.post("/settings/replies/new/", own).status_code == 302
    assert theirs.post("/settings/replies/new/", {**own, "scope": "all"}).status_code == 422
    assert theirs.post("/settings/replies/new/", {**own, "scope": f"team-{teams[0].pk}"}).status_code == 422
    team_reply = {**own, "title": "Team's", "scope": f"team-{teams[0].pk}"}
    assert leads.post("/settings/replies/new/", team_reply).status_code == 302
    assert leads.post("/settings/replies/new/", {**own, "scope": f"team-{teams[1].pk}"}).status_code == 422
    assert desk.post("/settings/replies/new/", {**own, "title": "All's", "scope": "all"}).status_code == 302
    mine, team, everybody = (CannedReply.objects.get(title=title) for title in ("Mine", "Team's", "All's"))
    assert leads.get(f"/settings/replies/{mine.pk}/").status_code == 404
    assert theirs.get(f"/settings/replies/{team.pk}/").status_code == 403
    assert leads.post(f"/settings/replies/{everybody.pk}/delete/").status_code == 403
    ticket = make_ticket(teams[0])
    offered = {entry["label"] for entry in canned_replies(ticket, agent, "")}
    assert offered == {"Mine", "Team's", "All's"}
    preview = theirs.post(
        "/settings/replies/preview/", {"body": "<b>{{ agent.name }}</b>"}, headers={"HX-Request": "true"}
    )
    assert "&lt;b&gt;Ann&lt;/b&gt;" in preview.content.decode()
    assert theirs.post(f"/settings/replies/{mine.pk}/delete/").status_code == 302
    assert not CannedReply.objects.filter(pk=mine.pk).exists()


def test_blocked_domain_sends_mail_to_spam_and_an_allowed_address_beats_it(
    desk: Client, teams: tuple[Team, Team]
) -> None:
    assert desk.post("/settings/senders/new/", {"pattern": "@Bad.example", "verdict": "block"}).status_code == 302
    assert desk.post("/settings/senders/new/", {"pattern": "ok@bad.example", "verdict": "allow"}).status_code == 302
    assert desk.post("/settings/senders/new/", {"pattern": "bad.example", "verdict": "block"}).status_code == 422
    assert desk.post("/settings/senders/new/", {"pattern": "not a domain", "verdict": "block"}).status_code == 422
    assert desk.post("/settings/senders/new/", {"pattern": "x.example", "verdict": "burn"}).status_code == 422
    assert make_ticket(teams[0], address="any@mail.bad.example").is_spam
    assert not make_ticket(teams[0], address="ok@bad.example").is_spam
    assert "bad.example" not in str(list(Event.objects.filter(name="sender_rule.created").values("data")))
    rule = SenderRule.objects.get(pattern="bad.example")
    desk.post(f"/settings/senders/{rule.pk}/delete/")
    assert not make_ticket(teams[0], address="late@bad.example").is_spam


def test_shared_views_are_named_ordered_and_deleted_by_those_who_share(
    desk: Client, teams: tuple[Team, Team], as_staff: Callable[[Staff], Client]
) -> None:
    one = SavedView.objects.create(name="One", team=teams[0])
    two = SavedView.objects.create(name="Two", position=1)
    foreign = SavedView.objects.create(name="Foreign", team=teams[1], position=2)
    lead = as_staff(make_staff("lea", role=Role.LEAD, teams=teams[:1]))
    assert lead.get(f"/settings/views/{foreign.pk}/").status_code == 404
    assert lead.post(f"/settings/views/{foreign.pk}/delete/").status_code == 404
    assert lead.post(f"/settings/views/{one.pk}/", {"name": "Uno", "name_zh": "一"}).status_code == 302
    lead.post(f"/settings/views/{two.pk}/move/", {"to": "up"})
    order = list(SavedView.objects.filter(pk__in=[one.pk, two.pk]).order_by("position").values_list("pk", flat=True))
    assert order == [two.pk, one.pk]
    desk.post(f"/settings/views/{foreign.pk}/delete/")
    assert not SavedView.objects.filter(pk=foreign.pk).exists()


@pytest.mark.req("K4", "by whom, from where")
def test_audit_log_says_who_did_what_when_and_from_where(desk: Client, admin: Staff, teams: tuple[Team, Team]) -> None:
    agent = make_staff("agent", name="Wang Fang", teams=teams[:1])
    seen = desk.get(f"/settings/staff/{agent.pk}/").context["form"]["seen"].value()
    data = {"name": "Wang Fang", "username": "agent", "email": agent.email, "role": "lead", "seen": seen,
            f"row_{teams[0].pk}": "lead"}  # fmt: skip
    desk.post(f"/settings/staff/{agent.pk}/", data)
    page = desk.get("/settings/audit/", {"name": "staff.role_changed"}).content.decode()
    assert "changed a role" in page
    assert "role: Agent → Team lead" in page
    assert "Wang Fang" in page
    assert "127.0.0.1" in page
    by_person = desk.get("/settings/audit/", {"actor": admin.pk, "area": "all"}).context["lines"]
    assert {line.actor.text for line in by_person} == {admin.name}
    about = desk.get("/settings/audit/", {"subject": f"staff:{agent.pk}"}).context["lines"]
    assert {line.event.subject_id for line in about} == {agent.pk}
    ticket = make_ticket(teams[0])
    of_ticket = desk.get("/settings/audit/", {"subject": ticket.number}).context["lines"]
    assert {line.event.ticket_id for line in of_ticket} == {ticket.pk}
    later = (timezone.localdate() + timedelta(days=2)).isoformat()
    assert desk.get("/settings/audit/", {"since": later}).context["lines"] == []
    assert desk.get("/settings/audit/", {"subject": "session:1"}).status_code == 422


@pytest.mark.req("K4", "append-only audit")
def test_audit_log_is_paged_and_nobody_can_change_it(desk: Client, admin: Staff, teams: tuple[Team, Team]) -> None:
    from helpdesk.core.events import Announcement, announce_all

    announce_all([Announcement("staff.signed_in", "staff", admin.pk) for _ in range(70)], by=SYSTEM)
    first = desk.get("/settings/audit/", {"name": "staff.signed_in"})
    second = desk.get(f"/settings/audit/{first.context['next_url']}")
    ids = [line.event.pk for page in (first, second) for line in page.context["lines"]]
    assert len(ids) == len(set(ids)) == 70
    assert desk.post("/settings/audit/").status_code == 405
    with pytest.raises(DatabaseError), connection.cursor() as cursor:
        cursor.execute("UPDATE core_event SET actor_id = 1")


def test_every_administrative_act_of_the_list_leaves_one_line(
    desk: Client, admin: Staff, teams: tuple[Team, Team]
) -> None:
    """Created, role changed, deactivated, reactivated, password reset, sessions ended, key issued and revoked."""
    agent = make_staff("agent")
    url = f"/settings/staff/{agent.pk}/"
    for act in ("sessions", "password", "deactivate", "reactivate"):
        desk.post(f"{url}{act}/")
    desk.post("/settings/keys/new/", {"staff": admin.pk, "name": "Shop", "scopes": ["tickets:read"]})
    desk.post(f"/settings/keys/{admin.api_keys.get().pk}/revoke/")
    names = ["staff.sessions_ended", "staff.password_reset", "staff.deactivated", "staff.reactivated",
             "api_key.created", "api_key.revoked"]  # fmt: skip
    for name in names:
        [event] = Event.objects.filter(name=name)
        assert (event.actor_kind, event.actor_id, event.origin) == ("staff", admin.pk, "127.0.0.1")


@pytest.mark.req("E5", "custom fields")
def test_choices_are_offered_and_shown_in_the_readers_language(
    desk: Client, admin: Staff, teams: tuple[Team, Team]
) -> None:
    data = {"key": "fault", "type": "choice", "kind": "", "name": "Fault", "name_zh": "故障",
            "choices": "Leaks\nNoise", "choices_zh": "漏水\n噪音"}  # fmt: skip
    assert desk.post("/settings/fields/new/", data).status_code == 302
    ticket = make_ticket(teams[0])
    edit_ticket(ticket.pk, by=actor(admin), fields={"fault": "Noise"})
    Staff.objects.filter(pk=admin.pk).update(language="zh-hans")
    dialog = desk.get(f"/tickets/{ticket.number}/dialog/fields/").content.decode()
    assert '<option value="Noise" selected>噪音</option>' in dialog
    assert "噪音" in desk.get(f"/tickets/{ticket.number}/context/").content.decode()
