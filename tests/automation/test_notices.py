"""Notices by mail: to whom, when, how many mails, and what they look like, against a real SMTP server."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from channels_app.email.relays import connections as smtp_connections
from helpdesk.accounts.models import MailState, NoticeSetting, Notification, Staff
from helpdesk.accounts.noticing import group_of
from helpdesk.core import dispatcher, leasing
from helpdesk.core.actors import SYSTEM
from helpdesk.core.calendars.services import create_calendar
from helpdesk.core.models import Delivery
from tests.automation.conftest import House
from tests.factories import actor, make_ticket
from tests.servers.smtp import SmtpServer
from tickets.automation.notices.mailing import SPACING, mail_due, plan_new
from tickets.automation.notices.planning import GATHER, mail_at
from tickets.models import Ticket
from tickets.services.assignment import assign_ticket
from tickets.services.consulting import open_consultation
from tickets.services.replying import add_note
from tickets.sla.services.policies import PolicyDraft, StepDraft, TargetDraft, create_policy
from tickets.sla.sweep import sweep_clocks

pytestmark = pytest.mark.django_db(transaction=True)
NOON = datetime(2026, 3, 2, 4, tzinfo=UTC)  # 12:00 in Shanghai
SHANGHAI = ZoneInfo("Asia/Shanghai")


@pytest.fixture
def world(settings: object) -> Iterator[SmtpServer]:
    """The SMTP server that all our mail goes to."""
    smtp_connections.close()
    server = SmtpServer().start()
    settings.SMTP_RELAY_URL = f"smtp://127.0.0.1:{server.port}"  # type: ignore[attr-defined]
    yield server
    smtp_connections.close()
    server.stop()


def tell(staff: Staff, ticket: Ticket, kind: str = "clock.breached", **fields: object) -> Notification:
    return Notification.objects.create(staff=staff, kind=kind, ticket_id=ticket.pk, **fields)


def sweep(now: datetime | None = None) -> int:
    now = now or timezone.now() + GATHER + timedelta(seconds=1)
    plan_new(timezone.now(), 5000)
    return mail_due(now, 100)


def send() -> None:
    for delivery in Delivery.objects.filter(purpose="automation.notices", state="ready").order_by("pk"):
        leasing.run(Delivery, delivery.pk)


def read(raw: bytes) -> EmailMessage:
    message = message_from_bytes(raw, policy=policy.default)
    assert isinstance(message, EmailMessage)
    return message


def text_of(message: EmailMessage, kind: str = "plain") -> str:
    part = message.get_body((kind,))
    assert part is not None
    return str(part.get_content())


@pytest.mark.req("D5", "escalation chain")
def test_a_breach_and_its_escalation_reach_people_by_mail(house: House, world: SmtpServer) -> None:
    around = create_calendar(by=SYSTEM, name="Around", timezone="UTC", is_24x7=True)
    steps = [StepDraft([{"do": "notify", "to": ["supervisor"]}], after_seconds=60)]
    create_policy(PolicyDraft("All", [TargetDraft("resolution", around.pk, seconds=60, steps=steps)]), by=SYSTEM)
    ticket = make_ticket(house.support, subject="Washer leaks")
    assign_ticket(ticket.pk, to=house.agent, by=SYSTEM)
    sweep_clocks(timezone.now() + timedelta(minutes=5), 100)
    sweep()
    send()
    told = {mail.recipients[0] for mail in world.mails}
    assert told == {house.agent.email, house.lead.email, house.supervisor.email}
    mail = read(next(m.raw for m in world.mails if m.recipients == [house.supervisor.email]))
    assert mail["Subject"] == f"{ticket.number}: It was raised to you (Resolution) – Washer leaks"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["List-Id"].startswith("<notices.")
    assert f"/tickets/{ticket.number}/" in text_of(mail)
    assert f'/tickets/{ticket.number}/"' in text_of(mail, "html")
    # once: the sweep and the outbox may run again
    sweep(timezone.now() + timedelta(hours=1))
    send()
    assert len(world.mails) == 3


def test_two_hundred_breaches_make_one_mail(house: House, world: SmtpServer) -> None:
    tickets = [make_ticket(house.support, subject=f"Matter {nth}") for nth in range(30)]
    Notification.objects.bulk_create(
        Notification(
            staff=house.agent, kind="clock.breached", ticket_id=tickets[nth % 30].pk, data={"metric": f"m{nth}"}
        )
        for nth in range(200)
    )
    tell(house.agent, tickets[0], "mentioned")
    assert sweep() == 1
    send()
    (mail,) = [read(kept.raw) for kept in world.mails]
    assert mail["Subject"] == "201 notices: A deadline was missed (200), I am called in a note (1)"
    assert "and 180 more" in text_of(mail)
    assert Notification.objects.filter(mail_state=MailState.QUEUED).count() == 201


def test_a_bad_hour_makes_a_mail_every_five_minutes_at_most(house: House, world: SmtpServer) -> None:
    tell(house.agent, house.ticket)
    assert sweep() == 1
    tell(house.agent, house.ticket)
    assert sweep() == 0
    late = timezone.now() + SPACING + GATHER + timedelta(seconds=5)
    assert mail_due(late, 100) == 1


def test_what_was_read_in_the_desk_is_not_mailed(house: House, world: SmtpServer) -> None:
    tell(house.agent, house.ticket)
    plan_new(timezone.now(), 100)
    Notification.objects.update(read_at=timezone.now())
    assert mail_due(timezone.now() + timedelta(minutes=2), 100) == 0
    assert set(Notification.objects.values_list("mail_state", flat=True)) == {"none"}


def test_nothing_goes_to_people_who_left_or_may_see_the_ticket_no_more(house: House, world: SmtpServer) -> None:
    other = make_ticket(house.finance)
    tell(house.agent, other)
    tell(house.mate, house.ticket)
    plan_new(timezone.now(), 100)
    Staff.objects.filter(pk=house.mate.pk).update(is_active=False)
    assert mail_due(timezone.now() + timedelta(minutes=2), 100) == 0
    assert set(Notification.objects.values_list("mail_state", flat=True)) == {"none"}


def test_a_right_that_ends_between_queue_and_outbox_stops_the_mail(house: House, world: SmtpServer) -> None:
    tell(house.agent, house.ticket)
    assert sweep() == 1
    Ticket.objects.filter(pk=house.ticket.pk).update(owner=None, holder="queue", team=house.finance)
    send()
    delivery = Delivery.objects.get(purpose="automation.notices")
    assert (delivery.state, world.mails) == ("discarded", [])
    assert "may be seen" in delivery.reason


def test_people_choose_and_mute(house: House, world: SmtpServer, as_staff: object) -> None:
    NoticeSetting.objects.create(staff=house.agent, by_mail={"breached": "never", "notes": "now"}, muted=["messages"])
    tell(house.agent, house.ticket)
    tell(house.agent, house.ticket, "note.added")
    tell(house.agent, house.ticket, "message.received")
    plan_new(timezone.now(), 100)
    states = dict(Notification.objects.values_list("kind", "mail_state"))
    assert states == {"clock.breached": "none", "note.added": "waiting", "message.received": "none"}
    desk = as_staff(house.agent)  # type: ignore[operator]
    assert desk.get("/notifications/count/").json()["counts"]["notifications"] == "2"


def test_a_mail_speaks_the_readers_language(house: House, world: SmtpServer) -> None:
    Staff.objects.filter(pk=house.agent.pk).update(language="zh-hans")
    tell(house.agent, house.ticket, data={"metric": "resolution"})
    sweep()
    send()
    mail = read(world.mails[0].raw)
    assert 'lang="zh-CN"' in text_of(mail, "html")
    assert house.ticket.subject in mail["Subject"]


def test_a_note_that_looks_like_markup_stays_text(house: House, world: SmtpServer) -> None:
    ticket = make_ticket(house.support, subject='<img src=x onerror="a"> & co')
    Ticket.objects.filter(pk=ticket.pk).update(owner=house.agent, holder="agent")
    tell(house.agent, ticket)
    sweep()
    send()
    mail = read(world.mails[0].raw)
    assert "<img" not in text_of(mail, "html")
    assert '<img src=x onerror="a"> & co' in text_of(mail)


@pytest.mark.req("C4", "consultation")
def test_an_expert_is_asked_by_mail_and_in_the_desk(house: House, world: SmtpServer) -> None:
    open_consultation(house.ticket.pk, question="Is E21 covered?", by=actor(house.agent), staff=[house.payer.pk])
    dispatcher.run_once()
    assert Notification.objects.get(staff=house.payer).kind == "consultation.invited"
    sweep()
    send()
    assert [mail.recipients for mail in world.mails] == [[house.payer.email]]


def test_a_mention_is_mailed_but_not_to_its_author(house: House, world: SmtpServer) -> None:
    add_note(house.ticket.pk, "@He Min look", by=actor(house.agent), mentions=[house.mate.pk, house.agent.pk])
    dispatcher.run_once()
    sweep()
    send()
    assert [mail.recipients for mail in world.mails] == [[house.mate.email]]


def test_two_sweepers_never_put_one_notice_into_two_mails(house: House, world: SmtpServer) -> None:
    import threading

    from django.db import connections

    for _nth in range(50):
        tell(house.agent, house.ticket)
    plan_new(timezone.now(), 5000)
    moment = timezone.now() + GATHER + timedelta(seconds=1)

    def one() -> None:
        mail_due(moment, 100)
        connections.close_all()

    threads = [threading.Thread(target=one) for _nth in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert Delivery.objects.filter(purpose="automation.notices").count() == 1
    assert Notification.objects.filter(mail_state="queued").count() == 50


def test_costs_do_not_follow_the_number_of_notices(house: House, django_assert_max_num_queries: object) -> None:
    for _nth in range(100):
        tell(house.agent, house.ticket)
    with django_assert_max_num_queries(8):  # type: ignore[operator]
        plan_new(timezone.now(), 5000)
    with django_assert_max_num_queries(20):  # type: ignore[operator]
        mail_due(timezone.now() + timedelta(minutes=2), 100)


# --- When -------------------------------------------------------------------------------------------------------------
def planned(kind: str, setting: NoticeSetting, now: datetime = NOON, zone: ZoneInfo = SHANGHAI) -> datetime | None:
    return mail_at(group_of(kind), setting, zone, now)


def test_digests_come_on_the_hour_or_at_the_chosen_time() -> None:
    daily = NoticeSetting(digest="daily", digest_at=time(8), by_mail={"notes": "digest"})
    assert planned("note.added", daily) == datetime(2026, 3, 3, 0, tzinfo=UTC)
    early = NOON - timedelta(hours=6)  # 06:00
    assert planned("note.added", daily, early) == datetime(2026, 3, 2, 0, tzinfo=UTC)
    hourly = NoticeSetting(digest="hourly", by_mail={"notes": "digest"})
    assert planned("note.added", hourly, NOON + timedelta(minutes=7, seconds=3)) == NOON + timedelta(hours=1)
    assert planned("note.added", NoticeSetting()) is None
    assert planned("nobody.knows", NoticeSetting()) is None


def test_quiet_hours_hold_back_what_is_not_urgent() -> None:
    quiet = {"quiet_from": time(21), "quiet_until": time(7, 30)}
    night = datetime(2026, 3, 2, 15, tzinfo=UTC)  # 23:00 in Shanghai
    after_midnight = night + timedelta(hours=4)
    morning = datetime(2026, 3, 2, 23, 30, tzinfo=UTC)
    setting = NoticeSetting(**quiet)
    assert planned("mentioned", setting, night) == morning
    assert planned("mentioned", setting, after_midnight) == morning
    assert planned("mentioned", setting, NOON) == NOON + GATHER
    assert planned("clock.breached", setting, night) == night + GATHER
    assert planned("clock.breached", NoticeSetting(**quiet, urgent_breaks=False), night) == morning
    nap = NoticeSetting(quiet_from=time(11), quiet_until=time(13))
    assert planned("mentioned", nap) == datetime(2026, 3, 2, 5, tzinfo=UTC)


def test_a_digest_time_that_the_clocks_leave_out_comes_all_the_same() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    setting = NoticeSetting(digest="daily", digest_at=time(2, 30), by_mail={"notes": "digest"})
    now = datetime(2026, 3, 28, 12, tzinfo=UTC)
    moment = planned("note.added", setting, now, berlin)
    assert moment is not None
    assert moment.astimezone(berlin).strftime("%H:%M") == "03:30"
