"""What a mail says about the conversation it belongs to."""

import pytest

from channels_app.email import threading
from channels_app.email.forwarded import extract_forwarded, parse_copied_date
from tests.channels_app.email.corpus import parsed

pytestmark = pytest.mark.req("A1", "e-mail")

SECRET = b"first secret"


def test_signed_address_names_the_ticket_and_cannot_be_forged() -> None:
    tag = threading.make_plus_tag("123", SECRET)
    assert threading.plus_address("support@demo.example", tag) == f"support+{tag}@demo.example"
    assert threading.split_plus(f"support+{tag}@demo.example") == ("support@demo.example", tag)
    assert threading.verify_plus_tag(tag.upper(), [b"newer", SECRET]) == "123"
    assert threading.verify_plus_tag(tag.replace("t123", "t124"), [SECRET]) is None
    assert threading.verify_plus_tag(tag, [b"other"]) is None
    assert threading.verify_plus_tag("newsletter", [SECRET]) is None


def test_hints_come_nearest_first() -> None:
    tag = threading.make_plus_tag("42", SECRET)
    hints = threading.thread_hints(
        in_reply_to=("c@x",),
        references=("a@x", "b@x", "c@x"),
        plus_tags=[tag, "other"],
        subject="Re: [HD-42] x 【HD-43】",
        secrets=[SECRET],
    )
    assert hints == threading.ThreadHints(("c@x", "b@x", "a@x"), ("42",), ("42", "43"))


@pytest.mark.parametrize(
    "subject",
    [
        "Re: Fridge leaks",
        "RE: FW: Fridge leaks",
        "回复：Fridge leaks",
        "答复: 转发: 回复：Fridge leaks",
        "Re[2]: Fridge leaks",
        "AW: WG: Fridge leaks",
        "SV: VS: Fridge leaks",
        "Re: [HD-12] Fridge leaks",
        "[External] Re: Fridge leaks [HD-12]",
        "自动回复: Fridge leaks",
        "回复(2)：Fridge leaks",
    ],
)
def test_prefixes_of_every_client_are_one_subject(subject: str) -> None:
    assert threading.normalise_subject(subject) == "Fridge leaks"
    assert not threading.is_new_subject("Fridge leaks", subject)


@pytest.mark.parametrize(
    "subject", ["Return policy", "Regarding my order", "回复速度太慢了", "FWD drive problem", "转发器坏了"]
)
def test_words_that_begin_like_a_prefix_stay(subject: str) -> None:
    assert threading.normalise_subject(subject) == subject


@pytest.mark.parametrize(
    ("old", "new", "is_new"),
    [
        ("Fridge leaks", "Invoice for order 5512", True),
        ("洗衣机漏水", "申请开具增值税发票", True),
        ("洗衣机漏水", "回复：洗衣机漏水 已处理", False),
        ("洗衣机漏水", "洗衣机还在漏水", False),
        ("Fridge leaks", "", False),
        ("Fridge leaks", "Re: fridge LEAKS again", False),
    ],
)
def test_a_plainly_new_subject_is_noticed(old: str, new: str, is_new: bool) -> None:
    assert threading.is_new_subject(old, new) is is_new


@pytest.mark.parametrize(
    ("name", "author", "address", "subject", "words"),
    [
        ("forwarded_outlook_zh", "周敏", "zhoumin@example.cn", "净水器滤芯", "滤芯多少钱？"),
        ("forwarded_gmail", "Ann Lee", "ann@example.org", "Warranty question", "Is my kettle still under warranty?"),
        ("forwarded_as_attachment", "孙丽", "sunli@example.cn", "微波炉坏了", "微波炉不加热。"),
    ],
)
def test_forwarded_mail_gives_its_first_author(name: str, author: str, address: str, subject: str, words: str) -> None:
    original = extract_forwarded(parsed(name))
    assert original is not None
    assert (original.from_.name, original.from_.address, original.subject) == (author, address, subject)
    assert original.text.strip() == words
    assert original.date is not None


def test_comment_of_the_forwarding_person_is_kept_apart() -> None:
    original = extract_forwarded(parsed("forwarded_outlook_zh"))
    assert original is not None
    assert original.comment == "请处理。"


def test_an_ordinary_mail_is_no_forward() -> None:
    assert extract_forwarded(parsed("foxmail_raw_gbk_headers")) is None


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("2025年1月6日(星期一) 上午9:00", "2025-01-06T01:00:00+00:00"),
        ("2025年1月6日 星期一 下午3:05", "2025-01-06T07:05:00+00:00"),
        ("2025-01-06 15:05", "2025-01-06T07:05:00+00:00"),
        ("Mon, Jan 6, 2025 at 3:05 PM", None),
    ],
)
def test_copied_dates(value: str, expected: str | None) -> None:
    moment = parse_copied_date(value)
    if expected is None:
        assert moment is not None
    else:
        assert moment is not None
        assert moment.isoformat() == expected
