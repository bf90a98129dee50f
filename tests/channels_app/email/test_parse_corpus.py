"""Every client and charset of the corpus reads as its author meant it."""

from datetime import UTC, datetime

import pytest

from channels_app.email.quoting import split_reply
from tests.channels_app.email.corpus import parsed

pytestmark = pytest.mark.req("A1", "e-mail")


@pytest.mark.parametrize(
    ("name", "subject", "author", "address", "reply"),
    [
        (
            "qqmail_reply_gb18030",
            "回复：[HD-1042] 洗衣机漏水",
            "小明",
            "10001@qq.com",
            "您好，师傅来过了，但是还是漏水，怎么办？",
        ),
        (
            "netease163_reply_gbk",
            "Re:发票抬头开错了",
            "王芳",
            "wangfang@163.com",
            "请改成：北京某某科技有限公司，谢谢！",
        ),
        (
            "outlook_zh_gb2312_label",
            "答复: 冰箱报价 – 型号 BX200",
            "陈镕",
            "chenrong@corp.example.cn",
            "收到，价格 €399 – 请发镕基牌的报价单。",
        ),
        (
            "foxmail_raw_gbk_headers",
            "空调不制冷，请派师傅",
            "刘强",
            "liuqiang@corp.example.cn",
            "您好：空调开机十分钟就不制冷了，请尽快安排。\n\n\n刘强",
        ),
        (
            "yahoo_tw_big5",
            "請問退貨流程",
            "林小姐",
            "lin@yahoo.com.tw",
            "您好，我想退貨，請問要怎麼處理？訂單編號 A12345。",
        ),
        ("big5_labelled_gb2312", "請問退貨流程", "", "lin@example.com.tw", "電視機壞了，請維修，謝謝。"),
        ("outlook_jp_iso2022jp", "修理のお願い", "田中", "tanaka@example.co.jp", "プリンター①が壊れました。㈱サンプル"),
        ("koi8r", "Принтер", "Иван Петров", "ivan@example.ru", "Здравствуйте, принтер не печатает."),
        ("windows1251_undeclared", "test", "", "ivan@example.ru", "Здравствуйте, принтер не печатает."),
        ("utf8_labelled_latin1", "label", "", "anna@example.com", "打印机 café 😀"),
        ("split_multibyte_words", "洗衣机坏了 A", "", "a@example.com", "x"),
        ("utf7", "你好", "", "a@example.com", "Hi 你好"),
        ("latin1_outlook", "AW: Größe", "Jürgen Müller", "jm@example.de", "Die Größe ist 5€ – falsch."),
        (
            "gmail_inline_image",
            "Re: [HD-7] Blender is broken",
            "Emma Stone",
            "emma@gmail.com",
            "Here is the photo:\n[image: crack.png]\n\nEmma",
        ),
        ("apple_mail_zh", "Re: 安装预约", "赵姜", "zhao@icloud.com", "周六上午可以。"),
        (
            "outlook_en_reply",
            "RE: Invoice 4471",
            "Smith, John",
            "John.Smith@corp.example",
            "Please cancel the order.\n\nJohn",
        ),
        ("html_only_tracker", "HTML only", "", "shop@example.com", "您好，电视坏了"),
        ("bottom_post", "Re: question", "", "bob@example.com", "It is SN-445."),
        ("winmail_dat", "winmail", "", "outlook@example.cn", "请看附件里的照片。"),
    ],
)
def test_client_and_charset_read_as_written(name: str, subject: str, author: str, address: str, reply: str) -> None:
    mail = parsed(name)
    assert mail.error is None
    assert mail.from_ is not None
    assert (mail.subject, mail.from_.name, mail.from_.address) == (subject, author, address)
    assert split_reply(mail.body).reply == reply


def test_headers_for_threading_are_normalised() -> None:
    mail = parsed("outlook_zh_gb2312_label")
    assert mail.message_id == "TYZPR01MB4321ABCDEF@TYZPR01MB4321.apcprd01.prod.exchangelabs.com"
    assert mail.in_reply_to == ("a2@demo.example",)
    assert mail.references == ("a1@demo.example", "a2@demo.example")
    assert mail.date == datetime(2025, 1, 3, 1, 22, 33, tzinfo=UTC)
    assert [str(address) for address in mail.cc] == ["张经理 <zhang@corp.example.cn>"]


def test_inline_image_is_told_from_a_file_and_type_comes_from_content() -> None:
    mail = parsed("gmail_inline_image")
    image, receipt = mail.attachments
    assert (image.name, image.is_inline, image.content_id, image.content_type) == (
        "crack.png",
        True,
        "ii_m5abc",
        "image/png",
    )
    assert (receipt.name, receipt.is_inline, receipt.content_type) == ("receipt.pdf", False, "application/pdf")
    assert mail.plus_tags == ("t7.0123456789abcdef",)


def test_attachment_names_in_every_encoding() -> None:
    files = parsed("attachment_names").attachments
    assert [file.name for file in files] == [
        "发票.pdf",
        "发票 扫描件.pdf",
        "photo.png",
        "手册.txt",
        "image-5.jpg",
        "说明书.doc",
    ]
    assert files[2].content_type == "text/html", "HTML that calls itself an image is served as what it is"


def test_winmail_dat_is_unpacked() -> None:
    (file,) = parsed("winmail_dat").attachments
    assert (file.name, file.content_type, file.size) == ("漏水照片.png", "image/png", 70)


def test_calendar_part_is_kept_as_text_and_as_file() -> None:
    mail = parsed("calendar_invite")
    assert "SUMMARY:上门维修" in mail.calendars[0]
    assert [file.name for file in mail.attachments] == ["invite.ics"]


def test_embedded_mail_is_a_readable_file() -> None:
    mail = parsed("forwarded_as_attachment")
    assert [(file.name, file.content_type) for file in mail.attachments] == [("微波炉坏了.eml", "message/rfc822")]


def test_names_and_subjects_lose_controls_and_direction_overrides() -> None:
    mail = parsed("nul_and_bidi")
    assert mail.from_ is not None
    assert (mail.from_.name, mail.subject) == ("gnp.exe", "NUL and rtl")
    assert mail.text is not None
    assert "\x00" not in mail.text
    assert "😀 مرحبا" in mail.text


def test_decoded_line_breaks_make_no_new_header() -> None:
    mail = parsed("header_injection")
    assert mail.subject == "Hello Bcc: victim@example.com"
    assert mail.bcc == ()


def test_verdict_of_our_own_server_wins_over_a_forged_one() -> None:
    mail = parsed("spam_flagged")
    assert (mail.authentication.spf, mail.authentication.dkim, mail.authentication.dmarc) == (
        "softfail",
        "fail",
        "fail",
    )
    assert mail.authentication.is_forged
    assert (mail.spam.is_spam, mail.spam.score) == (True, 12.4)


@pytest.mark.parametrize(
    ("name", "language"), [("netease163_reply_gbk", "zh"), ("gmail_inline_image", "en"), ("koi8r", None)]
)
def test_language_is_guessed_from_the_words(name: str, language: str | None) -> None:
    assert parsed(name).language == language
