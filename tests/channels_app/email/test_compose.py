"""A composed mail says, when read again, what it was told to say."""

from dataclasses import replace
from datetime import UTC, datetime
from email import message_from_bytes
from email.policy import SMTP

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from channels_app.email.compose import (
    ComposedMail,
    OutgoingFile,
    OutgoingMail,
    QuotedMessage,
    compose_mail,
    delivery_message_id,
    text_to_html,
)
from channels_app.email.parse import parse_mail
from channels_app.email.parsed import Address
from channels_app.email.quoting import split_reply
from channels_app.email.quoting_html import split_reply_html

pytestmark = pytest.mark.req("A1", "e-mail")

PNG = b"\x89PNG\r\n\x1a\n" + b"\x00" * 40
MAIL = OutgoingMail(
    from_=Address("示例电器 客服, 一组", "support@demo.example"),
    to=(Address('李 "Lee" 雷', "li@example.cn"),),
    cc=(Address("", "cc@example.cn"),),
    bcc=(Address("Secret", "bcc@example.cn"),),
    reply_to=Address("客服", "support+t42.0123456789abcdef@demo.example"),
    subject="回复：洗衣机漏水，请问什么时候可以上门维修？我们已经等了很久了，麻烦尽快安排",
    text="您好，\n\n师傅明天上门：https://demo.example/t/42（请查看）。\n  两个空格\n谢谢 😀",
    message_id=delivery_message_id("delivery:1", "demo.example"),
    date=datetime(2025, 1, 6, 9, 0, tzinfo=UTC),
    in_reply_to="b@example.cn",
    references=("a@example.cn", "b@example.cn"),
    signature_text="示例电器客服部",
    quoted=QuotedMessage("在 2025-01-06 08:00，李雷 <li@example.cn> 写道：", "还在漏水\n> 旧的"),
    files=(
        OutgoingFile("维修 报价单（含税）2025年第一季度最终版本.pdf", "application/pdf", b"%PDF-1.4 x"),
        OutgoingFile("log.txt", "text/plain", b"plain"),
        OutgoingFile("图.png", "image/png", PNG, content_id="img1@demo.example"),
    ),
    html='<p>您好 <img src="cid:img1@demo.example"></p>',
    ticket="42",
    language="zh-hans",
)


def test_mail_read_again_is_the_same() -> None:
    composed = compose_mail(MAIL)
    mail = parse_mail(composed.raw)
    assert mail.error is None
    assert mail.defects == ()
    assert mail.from_ == MAIL.from_
    assert (mail.to, mail.cc, mail.bcc) == (MAIL.to, MAIL.cc, ())
    assert mail.reply_to == (MAIL.reply_to,)
    assert mail.subject_full == f"{MAIL.subject} [HD-42]"
    assert (mail.message_id, mail.date) == (MAIL.message_id, MAIL.date)
    assert (mail.in_reply_to, mail.references) == (("b@example.cn",), MAIL.references)
    assert [(file.name, file.content_type, file.data, file.is_inline) for file in mail.attachments] == [
        ("图.png", "image/png", PNG, True),
        (MAIL.files[0].name, "application/pdf", b"%PDF-1.4 x", False),
        ("log.txt", "text/plain", b"plain", False),
    ]
    assert mail.may_auto_answer


def test_our_own_answer_splits_into_words_signature_and_quotation() -> None:
    mail = parse_mail(compose_mail(MAIL).raw)
    assert mail.text is not None
    assert mail.html is not None
    split = split_reply(mail.text)
    assert split.reply == MAIL.text
    assert split.signature == "-- \n示例电器客服部"
    assert split.quoted == "在 2025-01-06 08:00，李雷 <li@example.cn> 写道：\n> 还在漏水\n>> 旧的"
    assert "还在漏水" in split_reply_html(mail.html).quoted


def test_blind_copies_are_in_the_envelope_only() -> None:
    composed = compose_mail(MAIL)
    assert composed.recipients == ("li@example.cn", "cc@example.cn", "bcc@example.cn")
    assert b"bcc@example.cn" not in composed.raw
    assert composed.envelope_from == "support@demo.example"


