"""Reasons are told in the reader's language with a code; every text that our code raises for parked work has words."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from django.test import Client
from django.utils import translation

from channels_app.models import InboundEvent, Mailbox
from helpdesk.accounts.models import Staff
from helpdesk.core.models import ChannelAccount, Job
from helpdesk.core.reasons import tell
from tests.factories import make_account

ROOT = Path(__file__).parents[2]
RAISED = {"Permanent", "TryAgain", "Unreachable", "InDoubt"}


def raised_texts() -> list[str]:
    """What our sources say when work cannot be done; values that are filled in stand as `x1`."""
    found = []
    for package in ("helpdesk", "tickets", "channels_app"):
        for path in sorted((ROOT / package).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Call) and getattr(node.func, "id", "") in RAISED and node.args:
                    found += _text(node.args[0])
                if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Outcome":
                    found += [text for word in node.keywords if word.arg == "ignored" for text in _text(word.value)]
    return found


def _text(node: ast.expr) -> list[str]:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return [node.value]
    if isinstance(node, ast.JoinedStr):
        return ["".join(str(part.value) if isinstance(part, ast.Constant) else "1" for part in node.values)]
    return []


def test_every_reason_that_we_raise_has_words_in_both_languages() -> None:
    texts = raised_texts()
    assert len(texts) > 40
    for text in texts:
        told = tell(f"Permanent: {text}")
        assert told.code, text
        with translation.override("zh-hans"):
            assert tell(f"Permanent: {text}").words != told.words, text


@pytest.mark.parametrize(
    ("raised", "code"),
    [
        ("Permanent: li.na@customer.example: 550 5.1.1 no such user", "mailbox_unknown"),
        ("550 5.2.2 mailbox full", "mailbox_full"),
        ("TryAgain: li.na@customer.example: 451 4.7.1 try later", "refused_for_now"),
        ("Permanent: 554 5.7.1 blocked", "refused_by_rules"),
        ("TryAgain: the server cannot be trusted: CERTIFICATE_VERIFY_FAILED", "certificate_unknown"),
        ("TryAgain: mail.example cannot be trusted: certificate has expired", "certificate_expired"),
        ("TryAgain: the server cannot be reached: [Errno 111] Connection refused", "connection_refused"),
        ("TryAgain: the server cannot be reached: [Errno -2] Name or service not known", "name_unknown"),
        ("ValueError: spam 550", "unexpected"),
        ("OperationalError: server closed the connection unexpectedly", "unexpected"),
        ("DoesNotExist: Ticket matching query does not exist.", "unexpected"),
        ("The worker died 3 times while working on this.", "worker_died"),
        ("Invalid: There is no such field for this kind of ticket.", "refused"),
        ("something nobody foresaw", ""),
        ("", ""),
        ("Permanent: " + "x" * 100_000, ""),
        ("TryAgain: Aliyun: isv.BUSINESS_LIMIT_CONTROL %(x)s %s", "sms_provider"),
    ],
)
def test_answers_of_servers_are_told_apart(raised: str, code: str) -> None:
    assert tell(raised).code == code


def parked(reason: str) -> InboundEvent:
    account = make_account("support")
    return InboundEvent.objects.create(
        account=account,
        external_id=f"n{InboundEvent.objects.count()}",
        handler="email.message",
        raw=b"x",
        size=1,
        state="parked",
        reason=reason,
    )


@pytest.mark.req("A4", "parked with its reason")
def test_parked_work_tells_its_reason_in_the_readers_language_and_keeps_the_details(desk: Client, admin: Staff) -> None:
    event = parked("Permanent: the message names no sender: give sender.id, sender.email or sender.phone")
    parked("Permanent: the message names no sender: give sender.id, sender.email or sender.phone ")
    Job.objects.create(kind="tickets.move_tickets_of_team", state="parked", reason="KeyError: 'canary'")
    english = desk.get("/work/").content.decode()
    assert "The message names nobody who could be answered." in english
    assert "An error in the product itself" in english
    Staff.objects.filter(pk=admin.pk).update(language="zh-hans")
    chinese = desk.get("/work/").content.decode()
    assert ">消息没有说明可以答复给谁。<" in chinese
    assert ">产品自身出错" not in english
    assert ">the message names" not in chinese.lower()
    detail = desk.get(f"/work/inbound/{event.pk}/").content.decode()
    assert "消息没有说明可以答复给谁。" in detail
    assert '<code class="ink-3">no_sender</code>' in detail
    assert "give sender.id, sender.email or sender.phone" in detail, "what was raised stays as the detail"


@pytest.mark.req("A9", "health of an account")
def test_health_of_an_account_says_a_bad_certificate_in_words(desk: Client, admin: Staff) -> None:
    account = make_account("support")
    reason = "TryAgain: the server cannot be trusted: CERTIFICATE_VERIFY_FAILED"
    Mailbox.objects.create(account=account, error=reason)
    ChannelAccount.objects.filter(pk=account.pk).update(last_error=reason)
    Staff.objects.filter(pk=admin.pk).update(language="zh-hans")
    for address in ("/settings/channels/", "/settings/mailboxes/", "/settings/channels/support/"):
        page = desk.get(address).content.decode()
        assert "服务器的证书无法验证" in page, address
        assert "CERTIFICATE_VERIFY_FAILED" in page, address
