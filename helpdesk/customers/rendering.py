"""The mails and SMS of the portal's sign-in, written when the outbox takes them."""

from __future__ import annotations

from django.conf import settings
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from helpdesk.core.errors import Permanent
from helpdesk.core.models import Delivery
from helpdesk.core.outgoing import PlainMessage
from helpdesk.customers.models import SignInToken
from helpdesk.customers.services.signing_in import CODE_LIVES, LINK_LIVES, code_text, link_text


def _token(delivery: Delivery) -> SignInToken:
    token = SignInToken.objects.select_related("identity__customer").filter(pk=delivery.subject_id).first()
    if token is None or token.used_at is not None or token.expires_at <= timezone.now():
        raise Permanent("nobody waits for this sign-in any more")
    return token


def _language(token: SignInToken) -> str:
    """The language in which they asked, else the customer's own."""
    own = token.identity.customer.language if token.identity else ""
    return "zh-hans" if (token.language or own or "en").startswith("zh") else "en"


def render_link(delivery: Delivery) -> PlainMessage:
    """The mail with the sign-in link; `Permanent` when it would come too late."""
    token = _token(delivery)
    language = _language(token)
    address = settings.PUBLIC_URL + reverse("portal_link", args=[link_text(token)])
    with translation.override(language):
        text = _(
            "Open this link to see your requests:\n\n%(address)s\n\n"
            "It works once and for %(minutes)s minutes. Then press “Sign in” on the page.\n\n"
            "You did not ask for this? Then ignore this mail; nobody can sign in without the link."
        ) % {"address": address, "minutes": int(LINK_LIVES.total_seconds()) // 60}
        return PlainMessage(subject=_("Your link to sign in"), text=text, language=language)


def render_code(delivery: Delivery) -> PlainMessage:
    """The SMS with the code; short enough for one segment in either language."""
    token = _token(delivery)
    language = _language(token)
    with translation.override(language):
        text = _("%(code)s is your code to sign in. It is valid for %(minutes)s minutes. Tell it to nobody.") % {
            "code": code_text(token),
            "minutes": int(CODE_LIVES.total_seconds()) // 60,
        }
        return PlainMessage(subject="", text=text, language=language)
