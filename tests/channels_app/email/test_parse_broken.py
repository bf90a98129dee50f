"""Broken and hostile mail: never an exception, always storable text, always soon."""

import io
import time
import zipfile
from dataclasses import fields, is_dataclass

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from channels_app.email.parse import parse_mail
from channels_app.email.parsed import MailLimits
from channels_app.email.quoting import split_reply
from channels_app.email.quoting_html import split_reply_html
from channels_app.email.sanitise import sanitise_html
from tests.channels_app.email.corpus import DATA, parsed

pytestmark = pytest.mark.req("A1", "e-mail")

_FRAGMENTS = st.sampled_from(
    [path.read_bytes() for path in sorted(DATA.glob("*.eml"))]
    + [
        b"Content-Type: multipart/mixed; boundary=b\r\n",
        b"Content-Type: text/plain; charset=",
        b"Content-Transfer-Encoding: base64\r\n",
        b"\r\n\r\n--b\r\n",
        b"--b--\r\n",
        b"=?utf-8?B?",
        b"=?gb2312?Q?=C4=E3",
        b"From: ",
        b"filename*0*=",
        b"\x00\xff\xed\xa0\x80",
        b"begin 644 x\n",
        b"PK\x05\x06",
        b"\x78\x9f\x3e\x22",
    ]
)
_DEEP = b"From: a@example.com\n" + b"".join(
    b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (level, level) for level in range(10_000)
)


def assert_storable(value: object) -> None:
    """No NUL and no lone surrogate in any text of the result."""
    if isinstance(value, str):
        assert "\x00" not in value
        value.encode("utf-8")
    elif isinstance(value, tuple | list):
        for item in value:
            assert_storable(item)
    elif is_dataclass(value):
        for field in fields(value):
            assert_storable(getattr(value, field.name))


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(st.lists(st.one_of(_FRAGMENTS, st.binary(max_size=60)), max_size=8).map(b"".join))
def test_any_bytes_give_a_storable_mail(raw: bytes) -> None:
    mail = parse_mail(raw)
    assert_storable(mail)
    assert_storable(split_reply(mail.body))
    if mail.html is not None:
        assert_storable(sanitise_html(split_reply_html(mail.html).reply))


@settings(max_examples=100, deadline=None)
@given(st.sampled_from(sorted(DATA.glob("*.eml"))), st.data())
def test_a_mail_cut_or_damaged_anywhere_still_reads(path: object, data: st.DataObject) -> None:
    raw = path.read_bytes()  # type: ignore[attr-defined]
    cut = data.draw(st.integers(0, len(raw)))
    junk = data.draw(st.binary(max_size=20))
    assert_storable(parse_mail(raw[:cut] + junk))
    assert_storable(parse_mail(raw[:cut] + junk + raw[cut + len(junk) :]))


@pytest.mark.parametrize(
    ("raw", "error"),
    [
        pytest.param(b"", "empty", id="nothing"),
        pytest.param(b"\x00" * 500, "empty", id="only NUL"),
        pytest.param(b"Just words", "no_headers", id="no header"),
        pytest.param(_DEEP, "too_deep", id="10,000 levels"),
        pytest.param(
            b"From: a@example.com\nContent-Type: multipart/mixed; boundary=b\n\n" + b"--b\n\nx\n" * 50_000,
            "too_many_parts",
            id="50,000 parts",
        ),
        pytest.param(
            b"".join(b"X-%d: a\n" % number for number in range(50_000)) + b"\nx", "headers_cut", id="50,000 headers"
        ),
        pytest.param(b"Subject: " + b"a" * 5_000_000 + b"\n\nx", "headers_cut", id="a header of 5 MB"),
        pytest.param(b"Subject: big\n\n" + b"a" * 50_000_000, "raw_too_large", id="50 MB"),
        pytest.param(b"Content-Type: multipart/mixed\n\nhello", "boundary_missing", id="multipart without boundary"),
        pytest.param(b"To: " + b"(" * 60_000 + b"\n\nx", None, id="60,000 open comments"),
        pytest.param(b"To: a@b" + b":" * 60_000 + b"\n\nx", None, id="60,000 colons"),
        pytest.param(b"To: " + b'"a@' * 20_000 + b"\n\nx", None, id="20,000 open quotes"),
        pytest.param(b"Subject: " + b"=?utf-8?q?" * 6_000 + b"\n\nx", None, id="words without end"),
        pytest.param(b"Content-Type: text/html\n\n" + b"<div>" * 200_000, None, id="200,000 nested elements"),
        pytest.param(b"Content-Type: text/html\n\n" + b"<a " * 300_000, None, id="tags without end"),
        pytest.param(
            b"From: a@example.com\n" + b"Content-Type: message/rfc822\n\n" * 10_000, None, id="10,000 embedded mails"
        ),
    ],
)
def test_pathological_mail_is_read_within_a_second_of_work(raw: bytes, error: str | None) -> None:
    begun = time.process_time()
    mail = parse_mail(raw)
    assert time.process_time() - begun < 1.0
    assert mail.error == error


