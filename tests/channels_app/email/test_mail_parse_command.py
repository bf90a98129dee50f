"""`manage.py mail_parse` as an operator runs it: no database, any locale, any file."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.channels_app.email.corpus import DATA

ROOT = Path(__file__).parents[3]
KEYS = [
    "file",
    "subject",
    "from_address",
    "text",
    "html",
    "attachments",
    "reply_text",
    "is_auto_reply",
    "is_bounce",
    "error",
]

pytestmark = pytest.mark.req("A1", "e-mail")


def run(*files: str) -> list[dict[str, object]]:
    """Run the command with a database that cannot be reached and a locale without Chinese."""
    environment = {
        "PATH": os.environ["PATH"],
        "LC_ALL": "C",
        "LANG": "C",
        "DATABASE_URL": "postgres://nobody:x@127.0.0.1:1/none",
    }
    done = subprocess.run(
        [sys.executable, "manage.py", "mail_parse", *files],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        timeout=60,
        check=True,
    )
    return [json.loads(line) for line in done.stdout.decode("utf-8").splitlines()]


def test_each_file_gives_one_line_with_exactly_the_keys(tmp_path: Path) -> None:
    nul = tmp_path / "nul.eml"
    nul.write_bytes(b"Subject: a\x00b\r\n\r\nA\x00B\xed\xa0\x80\r\n")
    qq = str(DATA / "qqmail_reply_gb18030.eml")
    lines = run(qq, str(tmp_path / "missing.eml"), str(nul), str(tmp_path))
    assert [list(line) for line in lines] == [KEYS] * 4
    assert lines[0]["file"] == qq
    assert (lines[0]["subject"], lines[0]["from_address"]) == ("回复：[HD-1042] 洗衣机漏水", "10001@qq.com")
    assert lines[0]["reply_text"] == "您好，师傅来过了，但是还是漏水，怎么办？"
    assert lines[0]["error"] is None
    assert str(lines[1]["error"]).startswith("unreadable: ")
    assert [lines[1][key] for key in KEYS[1:-1]] == [None] * 8
    assert lines[2]["subject"] == "ab"
    assert str(lines[3]["error"]).startswith("unreadable: ")


def test_attachments_verdicts_and_absent_parts() -> None:
    gmail, bounce, auto, only_html = run(
        *(
            str(DATA / f"{name}.eml")
            for name in ("gmail_inline_image", "dsn_postfix", "auto_reply_zh", "html_only_tracker")
        )
    )
    assert gmail["attachments"] == [
        {"name": "crack.png", "type": "image/png", "size": 70},
        {"name": "receipt.pdf", "type": "application/pdf", "size": 16},
    ]
    assert (bounce["is_bounce"], bounce["is_auto_reply"], bounce["html"]) == (True, False, None)
    assert (auto["is_bounce"], auto["is_auto_reply"]) == (False, True)
    assert only_html["text"] is None
    assert only_html["reply_text"] == "您好，电视坏了"
    assert "<script" not in str(only_html["html"])
