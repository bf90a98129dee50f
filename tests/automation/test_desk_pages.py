"""Sub-tickets and consultations on the desk: dialogs, panels, the list of what waits for me; by every role, at a fixed cost."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from helpdesk.accounts.models import Staff
from helpdesk.accounts.permissions import Role
from helpdesk.core import dispatcher
from helpdesk.core.actors import SYSTEM
from helpdesk.core.models import Event
from tests.automation.conftest import House, SignIn
from tests.factories import actor, make_staff, make_ticket
from tickets.automation.models import SubTicketSetting, SubTicketTemplate
from tickets.labels import default_label
from tickets.models import Consultation, Ticket, Watcher
from tickets.services import consulting
from tickets.services.replying import Reply, reply_to_ticket
from tickets.services.status import set_status
from tickets.services.sub_tickets import open_sub_ticket

pytestmark = pytest.mark.django_db
SUB, EXPERTS = pytest.mark.req("E3", "sub-tickets"), pytest.mark.req("C4", "consultation")
HTMX = {"HTTP_HX_REQUEST": "true"}


def page(client: Client, path: str, **query: str) -> str:
    answer = client.get(path, query)
    assert answer.status_code == 200, (path, answer.status_code)
    return answer.content.decode()


@SUB
def test_an_agent_opens_a_sub_ticket_from_the_page_and_sees_it_get_on(house: House, as_staff: SignIn) -> None:
    desk, base = as_staff(house.agent), f"/tickets/{house.ticket.number}/"
    assert "Open a sub-ticket" in page(desk, f"{base}menu/more/")
    assert "Logistics" in page(desk, f"{base}sub-tickets/")
    answer = desk.post(
        f"{base}sub-tickets/", {"team": house.logistics.pk, "subject": "Find the parcel", "text": "Lost"}, **HTMX
    )
    assert answer.status_code == 200
    assert "context:changed" in answer["HX-Trigger"]
    sub = house.ticket.sub_tickets.get()
    panel = page(desk, f"{base}context/")
    assert "Find the parcel" in panel
    assert "0/1" in panel
    assert f"/tickets/{sub.number}/" in panel
    clerk = as_staff(house.clerk)
    assert clerk.post(f"/tickets/{sub.number}/edit/", {"field": "owner", "value": "me"}, **HTMX).status_code == 200
    solved = default_label("solved").pk
    assert clerk.post(f"/tickets/{sub.number}/edit/", {"field": "status", "value": solved}, **HTMX).status_code == 200
    panel = page(desk, f"{base}context/")
    assert "1/1" in panel
    assert "Wu Lin" in panel
    assert "Sub-ticket" in page(desk, f"{base}history/")


@SUB
def test_another_department_reads_of_the_parent_only_what_it_may(house: House, as_staff: SignIn) -> None:
    sub = open_sub_ticket(house.ticket.pk, team=house.logistics, subject="Find it", by=actor(house.agent))
    panel = page(as_staff(house.clerk), f"/tickets/{sub.number}/context/")
    assert house.ticket.number in panel
    assert house.ticket.subject not in panel
    assert f"/tickets/{house.ticket.number}/" not in panel
    assert f"/tickets/{house.ticket.number}/" in page(as_staff(house.agent), f"/tickets/{sub.number}/context/")
    assert as_staff(house.clerk).get(f"/tickets/{house.ticket.number}/").status_code == 404


def test_a_sub_ticket_offers_no_answer_to_the_customer(house: House, as_staff: SignIn) -> None:
    sub = open_sub_ticket(house.ticket.pk, team=house.support, subject="Find it", by=actor(house.agent))
    desk = as_staff(house.agent)
    composer = page(desk, f"/tickets/{sub.number}/")
    assert 'data-mode="note"' in composer
    assert "data-composer-channel" not in composer
    more = page(desk, f"/tickets/{sub.number}/menu/more/")
    for gone in ("sub-tickets/", "merge/", "spam/"):
        assert gone not in more
    answer = desk.post(f"/tickets/{sub.number}/messages/", {"text": "Hello", "mode": "reply"}, **HTMX)
    assert answer.status_code == 409
    assert desk.post(f"/tickets/{sub.number}/messages/", {"text": "Hi", "mode": "note"}, **HTMX).status_code == 200
    forward = {"to": "x@partner.example", "text": "see", "message": "1"}
    assert desk.post(f"/tickets/{sub.number}/messages/1/forward/", forward, **HTMX).status_code in {404, 409, 422}


def test_a_template_fills_the_form(house: House, as_staff: SignIn) -> None:
    row = SubTicketTemplate.objects.create(name="Trace", team=house.logistics, subject="Trace the parcel", text="DHL")
    found = page(as_staff(house.agent), f"/tickets/{house.ticket.number}/sub-tickets/", template=str(row.pk))
    assert 'value="Trace the parcel"' in found


@pytest.mark.parametrize(
    "data", [{}, {"team": "x", "subject": "y"}, {"team": "1", "subject": "\x00"}, {"subject": "z" * 300}]
)
def test_a_form_that_cannot_be_used_comes_back_with_words(house: House, as_staff: SignIn, data: dict[str, str]) -> None:
    answer = as_staff(house.agent).post(f"/tickets/{house.ticket.number}/sub-tickets/", data, **HTMX)
    assert answer.status_code == 422
    assert "error-text" in answer.content.decode()
    assert not Ticket.objects.filter(parent__isnull=False).exists()


@SUB
def test_solving_asks_about_open_sub_tickets_and_goes_on_when_confirmed(house: House, as_staff: SignIn) -> None:
    sub = open_sub_ticket(house.ticket.pk, team=house.logistics, subject="Find it", by=actor(house.agent))
    desk, url = as_staff(house.agent), f"/tickets/{house.ticket.number}/edit/"
    data = {"field": "status", "value": str(default_label("solved").pk)}
    asked = desk.post(url, data, **HTMX)
    assert asked.status_code == 409
    assert sub.number in asked.content.decode()
    assert 'name="confirmed"' in asked.content.decode()
    assert Ticket.objects.get(pk=house.ticket.pk).status_category != "solved"
    assert desk.post(url, {**data, "confirmed": "open_sub_tickets"}, **HTMX).status_code == 200
    assert Ticket.objects.get(pk=house.ticket.pk).status_category == "solved"


@SUB
def test_the_setting_may_refuse_or_allow(house: House, as_staff: SignIn) -> None:
    open_sub_ticket(house.ticket.pk, team=house.logistics, subject="Find it", by=actor(house.agent))
    desk, url = as_staff(house.agent), f"/tickets/{house.ticket.number}/edit/"
    data = {"field": "status", "value": str(default_label("solved").pk), "confirmed": "open_sub_tickets"}
    SubTicketSetting.objects.create(when_solving="refuse")
    refused = desk.post(url, data, **HTMX)
    assert refused.status_code == 409
    assert "Wait until they are solved" in refused.json()["detail"]
    answer = desk.post(
        f"/tickets/{house.ticket.number}/messages/", {"text": "Done", "mode": "reply", "then": "solved"}, **HTMX
    )
    assert answer.status_code == 409
    assert not house.ticket.messages.filter(text="Done").exists()
    SubTicketSetting.objects.update(when_solving="allow")
    assert desk.post(url, data, **HTMX).status_code == 200


def test_sweeps_customers_and_an_answer_on_its_way_are_not_held_up(house: House) -> None:
    from helpdesk.core.actors import Actor
    from tickets.services.status import solve_as_customer

    reply = Reply("Done", status="solved")
    reply_to_ticket(house.ticket.pk, reply, by=actor(house.agent))
    assert Ticket.objects.get(pk=house.ticket.pk).status_category == "solved"
    set_status(house.ticket.pk, "open", by=SYSTEM)
    open_sub_ticket(house.ticket.pk, team=house.logistics, subject="Find it", by=actor(house.agent))
    solve_as_customer(house.ticket.pk, by=Actor.of_customer(house.ticket.customer))
    assert Ticket.objects.get(pk=house.ticket.pk).status_category == "solved"


@SUB
@pytest.mark.django_db(transaction=True)
def test_the_parent_hears_of_its_tasks_and_a_new_owner_sees_them(house: House, as_staff: SignIn) -> None:
    sub = open_sub_ticket(house.ticket.pk, team=house.logistics, subject="Find it", by=actor(house.agent))
    set_status(sub.pk, "solved", by=actor(house.clerk))
    dispatcher.run_once()
    names = list(Event.objects.filter(ticket_id=house.ticket.pk).order_by("pk").values_list("name", flat=True))
    assert names[-2:] == ["ticket.sub_changed", "ticket.sub_solved"]
    dispatcher.run_once()
    assert as_staff(house.agent).get("/notifications/").content.decode().count("A sub-ticket is solved") == 1
    set_status(sub.pk, "open", by=actor(house.clerk))
    from tickets.services.assignment import assign_ticket

    assign_ticket(house.ticket.pk, to=house.mate, by=actor(house.lead))
    dispatcher.run_once()
    assert Watcher.objects.filter(ticket=sub, staff=house.mate).exists()
    # said again after a crash, nothing doubles
    events = list(Event.objects.filter(name="ticket.assigned"))
    from tickets.automation.consuming import follow_sub_tickets

    follow_sub_tickets(events)
    assert Watcher.objects.filter(ticket=sub, staff=house.mate).count() == 1


# --- Consultations ---------------------------------------------------------------------------------------------------
@EXPERTS
def test_experts_are_asked_discuss_and_the_conclusion_stays(house: House, as_staff: SignIn) -> None:
    desk, base = as_staff(house.agent), f"/tickets/{house.ticket.number}/"
    assert "Ask experts" in page(desk, f"{base}menu/more/")
    expert = as_staff(house.payer)
    assert expert.get(base).status_code == 404
    data = {"question": "Is E21 covered by the warranty?", "staff": [house.payer.pk], "teams": [house.logistics.pk]}
    assert desk.post(f"{base}consultations/", data, **HTMX).status_code == 200
    row = Consultation.objects.get()
    assert set(row.invitations.values_list("staff__username", flat=True)) == {"payer", "clerk"}
    # they see this one ticket, and it waits for them in a list
    assert "Is E21 covered" in page(expert, base)
    assert "Is E21 covered" in page(expert, "/consultations/")
    assert Ticket.objects.visible_to(Staff.objects.get(pk=house.payer.pk)).count() == 1
    answer = expert.post(f"{base}consultations/{row.pk}/notes/", {"text": "Yes, for two years"}, **HTMX)
    assert answer.status_code == 200
    assert row.notes.filter(text="Yes, for two years", visibility="internal").exists()
    assert "has answered" in page(desk, f"{base}context/")
    empty = desk.post(f"{base}consultations/{row.pk}/conclude/", {"conclusion": " "}, **HTMX)
    assert empty.status_code == 422
    assert desk.post(f"{base}consultations/{row.pk}/conclude/", {"conclusion": "Covered"}, **HTMX).status_code == 200
    panel = page(desk, f"{base}context/")
    assert "Covered" in panel
    assert "concluded" in page(desk, f"{base}history/")
    # the right ends with it
    assert expert.get(base).status_code == 404
    assert "Is E21 covered" not in page(expert, "/consultations/")
    row.refresh_from_db()
    assert (row.state, row.conclusion, row.ended_by_id) == ("concluded", "Covered", house.agent.pk)


@EXPERTS
@pytest.mark.django_db(transaction=True)
def test_the_live_view_of_an_expert_ends_with_the_invitation(house: House) -> None:
    from channels_app.live.publish import messages_for
    from channels_app.live.rights import may_see

    row = consulting.open_consultation(
        house.ticket.pk, question="?", by=actor(house.agent), staff=[house.payer.pk, house.clerk.pk]
    )
    assert may_see(house.payer.pk, house.ticket.pk)
    dispatcher.run_once()
    before = Event.objects.latest("pk").pk
    consulting.withdraw_invitation(row.pk, staff_id=house.payer.pk, by=actor(house.payer))
    dispatcher.run_once()
    assert not may_see(house.payer.pk, house.ticket.pk)
    assert may_see(house.clerk.pk, house.ticket.pk)
    sent = messages_for(list(Event.objects.filter(pk__gt=before).order_by("pk")))
    gone = [message for message in sent if message.payload["t"] == "gone"]
    assert [message.to for message in gone] == [(f"staff:{house.payer.pk}",)]


def test_a_lasting_right_outlives_the_consultation(house: House) -> None:
    Watcher.objects.create(ticket=house.ticket, staff=house.payer)
    row = consulting.open_consultation(
        house.ticket.pk, question="?", by=actor(house.agent), staff=[house.payer.pk, house.mate.pk]
    )
    consulting.withdraw_consultation(row.pk, by=actor(house.agent))
    assert Watcher.objects.filter(ticket=house.ticket, staff=house.payer).exists()
    assert not Watcher.objects.filter(consultation__isnull=False).exists()


def test_who_asks_must_be_able_to_let_others_in(house: House, as_staff: SignIn) -> None:
    data = {"question": "?", "staff": [house.payer.pk]}
    url = f"/tickets/{house.ticket.number}/consultations/"
    # the expert, who was let in, lets in nobody; quality only reads
    assert as_staff(house.quality).post(url, data, **HTMX).status_code == 403
    row = consulting.open_consultation(house.ticket.pk, question="?", by=actor(house.agent), staff=[house.payer.pk])
    more = {"staff": [house.clerk.pk]}
    assert as_staff(house.payer).post(f"{url}{row.pk}/invite/", more, **HTMX).status_code == 403
    assert as_staff(house.payer).post(f"{url}{row.pk}/conclude/", {"conclusion": "x"}, **HTMX).status_code == 403
    assert as_staff(house.clerk).post(f"{url}{row.pk}/notes/", {"text": "x"}, **HTMX).status_code == 404
    other = make_ticket(house.support)
    assert (
        as_staff(house.agent).post(f"/tickets/{other.number}/consultations/{row.pk}/conclude/", {}).status_code == 404
    )
    assert row.invitations.count() == 1


@pytest.mark.parametrize(
    "data", [{}, {"question": "?"}, {"question": "", "staff": ["1"]}, {"question": "?", "staff": ["999999"]}]
)
def test_a_question_to_nobody_comes_back_with_words(house: House, as_staff: SignIn, data: dict[str, object]) -> None:
    answer = as_staff(house.agent).post(f"/tickets/{house.ticket.number}/consultations/", data, **HTMX)
    assert answer.status_code == 422
    assert not Consultation.objects.exists()


def test_one_question_at_a_time_and_more_people_join_it(house: House, as_staff: SignIn) -> None:
    desk, url = as_staff(house.agent), f"/tickets/{house.ticket.number}/consultations/"
    desk.post(url, {"question": "One", "staff": [house.payer.pk]}, **HTMX)
    again = desk.post(url, {"question": "Two", "staff": [house.clerk.pk]}, **HTMX)
    assert again.status_code == 422
    row = Consultation.objects.get()
    assert desk.post(f"{url}{row.pk}/invite/", {"staff": [house.clerk.pk]}, **HTMX).status_code == 200
    assert row.invitations.count() == 2
    assert desk.post(f"{url}{row.pk}/withdraw/", **HTMX).status_code == 200
    assert desk.post(f"{url}{row.pk}/notes/", {"text": "late"}, **HTMX).status_code == 409


def test_an_expert_who_leaves_the_company_is_asked_no_more(house: House) -> None:
    from helpdesk.accounts.services.staff import deactivate_staff

    row = consulting.open_consultation(house.ticket.pk, question="?", by=actor(house.agent), staff=[house.payer.pk])
    deactivate_staff(house.payer.pk, by=actor(house.admin))
    assert row.invitations.get().ended_at is not None


def test_consultations_move_along_when_tickets_merge(house: House) -> None:
    from tickets.services.merging import merge_tickets

    row = consulting.open_consultation(house.ticket.pk, question="?", by=actor(house.agent), staff=[house.payer.pk])
    other = make_ticket(house.support)
    merge_tickets(house.ticket.pk, other.pk, by=SYSTEM)
    row.refresh_from_db()
    assert (row.ticket_id, row.state) == (other.pk, "open")
    consulting.conclude_consultation(row.pk, conclusion="Done", by=SYSTEM)


# --- Roles and costs -------------------------------------------------------------------------------------------------
@pytest.mark.req("K2", "roles")
@pytest.mark.parametrize("role", [str(role) for role in Role])
def test_every_address_answers_every_role(house: House, as_staff: SignIn, role: str) -> None:
    """In the ticket's team; what a role lacks is refused, never a broken page."""
    from helpdesk.accounts.permissions import PERMISSIONS

    row = consulting.open_consultation(house.ticket.pk, question="?", by=SYSTEM, staff=[house.payer.pk])
    person = make_staff(f"x{role}", role=role, teams=(house.support,))
    client, base, can = as_staff(person), f"/tickets/{house.ticket.number}/", PERMISSIONS[role]
    one = f"{base}consultations/{row.pk}/"
    assert client.get(f"{base}sub-tickets/").status_code == (200 if "ticket.edit" in can else 403)
    assert client.get(f"{base}consultations/").status_code == 200
    for name in ("invite/", "conclude/"):
        assert client.get(f"{one}{name}").status_code == 200
    for name in ("withdraw/", "leave/", "notes/"):
        assert client.get(f"{one}{name}").status_code == 405
    lets_in = "ticket.transfer" in can or "ticket.assign" in can
    for path in (f"{base}consultations/", f"{one}invite/"):
        answer = client.post(path, {"question": "?", "staff": [house.clerk.pk]}, **HTMX)
        assert (answer.status_code == 403) == (not lets_in), (role, path, answer.status_code)
    assert client.get("/consultations/").status_code == 200
    assert client.get("/profile/notifications/").status_code == 200


