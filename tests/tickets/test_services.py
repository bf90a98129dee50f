"""The ticket verbs: what they do, what they announce, and whom they refuse."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from django.conf import settings
from django.db import connection
from django.utils import timezone

from helpdesk.accounts.models import Membership, Notification, Staff
from helpdesk.accounts.permissions import Role
from helpdesk.core import dispatcher, leasing
from helpdesk.core.actors import SYSTEM, Actor
from helpdesk.core.audit import lines_of
from helpdesk.core.errors import Forbidden, Invalid, NotFound
from helpdesk.core.models import Delivery, Event, Job, LeasedState
from helpdesk.customers.models import Customer, Identity
from tests.factories import actor, make_account, make_arrival, make_customer, make_staff, make_team, make_ticket
from tickets.counting import buckets_for, fold_counts, recount, total
from tickets.due import close_due, release_due, wake_due
from tickets.errors import CannotMerge, TicketChanged, TicketClosed, TooLate
from tickets.history import history_of
from tickets.intake.arrival import Thread
from tickets.intake.services import receive
from tickets.models import Draft, Holder, LinkKind, Message, StatusCategory, Ticket, TicketLink, Watcher
from tickets.selectors.people import mentioned_in
from tickets.services.assignment import assign_ticket, transfer_ticket
from tickets.services.merging import merge_tickets, split_ticket
from tickets.services.properties import edit_ticket, mark_spam
from tickets.services.replying import Reply, add_note, forward_ticket, reply_to_ticket, start_ticket, withdraw_message
from tickets.services.status import set_status, snooze_ticket, solve_as_customer
from tickets.services.watching import watch_ticket

pytestmark = pytest.mark.django_db(transaction=True)


def names(ticket: Ticket) -> list[str]:
    return list(Event.objects.filter(ticket_id=ticket.pk).order_by("id").values_list("name", flat=True))


@pytest.fixture
def team():
    return make_team("Support", is_default=True)


@pytest.fixture
def agent(team):
    return make_staff("ann", teams=(team,))


@pytest.fixture
def outsider():
    return make_staff("olga", teams=(make_team("Logistics"),))


@pytest.mark.req("A5", "one customer, one profile")
def test_ten_first_messages_of_one_new_address_make_one_customer_and_no_second_profile(team) -> None:
    account = make_account()
    make_ticket(address="warm@up.example")
    arrivals = [make_arrival(account, address="new@customer.example", external_id=f"race-{n}") for n in range(10)]
    start = threading.Barrier(10)

    def arrive(arrival) -> None:
        start.wait()
        receive(arrival, by=SYSTEM)
        connection.close()

    threads = [threading.Thread(target=arrive, args=(arrival,)) for arrival in arrivals]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert Identity.objects.filter(value="new@customer.example").count() == 1
    assert Customer.objects.count() == 2
    assert Message.objects.filter(external_id__startswith="race-").count() == 10


@pytest.mark.req("A4", "processed once")
def test_the_same_message_arriving_at_the_same_time_is_one_message(team) -> None:
    account = make_account()
    make_ticket()
    arrivals = [make_arrival(account, external_id="same") for _ in range(6)]

    def arrive(arrival) -> None:
        receive(arrival, by=SYSTEM)
        connection.close()

    threads = [threading.Thread(target=arrive, args=(arrival,)) for arrival in arrivals]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert Message.objects.filter(external_id="same").count() == 1


@pytest.mark.req("E5", "merge")
class TestMerging:
    def test_everything_moves_and_the_source_points_to_the_other(self, agent) -> None:
        source, target = make_ticket(), make_ticket(subject="Same washer")
        merge_tickets(source.pk, target.pk, by=actor(agent))
        source.refresh_from_db()
        target.refresh_from_db()
        assert source.merged_into_id == target.pk
        assert source.status_category == StatusCategory.CLOSED
        assert target.messages.count() == target.message_count
        assert source.messages.count() == 0
        assert TicketLink.objects.filter(source=source, target=target, kind=LinkKind.DUPLICATE).exists()

    def test_an_answer_to_the_merged_ticket_continues_the_other(self, agent) -> None:
        source, target = make_ticket(), make_ticket()
        merge_tickets(source.pk, target.pk, by=actor(agent))
        received = receive(make_arrival(thread=Thread(ticket_ids=[source.pk])), by=SYSTEM)
        assert received.ticket.pk == target.pk

    def test_tickets_of_two_customers_do_not_merge(self, agent) -> None:
        source, target = make_ticket(), make_ticket(address="other@customer.example")
        with pytest.raises(CannotMerge):
            merge_tickets(source.pk, target.pk, by=actor(agent))
        assert Message.objects.filter(ticket=source).exists()


@pytest.mark.req("E5", "split")
def test_messages_about_another_matter_get_a_ticket_of_their_own(agent) -> None:
    ticket = make_ticket()
    second = receive(
        make_arrival(thread=Thread(ticket_ids=[ticket.pk]), text="By the way, my kettle"), by=SYSTEM
    ).message
    fresh = split_ticket(ticket.pk, [second.pk], subject="Kettle", by=actor(agent))
    second.refresh_from_db()
    assert second.ticket_id == fresh.pk
    assert TicketLink.objects.filter(source=fresh, target=ticket, kind=LinkKind.SPLIT).exists()
    with pytest.raises(Invalid):
        split_ticket(ticket.pk, list(ticket.messages.values_list("pk", flat=True)), subject="x", by=actor(agent))


@pytest.mark.req("E5", "undo send")
class TestUndo:
    def test_an_answer_waits_and_can_be_taken_back_as_a_draft(self, agent) -> None:
        ticket = make_ticket()
        message = reply_to_ticket(ticket.pk, Reply("Hello", undo=True), by=actor(agent))
        assert message.is_waiting
        assert not Delivery.objects.filter(subject_id=message.pk).exists()
        withdraw_message(message.pk, by=actor(agent))
        assert Draft.objects.get(ticket=ticket, staff=agent).text == "Hello"
        assert release_due(timezone.now() + timedelta(seconds=60), 10) == 0
        assert not Delivery.objects.filter(subject_id=message.pk).exists()

    def test_it_leaves_once_when_its_time_has_come_even_with_two_sweeps(self, agent) -> None:
        ticket = make_ticket()
        message = reply_to_ticket(ticket.pk, Reply("Hello", undo=True, status="pending"), by=actor(agent))
        due = timezone.now() + timedelta(seconds=settings.UNDO_SEND_SECONDS + 1)

        def sweep() -> None:
            release_due(due, 10)
            connection.close()

        threads = [threading.Thread(target=sweep) for _ in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        ticket.refresh_from_db()
        assert Delivery.objects.filter(subject_id=message.pk).count() == 1
        assert ticket.status_category == StatusCategory.PENDING
        assert names(ticket).count("message.released") == 2  # the acknowledgement and this one
        with pytest.raises(TooLate):
            withdraw_message(message.pk, by=actor(agent))


@pytest.mark.req("E5", "internal notes")
def test_a_note_never_leaves_and_mentioned_people_see_the_ticket(agent, outsider) -> None:
    ticket = make_ticket()
    assert not Ticket.objects.visible_to(outsider).filter(pk=ticket.pk).exists()
    deliveries = Delivery.objects.count()
    add_note(ticket.pk, "Look at lot 2408B", by=actor(agent), mentions=[outsider.pk])
    assert Delivery.objects.count() == deliveries
    assert Ticket.objects.visible_to(outsider).filter(pk=ticket.pk).exists()
    dispatcher.run_once()
    assert Notification.objects.filter(staff=outsider, kind="mentioned").count() == 1


@pytest.mark.req("E5", "mentions")
@pytest.mark.req("K2", "permissions per team")
class TestMentions:
    """docs/decisions/0002-mentions.md."""

    def test_nobody_is_let_in_by_somebody_who_may_not_show_the_ticket(self, agent, outsider) -> None:
        ticket, engineer = make_ticket(), make_staff("ed", role=Role.ENGINEER)
        add_note(ticket.pk, "@Ed, what is E21?", by=actor(agent), mentions=[engineer.pk])
        kept = add_note(ticket.pk, "@Otto knows", by=actor(engineer), mentions=[outsider.pk, agent.pk])
        assert kept.mentions == [agent.pk]
        assert not Ticket.objects.visible_to(outsider).exists()
        assert not Watcher.objects.filter(staff=outsider).exists()
        dispatcher.run_once()
        assert not Notification.objects.filter(staff=outsider).exists()

    def test_an_owner_may_let_somebody_in_whatever_their_role(self, team, agent, outsider) -> None:
        ticket = make_ticket()
        clerk = make_staff("clara", role=Role.STORE_CLERK, teams=(team,))
        assert add_note(ticket.pk, "@Otto?", by=actor(clerk), mentions=[outsider.pk]).mentions == []
        Ticket.objects.filter(pk=ticket.pk).update(owner=clerk)
        assert add_note(ticket.pk, "@Otto?", by=actor(clerk), mentions=[outsider.pk]).mentions == [outsider.pk]
        assert Ticket.objects.visible_to(outsider).exists()

    def test_the_history_says_who_was_let_in_and_tells_them_once(self, agent, outsider, team) -> None:
        ticket, mate = make_ticket(), make_staff("ben", teams=(team,))
        for _ in range(2):
            add_note(ticket.pk, "@Otto @Ben", by=actor(agent), mentions=[outsider.pk, mate.pk])
        events = Event.objects.filter(name="ticket.watched")
        assert {(event.data["staff"], event.data["is_let_in"]) for event in events} == {
            (outsider.pk, True),
            (mate.pk, False),
        }
        assert events.count() == 2
        audited = [line.details for line in lines_of(events.filter(data__staff=outsider.pk))]
        assert audited == [["by way of: mention in a note", f"colleague: {outsider.name}", "may see it now: yes"]]
        lines = [line.text for line in history_of(ticket).lines]
        assert f"{outsider.name} was mentioned and may see this ticket now" in lines
        assert f"{mate.name} was mentioned and watches it" in lines
        dispatcher.run_once()
        told = list(Notification.objects.filter(staff=outsider).values_list("kind", flat=True))
        assert (told.count("mentioned"), told.count("watching")) == (2, 0)

    def test_people_who_left_are_not_called(self, agent, outsider) -> None:
        ticket = make_ticket()
        Staff.objects.filter(pk=outsider.pk).update(is_active=False)
        assert add_note(ticket.pk, "@Otto?", by=actor(agent), mentions=[outsider.pk, 10**9]).mentions == []
        with pytest.raises(Invalid):
            watch_ticket(ticket.pk, staff=Staff.objects.get(pk=outsider.pk), by=actor(agent))

    def test_watchers_are_added_by_the_same_rule(self, agent, outsider) -> None:
        ticket, quality = make_ticket(), make_staff("quinn", role=Role.QUALITY)
        with pytest.raises(Forbidden):
            watch_ticket(ticket.pk, staff=outsider, by=actor(quality))
        watch_ticket(ticket.pk, staff=quality, by=actor(quality))
        watch_ticket(ticket.pk, staff=outsider, by=actor(agent))
        assert Watcher.objects.filter(ticket=ticket).count() == 2

    @pytest.mark.parametrize(
        ("text", "called"),
        [
            ("@Ann please", {"Ann"}),
            ("@Anna please", {"Anna"}),
            ("@ann, @anna", {"Ann", "Anna"}),
            ("@Annabel", set()),
            ("@陈宇请看", {"陈宇"}),
            ("mail to x@ann.example", set()),
            ("no one", set()),
        ],
    )
    def test_a_name_must_stand_there_whole(self, text: str, called: set[str]) -> None:
        for username, name in (("ann", "Ann"), ("anna", "Anna"), ("chen", "陈宇")):
            make_staff(username, name=name)
        assert {person.name for person in mentioned_in(text)} == called


@pytest.mark.req("K2", "permissions per team")
class TestRights:
    def test_an_agent_outside_the_team_neither_sees_nor_changes(self, team, outsider) -> None:
        ticket = make_ticket()
        by = actor(outsider)
        before = Event.objects.count()
        for attempt in (
            lambda: reply_to_ticket(ticket.pk, Reply("hi"), by=by),
            lambda: add_note(ticket.pk, "hi", by=by),
            lambda: assign_ticket(ticket.pk, to=outsider, by=by),
            lambda: edit_ticket(ticket.pk, by=by, priority="urgent"),
            lambda: set_status(ticket.pk, "solved", by=by),
            lambda: transfer_ticket(ticket.pk, team=team, by=by),
            lambda: mark_spam(ticket.pk, is_spam=True, by=by),
            lambda: merge_tickets(ticket.pk, make_ticket().pk, by=by),
        ):
            with pytest.raises(NotFound):
                attempt()
        assert Event.objects.filter(ticket_id=ticket.pk).count() <= before
        assert Delivery.objects.filter(purpose="tickets.message").count() <= 2  # acknowledgements only

    def test_quality_reads_everything_and_writes_notes_only(self) -> None:
        ticket = make_ticket()
        quality = make_staff("quinn", role=Role.QUALITY)
        assert Ticket.objects.visible_to(quality).count() == 1
        add_note(ticket.pk, "Well done", by=actor(quality))
        with pytest.raises(Forbidden):
            reply_to_ticket(ticket.pk, Reply("hi"), by=actor(quality))

    def test_a_customer_touches_only_their_own(self) -> None:
        ticket, stranger = make_ticket(), make_customer("Eve", "eve@customer.example")
        with pytest.raises(NotFound):
            solve_as_customer(ticket.pk, by=Actor.of_customer(stranger))
        solve_as_customer(ticket.pk, by=Actor.of_customer(ticket.customer))
        ticket.refresh_from_db()
        assert ticket.status_category == StatusCategory.SOLVED

    def test_an_agent_cannot_take_a_colleagues_ticket_but_a_lead_can_give_it(self, team, agent) -> None:
        ticket = make_ticket()
        other, lead = make_staff("ben", teams=(team,)), make_staff("lea", role=Role.LEAD, teams=(team,))
        assign_ticket(ticket.pk, to=agent, by=actor(agent))
        with pytest.raises(Forbidden):
            assign_ticket(ticket.pk, to=other, by=actor(other))
        assign_ticket(ticket.pk, to=other, by=actor(lead))
        ticket.refresh_from_db()
        assert ticket.owner_id == other.pk

    def test_a_person_who_left_the_team_loses_its_tickets_at_once(self, team, agent) -> None:
        ticket = make_ticket()
        Membership.objects.filter(staff=agent).delete()
        with pytest.raises(NotFound):
            add_note(ticket.pk, "hi", by=actor(agent))


@pytest.mark.req("C5", "nobody's ticket is ever without an owner or a queue")
class TestHolding:
    def test_transfer_takes_the_owner_away_and_puts_it_into_the_other_queue(self, agent) -> None:
        ticket = make_ticket()
        other = make_team("Repairs")
        assign_ticket(ticket.pk, to=agent, by=actor(agent))
        transfer_ticket(ticket.pk, team=other, note="Needs a pump", by=actor(agent))
        ticket.refresh_from_db()
        assert (ticket.team_id, ticket.owner_id, ticket.holder) == (other.pk, None, Holder.QUEUE)
        assert ticket.messages.filter(visibility="internal", text="Needs a pump").exists()

    def test_solved_is_with_nobody_and_reopening_returns_it(self, agent) -> None:
        ticket = make_ticket()
        assign_ticket(ticket.pk, to=agent, by=actor(agent))
        set_status(ticket.pk, "solved", by=actor(agent))
        ticket.refresh_from_db()
        assert ticket.holder == Holder.NOBODY
        receive(make_arrival(thread=Thread(ticket_ids=[ticket.pk])), by=SYSTEM)
        ticket.refresh_from_db()
        assert (ticket.status_category, ticket.holder, ticket.owner_id) == ("open", Holder.AGENT, agent.pk)
        assert "ticket.reopened" in names(ticket)

    def test_an_automatic_answer_does_not_reopen(self, agent) -> None:
        ticket = make_ticket()
        set_status(ticket.pk, "solved", by=actor(agent))
        receive(make_arrival(thread=Thread(ticket_ids=[ticket.pk]), is_auto=True), by=SYSTEM)
        ticket.refresh_from_db()
        assert ticket.status_category == StatusCategory.SOLVED


@pytest.mark.req("E6", "reopened")
def test_a_solved_ticket_closes_after_its_days_and_a_later_answer_opens_a_linked_follow_up(agent) -> None:
    ticket = make_ticket()
    set_status(ticket.pk, "solved", by=actor(agent))
    assert close_due(timezone.now() + timedelta(days=6), 10) == 0
    assert close_due(timezone.now() + timedelta(days=8), 10) == 1
    ticket.refresh_from_db()
    assert ticket.status_category == StatusCategory.CLOSED
    with pytest.raises(TicketClosed):
        reply_to_ticket(ticket.pk, Reply("hi"), by=actor(agent))
    received = receive(make_arrival(thread=Thread(ticket_ids=[ticket.pk])), by=SYSTEM)
    assert received.is_new_ticket
    assert TicketLink.objects.filter(source=received.ticket, target=ticket, kind=LinkKind.FOLLOW_UP).exists()


@pytest.mark.req("A4", "processed once")
class TestThreading:
    def test_a_stranger_with_a_copied_reference_opens_a_linked_ticket_of_their_own(self) -> None:
        ticket = make_ticket(rfc_message_id="secret@customer.example")
        received = receive(
            make_arrival(address="eve@evil.example", thread=Thread(references=["secret@customer.example"])), by=SYSTEM
        )
        assert received.is_new_ticket
        assert TicketLink.objects.filter(source=received.ticket, target=ticket, kind=LinkKind.RELATED).exists()

    def test_somebody_who_was_copied_continues_the_conversation(self) -> None:
        ticket = make_ticket(recipients={"cc": [("Wang", "wang@customer.example")]})
        received = receive(
            make_arrival(address="wang@customer.example", thread=Thread(ticket_ids=[ticket.pk])), by=SYSTEM
        )
        assert received.ticket.pk == ticket.pk

    def test_an_old_thread_with_a_plainly_new_subject_is_offered_as_a_split(self) -> None:
        ticket = make_ticket()
        hints = Thread(ticket_ids=[ticket.pk])
        assert receive(make_arrival(thread=hints, subject="Invoice for the kettle"), by=SYSTEM).message.may_start_new
        assert not receive(
            make_arrival(thread=hints, subject="回复：Washer stops with E21"), by=SYSTEM
        ).message.may_start_new


@pytest.mark.req("E5", "full history")
class TestVersions:
    def test_two_people_editing_at_once_never_overwrite_silently(self, agent) -> None:
        ticket = make_ticket()
        seen = ticket.edit_version
        edit_ticket(ticket.pk, by=actor(agent), edit_version=seen, priority="high")
        with pytest.raises(TicketChanged):
            edit_ticket(ticket.pk, by=actor(agent), edit_version=seen, priority="low")
        ticket.refresh_from_db()
        assert ticket.priority == "high"

    def test_a_change_that_changes_nothing_is_silent(self, agent) -> None:
        ticket = make_ticket()
        before, version = names(ticket), Ticket.objects.get(pk=ticket.pk).row_version
        edit_ticket(ticket.pk, by=actor(agent), priority=ticket.priority)
        assert names(ticket) == before
        assert Ticket.objects.get(pk=ticket.pk).row_version == version

    def test_an_edited_subject_is_kept_apart_from_the_event(self, agent) -> None:
        ticket = make_ticket()
        edit_ticket(ticket.pk, by=actor(agent), subject="Li Na, 138 0000 6024")
        event = Event.objects.get(ticket_id=ticket.pk, name="ticket.edited")
        assert event.data["subject"] is None
        assert event.personal.data["subject"][1] == "Li Na, 138 0000 6024"


@pytest.mark.req("E5", "snooze")
def test_a_snoozed_ticket_wakes_when_its_time_comes_or_the_customer_writes(agent) -> None:
    ticket = make_ticket()
    snooze_ticket(ticket.pk, until=timezone.now() + timedelta(hours=1), by=actor(agent))
    assert wake_due(timezone.now() + timedelta(hours=2), 10) == 1
    ticket.refresh_from_db()
    assert ticket.snoozed_until is None
    snooze_ticket(ticket.pk, until=timezone.now() + timedelta(hours=1), by=actor(agent))
    receive(make_arrival(thread=Thread(ticket_ids=[ticket.pk])), by=SYSTEM)
    ticket.refresh_from_db()
    assert ticket.snoozed_until is None


@pytest.mark.req("A1", "e-mail")
def test_forwarding_asks_an_outside_party_whose_answer_comes_back_to_the_ticket(agent) -> None:
    ticket = make_ticket()
    forward_ticket(ticket.pk, Reply("Can you look?", to=[("Pump Ltd", "help@pump.example")]), by=actor(agent))
    assert Delivery.objects.filter(address="help@pump.example").count() == 1
    received = receive(make_arrival(address="help@pump.example", thread=Thread(ticket_ids=[ticket.pk])), by=SYSTEM)
    assert received.ticket.pk == ticket.pk
    with pytest.raises(Invalid):
        forward_ticket(ticket.pk, Reply("x", to=[("", "no address")]), by=actor(agent))


@pytest.mark.req("A1", "e-mail")
def test_an_agent_writes_first_to_a_customer(team, agent) -> None:
    make_ticket()
    customer, account = make_customer("Wang", "wang@customer.example"), make_account()
    ticket = start_ticket(
        customer=customer,
        account=account,
        team=team,
        subject="Your visit",
        reply=Reply("Thursday 16:30"),
        by=actor(agent),
    )
    assert Delivery.objects.get(address="wang@customer.example").account_id == account.pk
    assert ticket.first_replied_at is not None
    assert ticket.owner_id == agent.pk


@pytest.mark.req("J2", "counters of the views")
def test_counters_agree_with_a_count_after_any_walk(team, agent) -> None:
    tickets = [make_ticket() for _ in range(5)]
    assign_ticket(tickets[0].pk, to=agent, by=actor(agent))
    set_status(tickets[1].pk, "solved", by=actor(agent))
    snooze_ticket(tickets[2].pk, until=timezone.now() + timedelta(hours=1), by=actor(agent))
    mark_spam(tickets[3].pk, is_spam=True, by=actor(agent))

    def state() -> set[tuple]:
        return {
            (b.owner_id, b.status_category, b.is_snoozed, b.is_spam, b.number)
            for b in buckets_for(actor(agent).staff)
            if b.number
        }

    kept = state()
    assert total(buckets_for(actor(agent).staff)) == 4
    fold_counts()
    assert state() == kept
    recount()
    assert state() == kept


def test_watchers_are_kept_once(agent, outsider) -> None:
    ticket = make_ticket()
    add_note(ticket.pk, "a", by=actor(agent), mentions=[outsider.pk])
    add_note(ticket.pk, "b", by=actor(agent), mentions=[outsider.pk])
    assert Watcher.objects.filter(ticket=ticket).count() == 1


def refuse_changes_of(message_id: int) -> None:
    """A fault that no code of ours foresees: PostgreSQL refuses every update of this message."""
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS"
            " $$ BEGIN RAISE EXCEPTION 'the disk has a bad sector'; END $$"
        )
        cursor.execute(
            "CREATE TRIGGER refuse_change BEFORE UPDATE ON tickets_message FOR EACH ROW"
            f" WHEN (OLD.id = {int(message_id)}) EXECUTE FUNCTION refuse_change()"
        )


@pytest.mark.req("A7", "retry and reason")
@pytest.mark.req("K7", "every background job visible")
def test_a_due_row_that_fails_is_set_aside_parked_with_its_reason_and_holds_up_nobody(agent, settings) -> None:
    settings.MAX_ATTEMPTS = 1
    bad, good = [reply_to_ticket(make_ticket().pk, Reply("Hello", undo=True), by=actor(agent)).pk for _ in range(2)]
    due = timezone.now()
    Message.objects.filter(pk=bad).update(release_at=due - timedelta(seconds=2))
    Message.objects.filter(pk=good).update(release_at=due - timedelta(seconds=1))
    refuse_changes_of(bad)
    try:
        assert release_due(due, 1) == 0
        assert release_due(due, 1) == 1
        assert Message.objects.get(pk=good).released_at is not None
        job = Job.objects.get(kind="tickets.due.release")
        assert job.args == {"pk": bad}
        leasing.run(Job, job.pk)
        job.refresh_from_db()
        assert job.state == LeasedState.PARKED
        assert release_due(due, 10) == 0
        assert Job.objects.filter(kind="tickets.due.release").count() == 1
    finally:
        with connection.cursor() as cursor:
            cursor.execute("DROP TRIGGER refuse_change ON tickets_message; DROP FUNCTION refuse_change()")
    leasing.retry(job)
    leasing.run(Job, job.pk)
    assert Message.objects.get(pk=bad).released_at is not None
