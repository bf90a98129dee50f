"""Pages leave out the blanks that set templates out."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.template import Context, Engine


@pytest.fixture
def engine(tmp_path: Path) -> Engine:
    return Engine(dirs=[tmp_path], loaders=["helpdesk.core.template_loader.Loader"])


def test_indentation_of_html_is_left_out_and_lines_stay(engine: Engine, tmp_path: Path) -> None:
    (tmp_path / "page.html").write_text("<ul>\n    <li>one\n      two</li>\n\t<li>{{ text }}</li>\n</ul>\n")
    page = engine.get_template("page.html")

    assert page.render(Context({"text": "a\n    b"})) == "<ul>\n<li>one\ntwo</li>\n<li>a\n    b</li>\n</ul>\n"


def test_mails_in_plain_text_keep_theirs(engine: Engine, tmp_path: Path) -> None:
    (tmp_path / "mail.txt").write_text("Items:\n  - one\n")

    assert engine.get_template("mail.txt").render(Context()) == "Items:\n  - one\n"
