"""Each layout renders for a stranger, with nothing but its own context."""

import pytest
from django.template import engines
from django.test import RequestFactory

LAYOUTS = ["desk", "page", "portal", "auth", "wall"]


@pytest.mark.parametrize("name", LAYOUTS)
def test_layout_renders_without_a_signed_in_person(name: str, rf: RequestFactory) -> None:
    template = engines["django"].from_string(f'{{% extends "layouts/{name}.html" %}}')
    request = rf.get("/")
    html = template.render({"ui": {"language": "zh-Hans", "theme": "dark", "density": "compact"}}, request)
    assert '<html lang="zh-Hans" data-bs-theme="dark"' in html
    assert 'id="main"' in html
    assert html.count("<h1") <= 1 or name == "desk"
    assert "hx-headers" in html
