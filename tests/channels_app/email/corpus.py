"""The mails in `data/`, each as one client or server sends it."""

from pathlib import Path

from channels_app.email.parse import parse_mail
from channels_app.email.parsed import ParsedMail

DATA = Path(__file__).parent / "data"


def raw(name: str) -> bytes:
    return (DATA / f"{name}.eml").read_bytes()


def parsed(name: str) -> ParsedMail:
    return parse_mail(raw(name))
