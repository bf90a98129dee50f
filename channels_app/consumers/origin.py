"""Whether a WebSocket was opened by one of our own pages.

Browsers send cookies with any WebSocket and put no CSRF token on it, so the origin is all there is. Compared with the port:
another service on the same host shares our cookies, and its pages must not speak for our users.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from django.conf import settings
from django.http.request import split_domain_port, validate_host

from helpdesk.serving.entry import AsgiApplication
from helpdesk.serving.types import Receive, Scope, Send


class OwnOrigin:
    """ASGI middleware: refuses (403, before the socket opens and any session is read) what no page of ours has opened.

    Channels' own validator ignores the port for a host that is allowed, lets a missing origin pass where all hosts are,
    and raises on one that is no address.
    """

    def __init__(self, application: AsgiApplication) -> None:
        self.application = application

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if is_own_origin(scope):
            await self.application(scope, receive, send)
        else:
            await receive()
            await send({"type": "websocket.close"})


def is_own_origin(scope: Scope) -> bool:
    """True when ``Origin`` is the address that was asked (as Django checks it for forms), or a trusted one."""
    headers = dict(scope["headers"])
    origin = headers.get(b"origin", b"").decode("latin-1").lower().rstrip("/")
    host = headers.get(b"host", b"").decode("latin-1").lower()
    if origin in {trusted.lower().rstrip("/") for trusted in settings.CSRF_TRUSTED_ORIGINS}:
        return True
    try:
        parts = urlsplit(origin)
    except ValueError:
        return False
    if parts.scheme not in {"http", "https"} or not host or parts.netloc != host:
        return False
    domain, _port = split_domain_port(host)
    return bool(domain) and validate_host(domain, settings.ALLOWED_HOSTS)
