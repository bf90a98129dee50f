"""A token endpoint (RFC 6749, section 6) that hands out numbered tokens and rotates its refresh tokens."""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs


@dataclass
class TokenServer:
    """`refresh_token` is the one that is good now; `is_revoked` answers invalid_grant; `status` answers that instead."""

    refresh_token: str = "refresh-1"
    is_revoked: bool = False
    status: int = 200
    expires_in: int = 3600
    forms: list[dict[str, str]] = field(default_factory=list)
    port: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/token"

    def start(self) -> TokenServer:
        owner = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                form = {name: values[0] for name, values in parse_qs(body).items()}
                status, answer = owner.answer(form)
                data = json.dumps(answer).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            def log_message(self, *args: object) -> None:
                return

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def answer(self, form: dict[str, str]) -> tuple[int, dict[str, object]]:
        self.forms.append(form)
        if self.status != 200:
            return self.status, {"error": "server_error"}
        if self.is_revoked or form.get("refresh_token") != self.refresh_token:
            return 400, {"error": "invalid_grant"}
        number = len(self.forms)
        self.refresh_token = f"refresh-{number + 1}"
        return 200, {
            "access_token": f"access-{number}",
            "expires_in": self.expires_in,
            "refresh_token": self.refresh_token,
        }

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()