def test_the_standard_library_and_the_wire_agree() -> None:
    raw = compose_mail(MAIL).raw
    assert max(map(len, raw.split(b"\r\n"))) <= 998
    assert b"\n" not in raw.replace(b"\r\n", b"")
    assert raw.isascii()
    message = message_from_bytes(raw, policy=SMTP)
    assert str(message["Subject"]) == f"{MAIL.subject} [HD-42]"
    assert [part.get_filename() for part in message.walk() if part.get_filename()] == [
        "图.png",
        MAIL.files[0].name,
        "log.txt",
    ]
    assert [part.get_content_type() for part in message.walk()] == [
        "multipart/mixed",
        "multipart/related",
        "multipart/alternative",
        "text/plain",
        "text/html",
        "image/png",
        "application/pdf",
        "text/plain",
    ]


def test_a_repeated_delivery_is_the_same_mail() -> None:
    assert compose_mail(MAIL).raw == compose_mail(replace(MAIL)).raw
    assert delivery_message_id("delivery:1", "demo.example") == delivery_message_id("delivery:1", "demo.example")
    assert delivery_message_id("delivery:1", "demo.example") != delivery_message_id("delivery:2", "demo.example")


def test_acknowledgements_are_marked_so_that_no_machine_answers() -> None:
    mail = parse_mail(compose_mail(replace(MAIL, is_automatic=True)).raw)
    assert mail.is_auto_reply
    assert not mail.may_auto_answer
    assert mail.header("x-auto-response-suppress") == "All"


@settings(max_examples=80, deadline=None)
@given(st.text(max_size=80), st.text(max_size=40))
def test_no_text_can_add_a_header(subject: str, name: str) -> None:
    evil = "\r\nBcc: victim@example.com\r\n\r\n"
    composed = compose_mail(
        replace(
            MAIL,
            subject=subject + evil,
            from_=Address(name + evil, "support@demo.example"),
            to=(Address(evil, "li@example.cn"),),
            in_reply_to=f"x{evil}@y",
            references=(f"x{evil}@y",),
            headers=(("X-Helpdesk-Ticket", evil), (f"X-Bad{evil}", "x")),
            files=(OutgoingFile(f"a{evil}.txt", f"text/plain{evil}", b"x", content_id=f"c{evil}"),),
        )
    )
    header = composed.raw.partition(b"\r\n\r\n")[0]
    assert not any(line.lower().startswith(b"bcc") for line in header.split(b"\r\n"))
    assert parse_mail(composed.raw).bcc == ()


def test_a_token_already_in_the_subject_is_not_repeated() -> None:
    assert parse_mail(compose_mail(replace(MAIL, subject="Re: [HD-42] x")).raw).subject == "Re: [HD-42] x"


def test_international_addresses() -> None:
    domain = compose_mail(replace(MAIL, to=(Address("", "li@例子.中国"),)))
    assert domain.recipients[0] == "li@xn--fsqu00a.xn--fiqs8s"
    assert not domain.needs_smtputf8
    local = compose_mail(replace(MAIL, to=(Address("", "李雷@例子.中国"),)))
    assert local.needs_smtputf8


def test_long_threads_keep_the_first_and_the_newest_reference() -> None:
    references = tuple(f"m{number}@example.cn" for number in range(200))
    found = parse_mail(compose_mail(replace(MAIL, references=references, in_reply_to="m199@example.cn")).raw).references
    assert found[0] == "m0@example.cn"
    assert found[-1] == "m199@example.cn"
    assert len(found) <= 20


@pytest.mark.parametrize(("to", "from_address"), [((), "support@demo.example"), ((Address("", "a@b.example"),), "")])
def test_a_mail_to_nobody_or_from_nobody_is_refused(to: tuple[Address, ...], from_address: str) -> None:
    with pytest.raises(ValueError, match="sender"):
        compose_mail(replace(MAIL, to=to, cc=(), bcc=(), from_=Address("", from_address)))


def test_plain_text_becomes_html_with_links() -> None:
    html = text_to_html("a <b>\n  x\n\nsee https://x.example/a_(b)?c=1&d=2. 见www.x.cn。")
    assert "a &lt;b&gt;<br>" in html
    assert '<a href="https://x.example/a_(b)?c=1&amp;d=2">' in html
    assert '<a href="https://www.x.cn">www.x.cn</a>。' in html


@settings(max_examples=80, deadline=None)
@given(st.text(alphabet=st.characters(exclude_categories=["Cs", "Cc"]), max_size=300))
def test_any_text_survives_the_wire(text: str) -> None:
    composed: ComposedMail = compose_mail(replace(MAIL, text=f"x{text}x", quoted=None, signature_text="", html=None))
    mail = parse_mail(composed.raw)
    assert mail.text is not None
    assert mail.text.strip() == f"x{text}x".replace("\u2028", "\n").replace("\u2029", "\n")
