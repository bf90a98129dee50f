"""How a call proves where it comes from: the scheme that our own inbound webhook asks of others.

`X-Helpdesk-Timestamp` holds Unix seconds; `X-Helpdesk-Signature` is `sha256=` and the hexadecimal HMAC-SHA256, under the
endpoint's secret, of the timestamp, a full stop and the body as sent. Each try is signed anew, over the same body.
"""

from __future__ import annotations

import hashlib
import hmac


def sign(secret: str, timestamp: int, body: bytes) -> str:
    """The value of `X-Helpdesk-Signature`."""
    return "sha256=" + hmac.new(secret.encode(), f"{timestamp}.".encode() + body, hashlib.sha256).hexdigest()
