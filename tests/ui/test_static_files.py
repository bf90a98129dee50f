"""The committed front-end files fit together: bundles are fresh, icons exist, licences are listed, budgets hold."""

import gzip
import re
from pathlib import Path

import pytest

from scripts import vendor

ROOT = Path(__file__).resolve().parents[2]
STATIC = ROOT / "static"


def templates() -> list[Path]:
    return sorted((ROOT / "templates").rglob("*.html"))


def test_bundles_are_built_from_their_sources() -> None:
    assert vendor.stale() == [], "run python scripts/vendor.py bundle"


@pytest.mark.parametrize("surface", list(vendor.BUNDLES))
def test_every_rule_of_a_style_sheet_is_closed(surface: str) -> None:
    for path in vendor.sources(surface):
        depth = 0
        for mark in re.findall(r"[{}]", re.sub(r"/\*.*?\*/|\"[^\"]*\"", "", path.read_text(), flags=re.S)):
            depth += 1 if mark == "{" else -1
            assert depth >= 0, path
        assert depth == 0, path


def test_every_icon_that_is_named_is_in_the_sprite() -> None:
    known = set(re.findall(r'<symbol id="([^"]+)"', (STATIC / "icons" / "sprite.svg").read_text()))
    named = set()
    for path in templates():
        named |= set(re.findall(r'{% icon "([^"]+)"', path.read_text()))
    code = (ROOT / "helpdesk" / "core" / "templatetags" / "ui.py").read_text()
    named |= set(re.findall(r'icon_html\("([a-z-]+)"', code))
    for path in (STATIC / "js").glob("*.js"):
        named |= set(re.findall(r'iconNode\("([a-z-]+)"', path.read_text()))
    assert named - known == set()


def test_every_word_of_a_script_is_translated_by_the_server() -> None:
    from helpdesk.core.ui_texts import script_texts

    used = set()
    for path in (STATIC / "js").glob("*.js"):
        used |= set(re.findall(r'\bt\("([a-z_.]+)"', path.read_text()))
    assert used - set(script_texts()) == set()


def test_desk_scripts_stay_below_150_kb_compressed() -> None:
    # charts come with the pages that draw them
    vendored = [path for path in (STATIC / "vendor").glob("*.js") if not path.name.startswith("echarts")]
    files = [*(STATIC / "js").glob("*.js"), *vendored]
    assert sum(len(gzip.compress(path.read_bytes())) for path in files) < 150_000


def test_no_template_has_inline_script_or_style() -> None:
    for path in templates():
        text = re.sub(r"{% comment %}.*?{% endcomment %}", "", path.read_text(), flags=re.S)
        assert not re.search(r"<script(?![^>]*(?:src=|application/json))", text), path
        # mail is styled in its elements, since mail programs drop everything else; no page's policy reaches it
        styled = "" if path.name.endswith("_mail.html") else r"\sstyle=|<style|"
        assert not re.search(styled + r"\son[a-z]+=\"", text), path


def test_vendored_packages_are_listed_with_their_licences() -> None:
    listed = (STATIC / "vendor" / "LICENSES.md").read_text()
    for package in vendor.PACKAGES:
        assert f"| {package.name} | {package.version} | {package.licence} |" in listed
        for target in package.files.values():
            assert (ROOT / target).exists()
    assert len(list((STATIC / "vendor" / "licenses").glob("*.txt"))) == len(vendor.PACKAGES)
