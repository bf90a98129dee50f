"""`/hooks/payouts/` and `/hooks/receipts/`: the company's paying system says what was paid, signed as our orders to it are.

A report is worked in the request and may come again: the same report has the same answer, and nothing counts twice.
"""

from __future__ import annotations

import hmac
import json
import logging
import time
from collections.abc import Callable, Mapping
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.csrf import csrf_exempt

from aftersales.claims.access import parse_number
from aftersales.claims.services.arguments import money
from aftersales.compensation.models import Payout, ReceiptMeans
from aftersales.compensation.services.ordering import setting
from aftersales.compensation.services.paying import confirm_payout, fail_payout, find_payout
from aftersales.compensation.services.receiving import record_receipt
from helpdesk.core.actors import Actor
from helpdesk.core.api.problems import as_response
from helpdesk.core.errors import Invalid, NotFound, Refused, TooLarge
from helpdesk.core.plain import plain
from tickets.automation.models import WebhookEndpoint
from tickets.automation.webhooks.signing import sign

log = logging.getLogger(__name__)
# A report may be this old, or this far ahead of our clock.
SECONDS = 300
View = Callable[[HttpRequest], HttpResponse]


class NotProved(Refused):
    """The sender could not be proved."""

    code = "signature_refused"
    status = 401
    message = gettext_lazy("The signature is missing, wrong or too old.")


class OnlyPost(Refused):
    code = "method_not_allowed"
    status = 405
    message = gettext_lazy("Only POST is answered here.")


def _proved(work: Callable[[Mapping[str, Any], Actor], dict[str, Any]]) -> View:
    """The signed JSON body of a POST, worked; refusals as problems (RFC 9457)."""

    @csrf_exempt
    def view(request: HttpRequest) -> HttpResponse:
        try:
            if request.method != "POST":
                raise OnlyPost
            endpoint = setting().endpoint
            if endpoint is None or not endpoint.is_active:
                raise NotFound
            return JsonResponse(work(_body(request, endpoint), Actor.of_automation()))
        except Refused as refusal:
            log.info("%s refused: %s", request.path, refusal.code)
            response = as_response(refusal)
            if isinstance(refusal, OnlyPost):
                response["Allow"] = "POST"
            return response

    return view


def _body(request: HttpRequest, endpoint: WebhookEndpoint) -> Mapping[str, Any]:
    if int(request.META.get("CONTENT_LENGTH") or 0) > settings.WEBHOOK_MAX_BYTES:
        raise TooLarge
    body = request.body
    stamp, given = request.headers.get("X-Helpdesk-Timestamp", ""), request.headers.get("X-Helpdesk-Signature", "")
    if not (stamp.isascii() and stamp.isdigit() and len(stamp) < 12) or abs(time.time() - int(stamp)) > SECONDS:
        raise NotProved
    secrets = [secret for secret in (endpoint.secret, endpoint.former_secret) if secret]
    given_bytes = given.encode("utf-8", "replace")
    if not any(hmac.compare_digest(sign(secret, int(stamp), body).encode(), given_bytes) for secret in secrets):
        raise NotProved
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise Invalid(_("Send a JSON object."))
    kept: Mapping[str, Any] = plain(found, field="body")
    return kept


def _report_payout(body: Mapping[str, Any], by: Actor) -> dict[str, Any]:
    """`{"idempotency_key", "status": "paid" | "failed", "reference", "reason", "amount"}`; the amount, when it is sent, has to
    be the one that was ordered."""
    payout = find_payout(str(body.get("idempotency_key") or ""))
    _same_amount(payout, body.get("amount"))
    if body.get("status") == "paid":
        payout = confirm_payout(payout.pk, reference=str(body.get("reference") or ""), by=by)
    elif body.get("status") == "failed":
        _of_this_order(payout, str(body.get("idempotency_key")))
        payout = fail_payout(payout.pk, reason=str(body.get("reason") or "")[:300], by=by)
    else:
        raise Invalid(fields={"status": _("Say paid or failed.")})
    return {"payout": payout.number, "state": payout.state, "claim": f"AS-{payout.claim_id}"}


def _same_amount(payout: Payout, given: Any) -> None:
    if given is not None and money("amount", given) != payout.amount:
        raise Invalid(fields={"amount": _("%(amount)s was ordered.") % {"amount": payout.amount}})


def _of_this_order(payout: Payout, key: str) -> None:
    """A late failure of an earlier order says nothing of the one that is on its way."""
    if str(payout.key) != key.lower():
        raise Invalid(fields={"idempotency_key": _("It was ordered again under another key.")})


def _report_receipt(body: Mapping[str, Any], by: Actor) -> dict[str, Any]:
    """`{"claim": "AS-1", "amount", "means", "reference"}`: the customer has paid what they owed."""
    receipt = record_receipt(
        parse_number(str(body.get("claim") or "")),
        amount=body.get("amount"),
        means=str(body.get("means") or ReceiptMeans.ONLINE),
        reference=str(body.get("reference") or ""),
        by=by,
    )
    return {"receipt": receipt.pk, "claim": f"AS-{receipt.claim_id}", "amount": str(receipt.amount)}


payouts = _proved(_report_payout)
receipts = _proved(_report_receipt)
