"""The question by mail after a solving: once, in the customer's language, through the outbox, answered by a POST only."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from channels_app.email.parse import parse_mail
from channels_app.email.parsed import ParsedMail
from helpdesk.accounts.models import Staff, Team
from helpdesk.core import leasing
from helpdesk.core.models import ChannelAccount, Delivery
from helpdesk.core.tasks import sweep_due_rows
from helpdesk.customers.models import Customer
from tests.channels_app.mail_channel.mails import mail_in, make_mail
from tests.factories import make_account, make_staff
from tests.servers.smtp import SmtpServer
from tickets.models import Satisfaction, StatusLabel, SurveySetting, Ticket
from tickets.services.surveys import PURPOSE

pytestmark = [pytest.mark.django_db, pytest.mark.req("E6", "satisfaction asked")]
LINK = re.compile(r"/portal/rate/[\w-]+/")


@pytest.fixture(autouse=True)
def _account(account: ChannelAccount) -> ChannelAccount:
    return account


@pytest.fixture
def agent(team: Team) -> Staff:
    return make_staff("ann", teams=(team,))


@pytest.fixture
def desk(agent: Staff) -> Client:
    client = Client()
    client.force_login(agent)
    return client


def opened(text: str = "The washer stopped with E21.", **fields: Any) -> Ticket:
    line = mail_in(make_mail(text, **fields))
    Delivery.objects.all().update(state="done", status="sent")
    return Ticket.objects.get(pk=int(str(line["ticket"]).removeprefix("HD-")))


def set_status(desk: Client, ticket: Ticket, category: str = "solved") -> None:
    label = StatusLabel.objects.get(category=category, is_default=True)
    data = {"field": "status", "value": label.pk}
    answer = desk.post(f"/tickets/{ticket.number}/edit/", data, headers={"HX-Request": "true"})
    assert answer.status_code == 200, answer.content


def pass_time(minutes: int = 61) -> None:
    """Let the question's time come, and the sweep and the outbox run."""
    for ticket in Ticket.objects.filter(survey_at__isnull=False):
        Ticket.objects.filter(pk=ticket.pk).update(survey_at=ticket.survey_at - timedelta(minutes=minutes))
    sweep_due_rows()
    for delivery in Delivery.objects.filter(purpose=PURPOSE, status="queued"):
        leasing.run(Delivery, delivery.pk)


def asked(world: SmtpServer) -> list[ParsedMail]:
    return [mail for mail in map(parse_mail, (kept.raw for kept in world.mails)) if LINK.search(mail.text or "")]


def test_customer_is_asked_an_hour_after_solving_and_answers_by_a_post(world: SmtpServer, desk: Client) -> None:
    ticket = opened(sender="Li Na <li.na@customer.example>")
    set_status(desk, ticket)
    pass_time(minutes=58)
    assert asked(world) == []
    pass_time(minutes=2)
    [mail] = asked(world)
    assert mail.subject == f"How satisfied are you with our help? [{ticket.number}]"
    assert "Hello Li Na" in (mail.text or "")
    assert mail.header("auto-submitted") == "auto-replied"
    assert not mail.may_auto_answer
    address = LINK.search(mail.text or "")[0]  # type: ignore[index]
    stranger = Client()
    for _scanner in range(3):
        page = stranger.get(address)
        assert page.status_code == 200
    assert Satisfaction.objects.get().answered_at is None
    stranger.post(address, {"score": "4", "comment": "Quick"})
    assert (Satisfaction.objects.get().score, Satisfaction.objects.get().comment) == (4, "Quick")
    history = desk.get(f"/tickets/{ticket.number}/history/").content.decode()
    assert "The customer was asked how it went" in history
    assert "The customer rated the help" in history
    pass_time()
    assert len(asked(world)) == 1
    assert address not in desk.get(f"/tickets/{ticket.number}/").content.decode()


def test_question_is_in_the_customers_language_and_tells_the_solution(world: SmtpServer, desk: Client) -> None:
    ticket = opened("洗衣机漏水，显示 E21，请尽快处理。", subject="洗衣机漏水", sender="李娜 <li.na@customer.example>")
    data = {"field": "solution", "value": "更换门封，试机正常"}
    desk.post(f"/tickets/{ticket.number}/edit/", data, headers={"HX-Request": "true"})
    set_status(desk, ticket)
    pass_time()
    [mail] = asked(world)
    assert mail.subject.startswith("您对我们的服务满意吗？")
    for words in ("李娜", "洗衣机漏水", "更换门封，试机正常", "无需登录"):
        assert words in (mail.text or ""), words


def test_each_solving_asks_once_and_an_answer_to_the_mail_goes_on_with_the_ticket(
    world: SmtpServer, desk: Client
) -> None:
    ticket = opened()
    set_status(desk, ticket)
    pass_time()
    [first] = asked(world)
    line = mail_in(make_mail("It leaks again.", to=first.reply_to[0].address, message_id="again@customer.example"))
    assert line["ticket"] == ticket.number
    assert Ticket.objects.get().status_category == "open"
    set_status(desk, ticket)
    pass_time()
    assert len(asked(world)) == 2
    assert Satisfaction.objects.count() == 2
    machine = {"Auto-Submitted": "auto-replied"}
    mail_in(make_mail("I am away.", to=first.reply_to[0].address, message_id="away@x.example", headers=machine))
    assert Ticket.objects.get().status_category == "solved"
    assert len(asked(world)) == 2


