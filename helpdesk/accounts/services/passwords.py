"""The link in a mail by which a person of the staff sets their own password."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth.tokens import PasswordResetTokenGenerator
from django.db import transaction
from django.urls import reverse
from django.utils import translation
from django.utils.http import base36_to_int, int_to_base36
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from helpdesk.accounts.models import Staff
from helpdesk.accounts.permissions import STAFF_MANAGE
from helpdesk.accounts.services.guarding import require
from helpdesk.core.actors import Actor
from helpdesk.core.errors import Invalid, NotFound, Permanent
from helpdesk.core.events import Announcement, announce
from helpdesk.core.models import ChannelAccount, ChannelKind, Delivery
from helpdesk.core.outgoing import PlainMessage, queue_delivery

PURPOSE = "accounts.password_link"


class _Tokens(PasswordResetTokenGenerator):
    """Good until the password or the sessions' epoch changes, at most `PASSWORD_RESET_TIMEOUT` seconds (three days)."""

    key_salt = "helpdesk.accounts.password_link"

    def _make_hash_value(self, user: Any, timestamp: int) -> str:
        return f"{user.pk}{user.password}{user.sessions_epoch}{user.is_active}{user.email}{timestamp}"


class _ShortTokens(_Tokens):
    """The same for a link that anybody can ask for: it lives for two hours."""

    key_salt = "helpdesk.accounts.forgotten_password"

    def check_token(self, user: Any, token: str | None) -> bool:
        made, _dash, _rest = (token or "").partition("-")
        try:
            age = self._num_seconds(self._now()) - base36_to_int(made)
        except ValueError:
            return False
        return age <= SHORT_LIVES.total_seconds() and bool(super().check_token(user, token))


SHORT_LIVES = timedelta(hours=2)
tokens = _Tokens()
short_tokens = _ShortTokens()


@transaction.atomic
def send_password_link(staff_id: int, *, by: Actor) -> Delivery:
    """Mail the person a link to set their password; announces staff.password_link_sent.

    No job or delivery holds the link: it is made when the outbox renders the mail.
    """
    require(by, STAFF_MANAGE)
    staff = Staff.objects.select_for_update(no_key=True).filter(pk=staff_id, is_active=True).first()
    if staff is None:
        raise NotFound
    if not staff.email:
        raise Invalid(fields={"email": gettext_lazy("This person has no e-mail address.")})
    account = ChannelAccount.objects.filter(kind=ChannelKind.EMAIL, is_active=True).order_by("pk").first()
    if account is None:
        raise Invalid(gettext_lazy("No e-mail account is set up, so no link can be sent. Set a password instead."))
    event = announce(Announcement("staff.password_link_sent", "staff", staff.pk), by=by)
    return queue_delivery(
        account,
        purpose=PURPOSE,
        subject_id=staff.pk,
        address=staff.email,
        dedupe_key=f"password-link:{event.pk}",
    )


def link_of(staff: Staff, *, is_short: bool = False) -> str:
    """The address that opens the form; good for one change, for three days or (short) two hours."""
    token = (short_tokens if is_short else tokens).make_token(staff)
    path = reverse("set_password", args=[int_to_base36(staff.pk), token])
    return f"{settings.PUBLIC_URL}{path}"


def owner_of_link(key: str, token: str) -> Staff | None:
    """The active person whose link this is; None when it is used up, too old or made up."""
    try:
        pk = base36_to_int(key)
    except ValueError:
        return None
    staff = Staff.objects.filter(pk=pk, is_active=True).first() if pk < 2**63 else None
    if staff is None or not (tokens.check_token(staff, token) or short_tokens.check_token(staff, token)):
        return None
    return staff


def render_password_link(delivery: Delivery) -> PlainMessage:
    """The mail; `Permanent` when the person has left or has another address now."""
    staff = Staff.objects.filter(pk=delivery.subject_id, is_active=True, email=delivery.address).first()
    if staff is None:
        raise Permanent("this person is no longer active or has another address")
    language = "zh-hans" if staff.language.startswith("zh") else "en"
    with translation.override(language):
        text = _(
            "Hello %(name)s,\n\nopen this link to set your password for the desk:\n\n%(address)s\n\n"
            "It works once and for three days. Your user name is %(username)s.\n\n"
            "If you did not expect this mail, tell an administrator."
        ) % {"name": staff.name, "address": link_of(staff), "username": staff.username}
        return PlainMessage(subject=_("Set your password"), text=text, language=language, to_name=staff.name)