@pytest.mark.parametrize(
    "text",
    [
        "From: a\nDate: b\n" * 30_000,
        "On 1 <a@ " * 50_000,
        "-- \n" * 100_000,
        ">\n" * 200_000,
        "<div class=gmail_signature>x</div>" * 20_000,
    ],
    ids=lambda text: text[:12].strip(),
)
def test_pathological_text_is_split_within_a_second_of_work(text: str) -> None:
    begun = time.process_time()
    split_reply(text)
    split_reply_html(text)
    assert time.process_time() - begun < 2.0, "one second for each of the two"


@pytest.mark.parametrize(
    "header",
    [
        b"Content-Type: text/plain; name*",
        b"Content-Type: text/plain; name*0*",
        b"Content-Type: =?utf-8?B?dGV4dC9wbGFpbg==?=",
        b"Content-Type: ;;;=",
        b"Content-Type: text/plain; charset=zip",
        b'Content-Type: text/plain; charset="unicode_escape"',
        b"Content-Disposition: inline",
        b"Content-Disposition: attachment; filename*=utf-8''%",
        b"Message-ID: <[b378dfc50603435b@microsoft.com]>",
        b"Reply-To: <>",
        b"To: (c):",
        b'To: "',
        b"Cc: example@gmail.com,",
        b"Date: Mon, 99 Foo 99999 99:99:99 +99999999",
        b"Date: Thu, 01 Jan 0000 00:00:00 +0000",
        b"Subject: =?unknown-charset?B?/////w==?=",
        b"References: <" + b"x" * 5_000 + b">",
        b"Authentication-Results: ",
        b"X-Spam-Status: score=",
    ],
)
def test_headers_that_crash_other_parsers_leave_the_words_readable(header: bytes) -> None:
    mail = parse_mail(b"From: Fabian <fabian@example.com\r\n" + header + b"\r\n\r\nThe words.\r\n")
    assert mail.error is None
    assert mail.from_ is not None
    assert mail.from_.address == "fabian@example.com"
    assert "The words." in mail.body or b"The words." in mail.attachments[0].data


@pytest.mark.parametrize("year", ["0001", "1970", "2038", "9999"])
def test_absurd_dates_are_no_dates(year: str) -> None:
    assert parse_mail(f"Date: Thu, 01 Jan {year} 00:00:00 +0000\n\nx".encode()).date is None


def test_multipart_whose_boundary_never_comes_keeps_its_words() -> None:
    mail = parsed("broken_no_boundary")
    assert mail.error == "boundary_missing"
    assert mail.text == "The words are here all the same.\n"


def test_truncated_mail_keeps_what_arrived() -> None:
    mail = parsed("broken_truncated")
    assert mail.text == "Before the cut."
    assert "boundary_unclosed" in mail.defects
    assert mail.attachments[0].size == 30


def test_long_subject_is_cut_and_kept_in_full() -> None:
    mail = parse_mail("Subject: {}\n\nx".format("洗" * 3_000).encode())
    assert len(mail.subject) == 250
    assert mail.subject_full == "洗" * 3_000


def test_large_attachment_is_flagged_and_not_kept() -> None:
    raw = b"Subject: x\nContent-Type: application/pdf; name=a.pdf\n\n" + b"a" * 2_000
    (file,) = parse_mail(raw, limits=MailLimits(max_attachment_bytes=1_000)).attachments
    assert (file.is_too_large, file.data, file.size) == (True, b"", 2_000)


def test_zip_bomb_is_flagged_without_unpacking() -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("zeros", b"\0" * 30_000_000)
    (bomb,) = parse_mail(b"Subject: x\nContent-Type: application/zip; name=a.zip\n\n" + packed.getvalue()).attachments
    assert bomb.is_zip_bomb
    harmless = io.BytesIO()
    with zipfile.ZipFile(harmless, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("readme.txt", b"hello " * 100)
    (file,) = parse_mail(b"Subject: x\nContent-Type: application/zip; name=a.zip\n\n" + harmless.getvalue()).attachments
    assert not file.is_zip_bomb
