"""The style guide as real pages: rendered once, served with the product's policy, opened in a real Chromium."""

import json
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlparse

import pytest
from playwright.sync_api import Browser, Page

from tests.browser import PATIENCE

ROOT = Path(__file__).resolve().parents[2]
POLICY = (
    "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; "
    "connect-src 'self' ws://127.0.0.1:*; frame-src 'self'; object-src 'none'"
)

Answer = Callable[["Call"], tuple[int, Any]]


@dataclass
class Call:
    """One request that a page made."""

    method: str
    path: str
    query: dict[str, list[str]]
    body: bytes
    headers: dict[str, str]

    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Site:
    """The served guide; tests add answers for the addresses that their page asks."""

    url: str
    folder: Path
    answers: dict[str, Answer] = field(default_factory=dict)
    calls: list[Call] = field(default_factory=list)

    def to(self, path: str) -> list[Call]:
        return [call for call in self.calls if call.path == path]


class Handler(SimpleHTTPRequestHandler):
    site: Site

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, directory=str(self.site.folder), **kwargs)

    def log_message(self, *args: Any) -> None:
        pass

    def end_headers(self) -> None:
        self.send_header("Content-Security-Policy", POLICY)
        super().end_headers()

    def _answer(self) -> bool:
        parts = urlparse(self.path)
        answer = self.site.answers.get(parts.path)
        if answer is None:
            return False
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        call = Call(self.command, parts.path, parse_qs(parts.query), body, dict(self.headers))
        self.site.calls.append(call)
        status, data = answer(call)
        text = data if isinstance(data, str) else json.dumps(data)
        self.send_response(status)
        self.send_header("Content-Type", "text/html; charset=utf-8" if isinstance(data, str) else "application/json")
        self.send_header("Content-Length", str(len(text.encode())))
        self.end_headers()
        self.wfile.write(text.encode())
        return True

    def do_GET(self) -> None:
        if not self._answer():
            super().do_GET()

    def do_POST(self) -> None:
        if not self._answer():
            self.send_error(404)


@pytest.fixture(scope="session")
def guide_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("guide")
    subprocess.run([sys.executable, ROOT / "scripts" / "render_styleguide.py", folder], check=True, cwd=ROOT)
    return folder


@pytest.fixture
def site(guide_folder: Path) -> Iterator[Site]:
    kept = Site("", guide_folder)
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("GuideHandler", (Handler,), {"site": kept}))
    kept.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield kept
    server.shutdown()
    server.server_close()


@pytest.fixture
def open_page(chromium: Browser, site: Site) -> Iterator[Callable[..., Page]]:
    """Opens a page of the guide; the test fails when the page logs an error or breaks its policy."""
    contexts = []
    problems: list[str] = []

    def go(
        name: str, *, width: int = 1440, height: int = 900, swap: dict[str, str] | None = None, strict: bool = True
    ) -> Page:
        context = chromium.new_context(viewport={"width": width, "height": height}, timezone_id="Asia/Shanghai")
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(PATIENCE)
        if strict:
            page.on("console", lambda m: problems.append(m.text) if m.type == "error" else None)
            page.on("pageerror", lambda e: problems.append(str(e)))
        if swap:  # the guide's own addresses are empty; a test points them at its answers
            text = (site.folder / f"{name}.html").read_text(encoding="utf-8")
            for old, new in swap.items():
                assert old in text, old
                text = text.replace(old, new)
            site.answers[f"/{name}-test.html"] = lambda call: (200, text)
            name = f"{name}-test"
        page.goto(f"{site.url}/{name}.html")
        return page

    yield go
    for context in contexts:
        context.close()
    assert problems == []
