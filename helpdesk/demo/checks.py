"""What `manage.py check --deploy` says of the demo: its passwords are published, so nobody else may reach it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import CheckMessage, Error, Info, Tags, register
from django.db import DatabaseError

from helpdesk import env
from helpdesk.accounts.demo import DEMO_DOMAIN
from helpdesk.accounts.models import Staff


@register(Tags.security, deploy=True)
def demo_is_out_of_reach(app_configs: Any, **_kwargs: Any) -> list[CheckMessage]:
    """Demo mode answers on this machine only, as `manage.py up --demo` has it."""
    if not settings.DEMO or settings.DEBUG:
        return []
    reachable = [f"{name} is {value}" for name, value in _addresses() if not env.is_loopback(value)]
    if not reachable:
        return []
    hint = "Unset DEMO, or run the demo with `manage.py up --demo` on this machine."
    text = f"Demo mode has published passwords, and others can reach it: {', '.join(reachable)}."
    return [Error(text, hint=hint, id="helpdesk.E001")]


def _addresses() -> Iterator[tuple[str, str]]:
    yield "PUBLIC_URL", urlsplit(settings.PUBLIC_URL).hostname or ""
    yield "BIND", env.text("BIND", "127.0.0.1")
    yield "MAIL_BIND", settings.MAIL_BIND
    for host in settings.ALLOWED_HOSTS:
        yield "ALLOWED_HOSTS", host


@register(Tags.security, deploy=True)
def no_demo_accounts(app_configs: Any, **_kwargs: Any) -> list[CheckMessage]:
    """Outside demo mode its accounts are refused at every door; they should not be there at all."""
    if settings.DEMO:
        return []
    try:
        names = Staff.objects.filter(is_active=True, email__iendswith=f"@{DEMO_DOMAIN}").order_by("username")
        found = list(names.values_list("username", flat=True)[:20])
    except DatabaseError:
        return [Info("The database does not answer, so nobody has looked for demo accounts in it.", id="helpdesk.I001")]
    if not found:
        return []
    text = f"There are accounts of the demo, whose passwords are published: {', '.join(found)}. They cannot sign in."
    hint = "Start with an empty database, or deactivate them; give people who are real another e-mail address."
    return [Error(text, hint=hint, id="helpdesk.E002")]