def test_strangers_and_outsiders_are_kept_out(house: House, as_staff: SignIn) -> None:
    row = consulting.open_consultation(house.ticket.pk, question="?", by=SYSTEM, staff=[house.payer.pk])
    base = f"/tickets/{house.ticket.number}/"
    paths = [f"{base}sub-tickets/", f"{base}consultations/", f"{base}consultations/{row.pk}/conclude/",
             f"{base}consultations/{row.pk}/invite/"]  # fmt: skip
    for path in [*paths, "/consultations/", "/profile/notifications/"]:
        assert as_staff(None).get(path).status_code == 302
        assert as_staff(None).post(path).status_code in {302, 401, 405}
    for path in paths[1:]:
        assert as_staff(house.clerk).get(path).status_code == 404


def test_costs_are_fixed(house: House, as_staff: SignIn) -> None:
    desk = as_staff(house.agent)

    def cost(path: str) -> int:
        with CaptureQueriesContext(connection) as queries:
            assert desk.get(path).status_code == 200
        return len(queries)

    context = f"/tickets/{house.ticket.number}/context/"
    consulting.open_consultation(house.ticket.pk, question="?", by=actor(house.agent), staff=[house.payer.pk])
    open_sub_ticket(house.ticket.pk, team=house.logistics, subject="0", by=actor(house.agent))
    consulting.open_consultation(
        make_ticket(house.support).pk, question="?", by=actor(house.lead), staff=[house.agent.pk]
    )
    cost(context)
    few = [cost(context), cost("/consultations/")]
    for nth in range(8):
        open_sub_ticket(house.ticket.pk, team=house.logistics, subject=str(nth), by=actor(house.agent))
        ticket = make_ticket(house.support)
        consulting.open_consultation(ticket.pk, question="?", by=actor(house.lead), staff=[house.agent.pk])
    consulting.invite_experts(
        Consultation.objects.get(ticket=house.ticket).pk, by=actor(house.agent), staff=[house.clerk.pk, house.mate.pk]
    )
    assert [cost(context), cost("/consultations/")] == few
    assert few[0] <= 14
    assert few[1] <= 8