@pytest.mark.parametrize(
    "why", ["spam", "merged", "reopened", "answered", "blocked", "machine", "own", "closed_unsolved"]
)
def test_nobody_is_asked_where_it_makes_no_sense(why: str, world: SmtpServer, desk: Client, agent: Staff) -> None:
    ticket = opened()
    if why == "machine":
        ticket.messages.filter(direction="in").update(is_auto=True)
    elif why == "own":
        make_account("sales")
        ticket.participants.update(address="sales@company.example")
        ticket.customer.identities.update(value="sales@company.example")
    set_status(desk, ticket, "closed" if why == "closed_unsolved" else "solved")
    htmx = {"HX-Request": "true"}
    if why == "spam":
        desk.post(f"/tickets/{ticket.number}/spam/", headers=htmx)
    elif why == "merged":
        other = opened(message_id="other@customer.example", subject="The same")
        desk.post(f"/tickets/{ticket.number}/merge/", {"into": other.number}, headers=htmx)
        assert Ticket.objects.get(pk=ticket.pk).merged_into_id
    elif why == "reopened":
        set_status(desk, ticket, "open")
    elif why == "answered":
        from helpdesk.customers.sessions import start_session

        portal = Client()
        portal.cookies["portal_session"] = start_session(ticket.customer, ticket.customer.identities.get())
        portal.post(f"/portal/requests/{ticket.number}/rate/", {"score": "5"})
        assert Satisfaction.objects.get().score == 5
    elif why == "blocked":
        Customer.objects.update(is_blocked=True)
    pass_time()
    assert asked(world) == []
    assert not Delivery.objects.filter(purpose=PURPOSE).exists()
    assert not Ticket.objects.filter(survey_at__isnull=False).exists()


def test_one_address_is_asked_three_times_a_day_at_most(world: SmtpServer, desk: Client) -> None:
    for nth in range(5):
        set_status(desk, opened(message_id=f"m{nth}@customer.example", subject=f"Matter {nth}"))
    pass_time()
    assert len(asked(world)) == 3


def test_history_told_afterwards_is_not_asked_about(world: SmtpServer, team: Team) -> None:
    from helpdesk.core import clock
    from helpdesk.core.actors import SYSTEM
    from tickets.services.status import set_status as solve

    ticket = opened()
    with clock.at(timezone.now() - timedelta(days=3)):
        solve(ticket.pk, "solved", by=SYSTEM)
    pass_time()
    assert asked(world) == []


# --- Administration --------------------------------------------------------------------------------------------------
@pytest.fixture
def admin(team: Team) -> Client:
    client = Client()
    client.force_login(make_staff("boss", role="administrator"))
    return client


def save(client: Client, **values: str) -> Any:
    page = client.get("/settings/satisfaction/")
    seen = page.context["form"]["seen"].value()
    return client.post("/settings/satisfaction/", {"delay_minutes": "60", "seen": seen, **values})


def test_asking_is_switched_off_for_everybody_and_on_for_one_team(
    world: SmtpServer, desk: Client, admin: Client, team: Team
) -> None:
    assert save(admin).status_code == 302
    ticket = opened()
    set_status(desk, ticket)
    pass_time()
    assert asked(world) == []
    assert save(admin, **{f"team_{team.pk}": "on"}, delay_minutes="15").status_code == 302
    second = opened(message_id="second@customer.example", subject="Second")
    set_status(desk, second)
    pass_time(minutes=16)
    assert [mail.subject for mail in asked(world)] == [f"How satisfied are you with our help? [{second.number}]"]
    assert save(admin, is_on="on", **{f"team_{team.pk}": "off"}).status_code == 302
    set_status(desk, opened(message_id="third@customer.example", subject="Third"))
    pass_time()
    assert len(asked(world)) == 1
    assert "changed when customers are asked" in admin.get("/settings/audit/").content.decode()


def test_what_was_planned_is_not_sent_after_switching_off(world: SmtpServer, desk: Client, admin: Client) -> None:
    set_status(desk, opened())
    save(admin)
    pass_time()
    assert asked(world) == []


def test_wrong_settings_are_refused_and_two_editors_do_not_overwrite(admin: Client, desk: Client, team: Team) -> None:
    assert save(admin, is_on="on", delay_minutes="7").status_code == 422
    assert save(admin, is_on="on", **{f"team_{team.pk}": "perhaps"}).status_code == 422
    assert not SurveySetting.objects.exists()
    assert save(admin, is_on="on", delay_minutes="15").status_code == 302
    late = admin.post("/settings/satisfaction/", {"is_on": "on", "delay_minutes": "0", "seen": "0000000000000000"})
    assert late.status_code == 422
    assert SurveySetting.objects.get().delay_minutes == 15
    assert desk.get("/settings/satisfaction/").status_code == 403
    assert desk.post("/settings/satisfaction/", {"delay_minutes": "0"}).status_code == 403
