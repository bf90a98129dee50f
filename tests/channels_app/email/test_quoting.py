# ruff: noqa: E501 - quotations stand here as the clients write them
"""Reply, quotation and signature come apart in every style of client, and no line is lost."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from channels_app.email.markup import html_to_text
from channels_app.email.quoting import split_reply
from channels_app.email.quoting_html import split_reply_html
from tests.channels_app.email.corpus import parsed

pytestmark = pytest.mark.req("A1", "e-mail")

QUOTES = {
    "Gmail en": "On Mon, Jan 6, 2025 at 9:12 AM Demo Support <support@demo.example> wrote:\n\n> Old words\n> more",
    "Gmail en, wrapped": "On Mon, Jan 6, 2025 at 9:12 AM Demo Support <\nsupport@demo.example> wrote:\n\n> Old words\n> more",
    "Gmail zh": "Demo Support <support@demo.example> 于2025年1月6日周一 09:12写道：\n\n> Old words\n> more",
    "Gmail zh-TW": "Demo Support <support@demo.example> 於 2025年1月6日 週一 上午9:12寫道：\n\n> Old words",
    "Apple Mail en": "> On 6 Jan 2025, at 09:12, Demo Support <support@demo.example> wrote:\n> \n> Old words",
    "Apple Mail zh": "> 在 2025年1月6日，09:12，Demo Support <support@demo.example> 写道：\n> \n> Old words",
    "163": '在 2025-01-05 20:00:01，"Support" <support@demo.example> 写道：\n\nOld words\nmore',
    "163, marked": 'At 2025-01-05 20:00:01, "Support" <support@demo.example> wrote:\n>Old words\n>more',
    "QQ": '------------------ 原始邮件 ------------------\n发件人: "Support" <support@demo.example>;\n发送时间: 2025年1月6日(星期一) 上午9:00\n'
    '收件人: "小明" <1@qq.com>;\n主题: 订单\n\nOld words',
    "QQ with non-breaking spaces": '------------------\u00a0原始邮件\u00a0------------------\n发件人:\u00a0"Support";\nOld words',
    "Foxmail": "发件人： Support\n发送时间： 2025-01-06 09:12\n收件人： 刘强\n主题： 订单\n\nOld words",
    "Alimail": "------------------------------------------------------------------\n发件人：Support <support@demo.example>\n"
    "发送时间：2025年1月6日(星期一) 09:12\n收件人：li <li@x.example>\n主　题：订单\n\nOld words",
    "Outlook en": "From: Support <support@demo.example>\nSent: Monday, January 6, 2025 9:12 AM\nTo: Li\nSubject: Order\n\nOld words",
    "Outlook en, old": "-----Original Message-----\nFrom: Support\nSent: Monday, January 6, 2025 9:12 AM\nTo: Li\nSubject: Order\n\nOld words",
    "Outlook zh": "________________________________\n发件人: Support <support@demo.example>\n发送时间: 2025年1月6日 9:12\n收件人: 李\n主题: 订单\n\nOld",
    "Outlook mobile": "________________________________\nFrom: Support <support@demo.example>\nSent: Monday, January 6, 2025 9:12:00 AM\nTo: Li\nSubject: Order\n\nOld",
    "Yahoo": "On Monday, January 6, 2025 at 09:12:00 AM GMT+8, Support <support@demo.example> wrote:\n\nOld words",
    "Thunderbird en": "On 06/01/2025 09:12, Support wrote:\n> Old words\n> more",
    "Thunderbird zh": "在 2025/1/6 9:12, Support 写道:\n> Old words\n> more",
    "Thunderbird de": "Am 06.01.2025 um 09:12 schrieb Support:\n> Alt\n> mehr",
    "our own mark": "##- Please type your answer above this line -##\n\nOld words",
}


@pytest.mark.parametrize("client", QUOTES)
@pytest.mark.parametrize("answer", ["好的，谢谢。", "Yes please.\n\nThanks, Li"])
def test_quotation_of_each_client_is_folded(client: str, answer: str) -> None:
    split = split_reply(f"{answer}\n\n{QUOTES[client]}")
    assert split.reply == answer
    assert split.quoted.startswith(QUOTES[client].split("\n")[0])


@pytest.mark.parametrize(
    "signature",
    [
        "-- \nLi Wei\nDemo Ltd.",
        "--\n李伟",
        "发自我的 iPhone",
        "发自我的华为手机",
        "发自我的小米手机",
        "来自 iPhone 的 QQ邮箱",
        "发自网易邮箱大师",
        "从 Windows 版邮件发送",
        "Sent from my iPhone",
        "Sent from Mail for Windows",
        "Sent from Yahoo Mail for iPhone",
        "Get Outlook for iOS",
        "获取 Outlook for Android",
        "This e-mail and any attachments are confidential and intended solely for the addressee.",
        "本邮件及其附件含有保密信息，仅限于发送给上面地址中列出的个人或群组。",
    ],
)
def test_signature_is_set_apart(signature: str) -> None:
    split = split_reply(f"机器还是不工作。\n\n{signature}\n\n{QUOTES['Gmail zh']}")
    assert split.reply == "机器还是不工作。"
    assert split.signature == signature
    assert split_reply(f"机器还是不工作。\n\n{signature}").reply == "机器还是不工作。"


@pytest.mark.parametrize(
    "text",
    [
        "I need > 5 pieces\n> 10 would be better\nthanks",
        "She wrote: please call me back",
        "我写道：你好",
        "From: Beijing\nTo: Shanghai\nplease ship it",
        "Visa\n\n4011 3000\n\nHope all is locked in now.",
        "发自内心地感谢你们的帮助，机器修好了，下次还会光顾。",
        "来自北京的客户想问一下，什么时候可以发货呢",
        "Sent from which warehouse, please? I have waited for two weeks and nobody answers me.",
        "The price list\n\n--\n\nplease see above and tell me more about every one of the products\n"
        + "\n".join(f"line {n}" for n in range(14)),
    ],
)
def test_words_that_only_look_like_a_quotation_stay(text: str) -> None:
    split = split_reply(text)
    assert (split.quoted, split.signature) == ("", "")
    assert split.reply == text


def test_answers_between_the_lines_stay_in_sight() -> None:
    split = split_reply(parsed("inline_answers").body)
    assert "It is SN-445." in split.reply
    assert "Last March." in split.reply
    assert split.quoted == ""
    assert split.signature == "-- \nBob"


def test_answer_below_the_quotation_is_the_reply() -> None:
    split = split_reply(parsed("bottom_post").body)
    assert split.reply == "It is SN-445."
    assert "What is the serial number?" in split.quoted


def test_forwarded_mail_without_own_words_is_shown_whole() -> None:
    text = parsed("forwarded_gmail").body
    assert split_reply(text).reply == text.strip()


@settings(max_examples=150, deadline=None)
@given(
    st.lists(
        st.one_of(
            st.sampled_from(
                [
                    "> quoted",
                    ">> more",
                    "-- ",
                    "--",
                    "",
                    "On 6 Jan 2025, a@b.example wrote:",
                    "发自我的 iPhone",
                    "-----Original Message-----",
                ]
            ),
            st.sampled_from([line for quote in QUOTES.values() for line in quote.split("\n")]),
            st.text(alphabet="ab 你好>:-\u3000", max_size=12),
        ),
        max_size=14,
    ).map("\n".join)
)
def test_no_line_is_ever_lost(text: str) -> None:
    split = split_reply(text)
    kept = sorted(
        line.strip()
        for part in (split.reply, split.quoted, split.signature)
        for line in part.split("\n")
        if line.strip()
    )
    assert kept == sorted(line.strip() for line in text.split("\n") if line.strip())


HTML_QUOTES = {
    "Gmail": '<div class="gmail_quote"><div class="gmail_attr">On Mon, Jan 6, 2025, Support &lt;<a href="mailto:s@x.example">s@x.example</a>&gt; wrote:<br></div>'
    '<blockquote class="gmail_quote" style="margin:0 0 0 .8ex;border-left:1px #ccc solid;padding-left:1ex">Old words</blockquote></div>',
    "Apple Mail": '<div><br><blockquote type="cite"><div>On 6 Jan 2025, at 09:12, Support &lt;s@x.example&gt; wrote:</div><div>Old words</div></blockquote></div>',
    "Thunderbird": '<div class="moz-cite-prefix">On 06/01/2025 09:12, Support wrote:<br></div><blockquote type="cite" cite="mid:1@x">Old words</blockquote>',
    "Outlook web": '<div id="appendonsend"></div><hr style="display:inline-block;width:98%"><div id="divRplyFwdMsg"><b>From:</b> Support</div><div>Old words</div>',
    "Outlook desktop": '<div style="border:none;border-top:solid #B5C4DF 1.0pt;padding:3.0pt 0cm 0cm 0cm"><p><b>发件人:</b> Support</p></div><p>Old words</p>',
    "Outlook 2003": '<div class="OutlookMessageHeader"><hr>-----邮件原件-----<br><b>发件人:</b> Support</div><div>Old words</div>',
    "QQ includetail": "<includetail><div>------------------ 原始邮件 ------------------</div><div>Old words</div></includetail>",
    "QQ": '<div style="font-size:12px">------------------&nbsp;原始邮件&nbsp;------------------</div><div>Old words</div>',
    "163": '<div id="divNeteaseMailCard"></div><p>在 2025-01-05 20:00:01，"Support" &lt;s@x.example&gt; 写道：</p>'
    '<blockquote id="isReplyContent" style="PADDING-LEFT:1ex;BORDER-LEFT:#ccc 1px solid">Old words</blockquote>',
    "Yahoo": '<div id="yahoo_quoted_123" class="yahoo_quoted"><div>On Monday, Support wrote:</div><div>Old words</div></div>',
    "Foxmail": "<div><b>发件人：</b> Support</div><div><b>发送时间：</b> 2025-01-06 09:12</div><div><b>收件人：</b> 刘强</div><div><b>主题：</b> 订单</div><div>Old words</div>",
}


@pytest.mark.parametrize("client", HTML_QUOTES)
def test_html_quotation_of_each_client_is_folded(client: str) -> None:
    split = split_reply_html(f"<html><body><div>新的答复</div>{HTML_QUOTES[client]}</body></html>")
    assert html_to_text(split.reply).strip() == "新的答复"
    assert "Old words" in split.quoted


def test_html_answers_between_the_lines_stay_in_sight() -> None:
    html = '<blockquote type="cite">Serial number?</blockquote><div>SN-1</div><blockquote type="cite">Date?</blockquote><div>March</div>'
    split = split_reply_html(f"<div>See below</div>{html}")
    assert "SN-1" in split.reply
    assert split.quoted == ""


def test_html_answer_below_the_quotation_is_the_reply() -> None:
    split = split_reply_html('<blockquote type="cite">Serial number?</blockquote><div>SN-1</div>')
    assert html_to_text(split.reply) == "SN-1"
    assert "Serial number?" in split.quoted


def test_html_signature_is_set_apart() -> None:
    split = split_reply_html('<div>新的答复</div><div class="gmail_signature">李伟</div>' + HTML_QUOTES["Gmail"])
    assert html_to_text(split.reply) == "新的答复"
    assert html_to_text(split.signature) == "李伟"
