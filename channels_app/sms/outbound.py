"""The SMS adapter: one delivery, one short text over the account's gateway."""

from __future__ import annotations

import logging
import re
from typing import Any

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _

from channels_app.outbox import SendResult
from channels_app.sms.gateways import GATEWAYS, Text
from channels_app.sms.length import measure
from helpdesk.core.errors import Permanent
from helpdesk.core.models import Delivery
from helpdesk.customers.identities import mask_phone

log = logging.getLogger(__name__)
# Longer than this is no short message; whoever writes it is told before (`measure`), whoever sends it here is refused.
MAX_SEGMENTS = 10
_CODE = re.compile(r"(?<!\d)\d{4,8}(?!\d)")
_E164 = re.compile(r"^\+[1-9]\d{6,14}$")


class SmsAdapter:
    """Sends by SMS what a renderer gives: its text, and for files a link to the portal."""

    is_idempotent = False

    def send(self, delivery: Delivery, rendered: Any) -> SendResult:
        """Hand the text to the gateway; the result holds the gateway's id."""
        if not _E164.match(delivery.address):
            raise Permanent("this is not a mobile number")
        account = delivery.account
        config, text = account.config, words(rendered)
        length = measure(text, sign_name=str(config.get("sign_name", "")))
        if length.segments > MAX_SEGMENTS:
            raise Permanent(f"the text is too long for SMS: {length.segments} parts, at most {MAX_SEGMENTS}")
        gateway = str(config.get("gateway") or settings.SMS_GATEWAY)
        if gateway == "console":
            return self._console(delivery)
        if gateway not in GATEWAYS:
            raise Permanent(f"the SMS account names no gateway that we know: {gateway or 'none'}")
        message = Text(delivery.address, text, delivery.purpose, variables(delivery, rendered, text))
        external_id = GATEWAYS[gateway](message, config, account.secrets)
        return SendResult(external_id=external_id)

    def _console(self, delivery: Delivery) -> SendResult:
        """Demo mode sends nothing; `/demo/phone/` shows the message, and the log says that there is one."""
        if not settings.DEMO:
            raise Permanent("the console takes SMS in demo mode only; choose a gateway")
        log.info("SMS to %s: read it at %s/demo/phone/", mask_phone(delivery.address), settings.PUBLIC_URL)
        return SendResult(external_id=f"console-{delivery.pk}")


def words(rendered: Any) -> str:
    """The text as it goes out; files cannot, so the text says where they are."""
    text = str(rendered.text).strip()
    if getattr(rendered, "attachments", None):
        with translation.override("zh-hans" if rendered.language.startswith("zh") else "en"):
            address = f"{settings.PUBLIC_URL}/portal/requests/{rendered.ticket.number}/"
            text = f"{text}\n{_('Files: %(address)s') % {'address': address}}"
    return text


def variables(delivery: Delivery, rendered: Any, text: str) -> dict[str, str]:
    """What a gateway's template may name."""
    code = _CODE.search(text) if delivery.purpose.endswith("_code") else None
    ticket = getattr(rendered, "ticket", None)
    return {
        "to": delivery.address,
        "text": text,
        "code": code.group() if code else "",
        "number": ticket.number if ticket is not None else "",
        "id": f"{delivery.pk}",
    }
