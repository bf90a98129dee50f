"""Bounces find the mail that failed; machines are told from people."""

import pytest

from channels_app.email.parse import parse_mail
from tests.channels_app.email.corpus import parsed

pytestmark = pytest.mark.req("A1", "e-mail")


@pytest.mark.parametrize(
    ("name", "recipient", "status", "original", "is_permanent"),
    [
        ("dsn_postfix", "nobody@example.org", "5.1.1", "hd.deadbeef@demo.example", True),
        ("dsn_delayed", "slow@example.org", "4.4.1", "hd.slow@demo.example", False),
        ("bounce_exchange_zh", "li@corp.example.cn", "5.2.2", "hd.ex1@demo.example", True),
        ("bounce_qq", "12345678@qq.com", "5.0.0", "hd.qq1@demo.example", True),
        ("bounce_163", "nobody2025@163.com", "5.0.0", "hd.ne1@demo.example", True),
        ("bounce_qmail", "gone@example.net", "5.1.1", "hd.qmail@demo.example", True),
    ],
)
def test_bounce_names_recipient_status_and_original(
    name: str, recipient: str, status: str, original: str, is_permanent: bool
) -> None:
    mail = parsed(name)
    assert mail.is_bounce
    assert not mail.is_auto_reply
    assert not mail.may_auto_answer
    assert mail.bounce is not None
    assert [item.address for item in mail.bounce.recipients] == [recipient]
    assert (mail.bounce.status, mail.bounce.original_message_id) == (status, original)
    assert mail.bounce.is_permanent is is_permanent
    assert mail.bounce.reason


def test_bounce_carries_our_token() -> None:
    for name, tag in (("dsn_postfix", "t88.0123456789abcdef"), ("bounce_exchange_zh", "t9.aaaaaaaaaaaaaaaa")):
        bounce = parsed(name).bounce
        assert bounce is not None
        assert tag in bounce.plus_tags


def test_delay_is_no_failure() -> None:
    bounce = parsed("dsn_delayed").bounce
    assert bounce is not None
    assert bounce.is_delay


@pytest.mark.parametrize("name", ["auto_reply_zh", "auto_reply_outlook"])
def test_automatic_replies_are_known_and_not_answered(name: str) -> None:
    mail = parsed(name)
    assert mail.is_auto_reply
    assert not mail.is_bounce
    assert not mail.may_auto_answer


def test_mailing_list_is_not_answered_and_is_no_auto_reply() -> None:
    mail = parsed("mailing_list")
    assert mail.is_list
    assert not mail.is_auto_reply
    assert not mail.may_auto_answer


@pytest.mark.parametrize(
    "headers",
    [
        "Auto-Submitted: auto-generated",
        "Precedence: bulk",
        "Precedence: junk",
        "X-Auto-Response-Suppress: DR, OOF, AutoReply",
        "X-Autoreply: yes",
        "X-Loop: support@demo.example",
        "Return-Path: <>",
        "List-Unsubscribe: <https://x.example>",
        "Subject: Out of office: back on Monday",
        "Subject: 自动答复：休假",
        "Subject: Re: 自动回复",
        "Content-Type: multipart/report; report-type=disposition-notification; boundary=b",
    ],
)
def test_no_loop_starts(headers: str) -> None:
    assert not parse_mail(f"From: li@example.cn\n{headers}\n\nx".encode()).may_auto_answer


@pytest.mark.parametrize(
    "local",
    [
        "noreply",
        "no-reply",
        "do-not-reply",
        "mailer-daemon",
        "postmaster",
        "bounces+123",
        "notifications",
        "shop.noreply",
    ],
)
def test_addresses_without_a_reader_are_not_answered(local: str) -> None:
    assert not parse_mail(f"From: {local}@example.cn\n\nx".encode()).may_auto_answer


@pytest.mark.parametrize(
    "headers",
    [
        "Auto-Submitted: no",
        "X-Auto-Response-Suppress: DR",
        "Subject: my auto is broken",
        "Subject: 自动门坏了",
        "Return-Path: <li@example.cn>",
    ],
)
def test_people_are_answered(headers: str) -> None:
    mail = parse_mail(f"From: li@example.cn\n{headers}\n\nx".encode())
    assert mail.may_auto_answer
    assert not mail.is_auto_reply


def test_a_customer_who_writes_about_a_bounce_is_no_bounce() -> None:
    mail = parse_mail(b"From: li@example.cn\nReturn-Path: <li@example.cn>\nSubject: Delivery failure of my fridge\n\nx")
    assert not mail.is_bounce


def test_mail_from_our_own_domain_is_not_answered() -> None:
    assert not parse_mail(b"From: a@demo.example\n\nx", own_domains=["demo.example"]).may_auto_answer
