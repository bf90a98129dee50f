"""The two signing schemes of Chinese SMS gateways; pure.

Aliyun: RPC style, HMAC-SHA1 over the sorted, percent-encoded query (signature version 1.0).
Tencent Cloud: TC3-HMAC-SHA256 over a canonical request, with a key derived from date and service.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Mapping
from datetime import UTC, datetime
from urllib.parse import quote


def _percent(text: str) -> str:
    """RFC 3986: only letters, digits and `-_.~` stay."""
    return quote(text, safe="-_.~")


def aliyun_query(params: Mapping[str, str], *, access_key_secret: str, method: str = "GET") -> str:
    """The complete query string with its `Signature`."""
    canonical = "&".join(f"{_percent(name)}={_percent(params[name])}" for name in sorted(params))
    to_sign = f"{method}&{_percent('/')}&{_percent(canonical)}"
    digest = hmac.new(f"{access_key_secret}&".encode(), to_sign.encode(), hashlib.sha1).digest()
    return f"Signature={_percent(base64.b64encode(digest).decode())}&{canonical}"


def tencent_authorization(
    payload: bytes, *, secret_id: str, secret_key: str, host: str, service: str, timestamp: int
) -> str:
    """The `Authorization` header of a JSON POST to `/`; signs content type, host and payload."""
    headers = f"content-type:application/json; charset=utf-8\nhost:{host}\n"
    signed = "content-type;host"
    request = f"POST\n/\n\n{headers}\n{signed}\n{hashlib.sha256(payload).hexdigest()}"
    date = datetime.fromtimestamp(timestamp, tz=UTC).strftime("%Y-%m-%d")
    scope = f"{date}/{service}/tc3_request"
    to_sign = f"TC3-HMAC-SHA256\n{timestamp}\n{scope}\n{hashlib.sha256(request.encode()).hexdigest()}"
    key = f"TC3{secret_key}".encode()
    for part in (date, service, "tc3_request"):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    signature = hmac.new(key, to_sign.encode(), hashlib.sha256).hexdigest()
    return f"TC3-HMAC-SHA256 Credential={secret_id}/{scope}, SignedHeaders={signed}, Signature={signature}"
