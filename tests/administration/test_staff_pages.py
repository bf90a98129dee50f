"""Staff, teams and the own profile through the pages: what people can do, what is refused, and that rights end at once."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from helpdesk.accounts.models import Membership, Staff, Team
from helpdesk.accounts.permissions import Role
from helpdesk.accounts.services.passwords import link_of
from helpdesk.core import leasing
from helpdesk.core.models import Delivery, Event, Job
from helpdesk.core.registries import renderers
from tests.factories import actor, make_account, make_staff, make_ticket
from tickets.models import Holder, Ticket
from tickets.services.assignment import assign_ticket

pytestmark = pytest.mark.django_db


def staff_data(**fields: Any) -> dict[str, Any]:
    return {"name": "Wang Fang", "username": "wang", "email": "wang@company.example", "role": "agent",
            "language": "", "timezone": "", "first": "show", **fields}  # fmt: skip


def work_jobs() -> None:
    """Run what waits, as a worker would, until nothing is left."""
    while (pk := Job.objects.filter(state="ready").order_by("pk").values_list("pk", flat=True).first()) is not None:
        leasing.run(Job, pk)


@pytest.mark.req("K5", "administration pages")
def test_new_colleague_gets_a_password_that_is_shown_once_and_works(desk: Client, teams: tuple[Team, Team]) -> None:
    answer = desk.post("/settings/staff/new/", staff_data(**{f"row_{teams[1].pk}": "lead"}))
    assert answer.status_code == 200
    assert "no-store" in answer["Cache-Control"]
    password = re.search(r'<code class="secret">(\w+)</code>', answer.content.decode())[1]
    made = Staff.objects.get(username="wang")
    assert made.check_password(password)
    assert Membership.objects.get(staff=made).is_lead
    assert Client().post("/sign-in/", {"username": "wang", "password": password}).status_code == 302
    assert password not in desk.get(f"/settings/staff/{made.pk}/").content.decode()
    assert Event.objects.filter(name="staff.created", subject_id=made.pk, actor_kind="staff").count() == 1
    assert Event.objects.filter(name="membership.changed", data__staff=made.pk).count() == 1


def test_same_user_name_or_address_is_said_at_the_field_and_nothing_is_lost(desk: Client) -> None:
    make_staff("wang", email="other@company.example")
    answer = desk.post("/settings/staff/new/", staff_data(email="new@company.example"))
    assert answer.status_code == 422
    assert 'value="new@company.example"' in answer.content.decode()
    assert Staff.objects.filter(username="wang").count() == 1
    assert (
        desk.post("/settings/staff/new/", staff_data(username="wang2", email="other@company.example")).status_code
        == 422
    )


def test_role_change_and_lost_team_end_rights_at_once(
    desk: Client, teams: tuple[Team, Team], as_staff: Callable[[Staff], Client]
) -> None:
    lead = make_staff("lead", role=Role.ADMINISTRATOR, teams=teams)
    theirs = as_staff(lead)
    assert theirs.get("/settings/staff/").status_code == 200
    page = desk.get(f"/settings/staff/{lead.pk}/")
    seen = page.context["form"]["seen"].value()
    answer = desk.post(
        f"/settings/staff/{lead.pk}/",
        staff_data(username="lead", name="Lead", email=lead.email, role="agent", seen=seen),
    )
    assert answer.status_code == 302
    assert theirs.get("/settings/staff/").status_code == 403
    assert not Membership.objects.filter(staff=lead).exists()
    assert Event.objects.get(name="staff.role_changed").data == {"role": ["administrator", "agent"]}
    assert Event.objects.filter(name="membership.changed", data__staff=lead.pk).count() == 2


def test_two_administrators_who_edit_at_once_do_not_overwrite_each_other(
    desk: Client, teams: tuple[Team, Team]
) -> None:
    agent = make_staff("agent")
    seen = desk.get(f"/settings/staff/{agent.pk}/").context["form"]["seen"].value()
    Staff.objects.filter(pk=agent.pk).update(name="Renamed meanwhile")
    data = staff_data(username="agent", email=agent.email, name="Mine", seen=seen)
    answer = desk.post(f"/settings/staff/{agent.pk}/", data)
    assert answer.status_code == 422
    assert "Somebody changed this in the meantime" in answer.content.decode()
    assert Staff.objects.get(pk=agent.pk).name == "Renamed meanwhile"


@pytest.mark.req("C5", "nobody's ticket is ever without an owner or a queue")
def test_leaving_colleagues_tickets_go_back_to_their_queues(
    desk: Client, teams: tuple[Team, Team], as_staff: Callable[[Staff], Client], admin: Staff
) -> None:
    agent = make_staff("agent", teams=teams[:1])
    theirs = as_staff(agent)
    mine = [make_ticket(teams[0], address=f"c{nth}@customer.example") for nth in range(3)]
    for ticket in mine:
        assign_ticket(ticket.pk, to=agent, by=actor(agent))
    assert theirs.get("/profile/").status_code == 200
    assert desk.post(f"/settings/staff/{agent.pk}/deactivate/").status_code == 302
    assert theirs.get("/profile/").status_code == 302  # the session has ended
    work_jobs()
    for ticket in Ticket.objects.filter(pk__in=[ticket.pk for ticket in mine]):
        assert ticket.owner_id is None
        assert ticket.holder == Holder.QUEUE
    told = Event.objects.filter(name="ticket.assigned", data__owner=[agent.pk, None])
    assert told.count() == 3
    assert {event.actor_id for event in told} == {admin.pk}
    assert Event.objects.filter(name="staff.deactivated", subject_id=agent.pk).count() == 1


def test_batches_of_a_leaving_colleague_follow_one_another(
    desk: Client, teams: tuple[Team, Team], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tickets.services.handing_back.BATCH", 2)
    agent = make_staff("agent", teams=teams[:1])
    for nth in range(5):
        assign_ticket(make_ticket(teams[0], address=f"c{nth}@customer.example").pk, to=agent, by=actor(agent))
    desk.post(f"/settings/staff/{agent.pk}/deactivate/")
    work_jobs()
    assert not Ticket.objects.filter(owner=agent).exists()
    assert Job.objects.filter(kind="tickets.release_tickets_of", state="done").count() == 3


def test_last_administrator_cannot_be_deactivated_or_demoted(desk: Client, admin: Staff) -> None:
    desk.post(f"/settings/staff/{admin.pk}/deactivate/")
    assert Staff.objects.get(pk=admin.pk).is_active
    seen = desk.get(f"/settings/staff/{admin.pk}/").context["form"]["seen"].value()
    data = staff_data(username="boss", name="Boss", email=admin.email, role="agent", seen=seen)
    answer = desk.post(f"/settings/staff/{admin.pk}/", data)
    assert answer.status_code == 422
    assert "last active administrator" in answer.content.decode()
    assert Staff.objects.get(pk=admin.pk).role == Role.ADMINISTRATOR
    make_staff("second", role=Role.ADMINISTRATOR)
    desk.post(f"/settings/staff/{admin.pk}/deactivate/")
    assert not Staff.objects.get(pk=admin.pk).is_active


def test_new_password_ends_the_persons_sessions(desk: Client, as_staff: Callable[[Staff], Client]) -> None:
    agent = make_staff("agent")
    theirs = as_staff(agent)
    answer = desk.post(f"/settings/staff/{agent.pk}/password/")
    password = re.search(r'<code class="secret">(\w+)</code>', answer.content.decode())[1]
    assert theirs.get("/profile/").status_code == 302
    assert Staff.objects.get(pk=agent.pk).check_password(password)
    again = as_staff(Staff.objects.get(pk=agent.pk))
    desk.post(f"/settings/staff/{agent.pk}/sessions/")
    assert again.get("/profile/").status_code == 302


@pytest.mark.req("K2", "link in a mail")
def test_link_in_a_mail_sets_the_password_once_and_only_by_post(desk: Client) -> None:
    make_account()
    agent = make_staff("agent")
    assert desk.post(f"/settings/staff/{agent.pk}/link/").status_code == 302
    delivery = Delivery.objects.get(purpose="accounts.password_link")
    assert delivery.address == agent.email
    assert delivery.payload == {}
    mail = renderers.get(delivery.purpose)(delivery)
    path = re.search(r"http://[^/\s]+(/set-password/\S+/)", mail.text)[1]
    browser = Client()
    assert browser.get(path).status_code == 200
    assert not Staff.objects.get(pk=agent.pk).check_password("a brand new one")
    assert browser.post(path, {"password": "short", "again": "short"}).status_code == 422
    assert browser.post(path, {"password": "a brand new one", "again": "different one"}).status_code == 422
    assert browser.post(path, {"password": "a brand new one", "again": "a brand new one"})["Location"] == "/sign-in/"
    assert Staff.objects.get(pk=agent.pk).check_password("a brand new one")
    assert browser.get(path).status_code == 410
    assert browser.get("/set-password/zzzzzzzzzzzzzzz/abc/").status_code == 410


def test_link_that_still_works_is_not_written_to_the_log(desk: Client, caplog: pytest.LogCaptureFixture) -> None:
    path = link_of(make_staff("agent")).removeprefix("http://127.0.0.1:8000")
    with caplog.at_level("INFO"):
        assert Client().post(path, {"password": "short", "again": "short"}).status_code == 422
    assert path not in caplog.text


def test_link_of_somebody_who_left_is_refused(desk: Client) -> None:
    agent = make_staff("agent")
    path = link_of(agent).removeprefix("http://127.0.0.1:8000")
    desk.post(f"/settings/staff/{agent.pk}/deactivate/")
    assert Client().get(path).status_code == 410


@pytest.mark.req("K2", "password")
def test_own_password_change_keeps_this_session_and_ends_the_others(as_staff: Callable[[Staff], Client]) -> None:
    agent = make_staff("agent")
    here, elsewhere = as_staff(agent), as_staff(agent)
    data = {"form": "password", "present": "long enough 1", "password": "another good one", "again": "another good one"}
    wrong = here.post("/profile/", {**data, "present": "no"})
    assert wrong.status_code == 422
    assert here.post("/profile/", data).status_code == 302
    assert here.get("/profile/").status_code == 200
    assert elsewhere.get("/profile/").status_code == 302
    assert Event.objects.filter(name="staff.password_changed").count() == 1


def test_own_profile_changes_language_and_look(as_staff: Callable[[Staff], Client]) -> None:
    agent = make_staff("agent")
    browser = as_staff(agent)
    data = {"name": "Ann", "language": "zh-hans", "timezone": "Europe/Berlin", "theme": "dark", "density": "compact"}
    assert browser.post("/profile/", data).status_code == 302
    assert browser.get("/profile/")["Content-Language"] == "zh-hans"
    assert browser.post("/profile/", {**data, "timezone": "Mars/Base"}).status_code == 422


@pytest.mark.req("K5", "administration pages")
def test_team_with_signatures_members_and_order(desk: Client, teams: tuple[Team, Team]) -> None:
    agent = make_staff("agent")
    data = {"name": "Returns", "name_zh": "退换货", "signature": "Returns\nLanting", "signature_zh": "退换货组",
            f"row_{agent.pk}": "member"}  # fmt: skip
    assert desk.post("/settings/teams/new/", data).status_code == 302
    team = Team.objects.get(name="Returns")
    assert team.signature_for("zh") == "退换货组"
    assert list(team.members.all()) == [agent]
    assert "退换货组" in desk.get(f"/settings/teams/{team.pk}/").content.decode()
    desk.post(f"/settings/teams/{team.pk}/move/", {"to": "up"})
    assert [row.name for row in Team.objects.all()].index("Returns") == 1
    assert desk.post("/settings/teams/new/", {"name": "Returns"}).status_code == 422
    desk.post(f"/settings/teams/{team.pk}/default/")
    assert [row.name for row in Team.objects.filter(is_default=True)] == ["Returns"]


def test_closing_a_team_moves_its_open_tickets_and_needs_a_place_for_them(
    desk: Client, teams: tuple[Team, Team]
) -> None:
    support, repairs = teams
    open_one = make_ticket(repairs)
    url = f"/settings/teams/{repairs.pk}/deactivate/"
    desk.post(url, {})
    assert Team.objects.get(pk=repairs.pk).is_active
    desk.post(url, {"close-to": repairs.pk})
    assert Team.objects.get(pk=repairs.pk).is_active
    desk.post(url, {"close-to": support.pk})
    assert not Team.objects.get(pk=repairs.pk).is_active
    work_jobs()
    moved = Ticket.objects.get(pk=open_one.pk)
    assert moved.team_id == support.pk
    assert moved.holder == Holder.QUEUE
    later = make_ticket(account=open_one.account, address="new@customer.example")
    assert later.team_id == support.pk
    desk.post(f"/settings/teams/{support.pk}/deactivate/", {"close-to": repairs.pk})
    assert Team.objects.get(pk=support.pk).is_active  # the default team stays


@pytest.mark.req("K3", "keys with scopes")
def test_api_key_is_shown_once_with_its_scopes_and_can_be_revoked(desk: Client, admin: Staff) -> None:
    data = {"staff": admin.pk, "name": "Shop", "scopes": ["tickets:read"], "expires_on": ""}
    answer = desk.post("/settings/keys/new/", data)
    text = re.search(r'<code class="secret">(hd_[\w-]+)</code>', answer.content.decode())[1]
    header = {"Authorization": f"Bearer {text}"}
    assert Client().get("/api/v1/tickets/", headers=header).status_code == 200
    listed = desk.get("/settings/keys/").content.decode()
    assert text not in listed
    key = admin.api_keys.get()
    assert key.scopes == ["tickets:read"]
    desk.post(f"/settings/keys/{key.pk}/revoke/")
    assert Client().get("/api/v1/tickets/", headers=header).status_code == 401
    past = (timezone.localdate()).isoformat()
    assert desk.post("/settings/keys/new/", {**data, "expires_on": past}).status_code == 422
    assert desk.post("/settings/keys/new/", {**data, "scopes": ["everything"]}).status_code == 422
    assert desk.post("/settings/keys/new/", {**data, "staff": "999999"}).status_code == 422


def test_staff_search_finds_by_name_and_pages_by_cursor(desk: Client, admin: Staff) -> None:
    for nth in range(55):
        make_staff(f"person{nth:02}", name=f"Person {nth:02}")
    first = desk.get("/settings/staff/")
    assert len(first.context["people"]) == 50
    second = desk.get(f"/settings/staff/{first.context['next_url']}")
    assert len(second.context["people"]) == 6
    found = desk.get("/settings/staff/", {"q": "person 07"}, headers={"HX-Request": "true"})
    assert "person07" in found.content.decode()
    assert "<html" not in found.content.decode()
    assert desk.get("/settings/staff/", {"cursor": "nonsense"}).status_code == 400
    assert desk.get("/settings/staff/", {"q": "\x00%'\""}).status_code == 200