@pytest.mark.req("K1", "Chinese and English")
def test_the_pages_speak_chinese(house: House, as_staff: SignIn) -> None:
    Staff.objects.filter(pk=house.agent.pk).update(language="zh-hans")
    desk = as_staff(house.agent)
    assert '<html lang="zh-Hans"' in page(desk, "/consultations/")
    assert '<html lang="zh-Hans"' in page(desk, "/profile/notifications/")


def test_a_person_chooses_what_they_are_told(house: House, as_staff: SignIn) -> None:
    from helpdesk.accounts.models import NoticeSetting
    from helpdesk.accounts.noticing import groups_in_order

    desk = as_staff(house.agent)
    found = page(desk, "/profile/notifications/")
    assert "A deadline was missed" in found
    data = {"digest": "hourly", "digest_at": "07:30", "quiet_from": "21:00", "quiet_until": "07:00"}
    data |= {f"mail_{group.name}": "digest" for group in groups_in_order()} | {"desk_breached": "on"}
    assert desk.post("/profile/notifications/", data).status_code == 302
    setting = NoticeSetting.objects.get(staff=house.agent)
    assert (setting.digest, setting.by_mail["breached"], setting.urgent_breaks) == ("hourly", "digest", False)
    assert "breached" not in setting.muted
    assert "notes" in setting.muted
    wrong = desk.post("/profile/notifications/", {**data, "quiet_until": ""})
    assert wrong.status_code == 422
    assert "Enter both times" in wrong.content.decode()
    assert desk.post("/profile/notifications/", {**data, "mail_notes": "sometimes"}).status_code == 422
