"""Mails as test subjects write them, and the doors through which they enter."""

from __future__ import annotations

import io
import itertools
import json
import sys
from email.message import EmailMessage
from typing import Any

from django.core.management import call_command

_numbers = itertools.count(1)


def make_mail(
    text: str = "The washer stopped with E21.",
    *,
    sender: str = "Li Na <li.na@customer.example>",
    to: str = "support@company.example",
    subject: str = "Washer stops",
    message_id: str | None = "",
    headers: dict[str, str] | None = None,
    html: str = "",
    files: tuple[tuple[str, str, bytes], ...] = (),
) -> bytes:
    """A mail's bytes; each has a Message-ID of its own unless one is given (None: none at all)."""
    mail = EmailMessage()
    if sender:
        mail["From"] = sender
    mail["To"] = to
    if subject:
        mail["Subject"] = subject
    if message_id is not None:
        mail["Message-ID"] = f"<{message_id or f'm{next(_numbers)}@customer.example'}>"
    for name, value in (headers or {}).items():
        mail[name] = value
    mail.set_content(text)
    if html:
        mail.add_alternative(html, subtype="html")
    for name, kind, data in files:
        main, _, sub = kind.partition("/")
        mail.add_attachment(data, maintype=main, subtype=sub, filename=name)
    return mail.as_bytes(policy=mail.policy.clone(linesep="\r\n"))


class _Stdin(io.TextIOWrapper):
    pass


def mail_in(raw: bytes, channel: str = "support", **options: Any) -> dict[str, Any]:
    """Run `manage.py mail_in` on these bytes; the printed line."""
    out, before = io.StringIO(), sys.stdin
    sys.stdin = _Stdin(io.BytesIO(raw))
    try:
        call_command("mail_in", channel=channel, stdout=out, **options)
    finally:
        sys.stdin = before
    line: dict[str, Any] = json.loads(out.getvalue())
    return line
