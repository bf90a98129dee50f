"""`manage.py mail_parse FILE…`: what the mail reader sees in each file, as one line of JSON. Needs no database."""

import json
import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from channels_app.email.parse import DEFAULT_LIMITS, parse_mail
from channels_app.email.quoting import split_reply
from channels_app.email.sanitise import sanitise_html
from channels_app.email.text import storable


class Command(BaseCommand):
    """Prints one JSON line for each file, in order; what is absent is null, what went wrong stands in `error`."""

    help = "Parse mail files (.eml) and print one JSON line for each. HTML is printed as the desk would show it, made safe."
    requires_system_checks = []
    requires_migrations_checks = False

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "files", nargs="+", metavar="FILE", help="a mail as it came over the wire; - reads standard input"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        for name in options["files"]:
            line = json.dumps(describe_file(name), ensure_ascii=False)
            # Lone surrogates of odd file names have no UTF-8 form; the line is UTF-8 whatever the locale says.
            data = line.encode("utf-8", "replace") + b"\n"
            buffer = getattr(self.stdout._out, "buffer", None)
            if buffer is not None:
                self.stdout.flush()
                buffer.write(data)
                buffer.flush()
            else:
                self.stdout.write(data.decode("utf-8"), ending="")


def describe_file(name: str) -> dict[str, object]:
    """The printed keys for one file; an unreadable file has nothing but `file` and `error`."""
    empty = dict.fromkeys(
        ("subject", "from_address", "text", "html", "attachments", "reply_text", "is_auto_reply", "is_bounce")
    )
    try:
        # One byte over the limit is enough to know that the mail is too large.
        if name == "-":
            raw = sys.stdin.buffer.read(DEFAULT_LIMITS.max_raw_bytes + 1)
        else:
            with Path(name).open("rb") as file:
                raw = file.read(DEFAULT_LIMITS.max_raw_bytes + 1)
    except (OSError, ValueError) as failure:
        reason = getattr(failure, "strerror", None) or str(failure)
        return {"file": storable(name), **empty, "error": f"unreadable: {reason}"}
    return {"file": storable(name), **describe_mail(raw)}


def describe_mail(raw: bytes) -> dict[str, object]:
    """The printed keys for one mail, without `file`."""
    mail = parse_mail(raw)
    return {
        "subject": mail.subject_full or None,
        "from_address": mail.from_.address or None if mail.from_ else None,
        "text": mail.text,
        "html": sanitise_html(mail.html) if mail.html is not None else None,
        "attachments": [{"name": item.name, "type": item.content_type, "size": item.size} for item in mail.attachments],
        "reply_text": split_reply(mail.body).reply or None,
        "is_auto_reply": mail.is_auto_reply,
        "is_bounce": mail.is_bounce,
        "error": mail.error,
    }
