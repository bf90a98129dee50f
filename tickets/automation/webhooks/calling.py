"""Making one call: signed, within ten seconds, to public addresses only, and without following it anywhere else.

What was answered stands in the call's row. Everything but success is tried again with growing pauses, except what cannot
pass (a redirect, 410, an address that may not be asked). An endpoint that fails again and again rests for a while; so does
one that is slow, after each call, since the processes that call it also take mail in and send it.
"""

from __future__ import annotations

import http.client
import re
import time
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from helpdesk.core import egress, leasing
from helpdesk.core.errors import Permanent, TryAgain
from helpdesk.core.leasing import LeasedState, describe
from tickets.automation.models import WebhookCall, WebhookEndpoint
from tickets.automation.webhooks.signing import sign

SECONDS = 10.0
MOST_ANSWER = 2000
# Between the tries, in seconds: eight tries over about five hours.
PAUSES = (10, 30, 120, 600, 1800, 3600, 10800)
# After so many failures in a row an endpoint rests: a minute, doubling up to a day.
FAILURES_BEFORE_REST = 5
RESTS = "the endpoint rests after failures or a slow answer"
MOST_PUT_OFF = 5000
# A call that took longer gives its endpoint a rest of so many times as long.
SLOW_SECONDS, REST_AFTER_SLOW = 2.0, 2
_REDIRECTS = range(300, 400)


@dataclass(frozen=True)
class Answer:
    """What came back: the status, the first words, and how long it took."""

    status: int
    text: str
    took_ms: int
    retry_after: float | None = None


def work_call(call: WebhookCall) -> None:
    """Work one taken call; what the other side says is committed with its end."""
    endpoint = call.endpoint
    now = timezone.now()
    if not endpoint.is_active:
        raise Permanent("this endpoint is switched off")
    if endpoint.paused_until is not None and endpoint.paused_until > now:
        _wait(call, endpoint.paused_until)
        return
    began = time.monotonic()
    try:
        answer = post(endpoint, call)
    except Permanent as error:
        _note_failure(call, describe(error), None, time.monotonic() - began)
        raise
    except (OSError, http.client.HTTPException, egress.NoSuchHost) as error:
        reason = f"no answer: {type(error).__name__}"
        _note_failure(call, reason, None, time.monotonic() - began)
        raise TryAgain(reason, after=pause(call.attempts)) from error
    took = time.monotonic() - began
    if 200 <= answer.status < 300:
        _note_success(call, answer, took)
        return
    reason = f"answered {answer.status}"
    _note_failure(call, reason, answer, took)
    if answer.status in _REDIRECTS:
        raise Permanent(f"answered {answer.status}: redirects are not followed")
    if answer.status == http.client.GONE:
        raise Permanent(f"answered {answer.status}: the other side wants no more calls")
    raise TryAgain(reason, after=max(pause(call.attempts), min(answer.retry_after or 0, 3600)))


work_call.manages_transactions = True  # type: ignore[attr-defined]


@transaction.atomic
def _wait(call: WebhookCall, until: datetime) -> None:
    """Waiting is no try. What else is due at this endpoint waits along, so that nobody takes up each to put it back."""
    leasing.finish(call, LeasedState.BACK_OFF, reason=RESTS, next_attempt_at=until, attempts=max(0, call.attempts - 1))
    waiting = WebhookCall.objects.filter(
        endpoint_id=call.endpoint_id, state__in=[LeasedState.READY, LeasedState.BACK_OFF]
    )
    due = waiting.exclude(next_attempt_at__gt=timezone.now()).order_by("pk")
    ids = list(due.select_for_update(no_key=True, skip_locked=True).values_list("pk", flat=True)[:MOST_PUT_OFF])
    WebhookCall.objects.filter(pk__in=ids).update(state=LeasedState.BACK_OFF, reason=RESTS, next_attempt_at=until)


def pause(attempts: int) -> float:
    """Seconds until the next try, after this many."""
    return float(PAUSES[min(attempts, len(PAUSES)) - 1] if attempts else PAUSES[0])


def post(endpoint: WebhookEndpoint, call: WebhookCall) -> Answer:
    """One POST. `Permanent` when the address may not be asked or the secret cannot be read; `OSError` and
    `HTTPException` when there is no answer."""
    secret = endpoint.secret
    if not secret:
        raise Permanent("the endpoint's secret cannot be read; make a new one")
    body = call.body.encode()
    began = time.monotonic()
    ends = began + SECONDS
    connection = _connection(endpoint.url, ends)
    try:
        connection.request(
            "POST", egress.target_of(egress.parts_of(endpoint.url)[0]), body, _headers(call, secret, endpoint, body)
        )
        response = connection.getresponse()
        text = _start(response)
        return Answer(response.status, text, int((time.monotonic() - began) * 1000), _after(response))
    except ValueError as error:
        raise Permanent(f"this address cannot be asked: {error}") from error
    finally:
        connection.finish()


def _connection(url: str, ends: float) -> egress.PinnedConnection:
    try:
        parts, host, port = egress.parts_of(url)
        address = egress.checked_address(host, port, networks=settings.WEBHOOK_NETWORKS, any_port=True)
    except egress.NoSuchHost:
        raise
    except egress.NotAllowed as error:
        raise Permanent(str(error)) from error
    return egress.PinnedConnection(host, port, address, is_secure=parts.scheme == "https", ends=ends)


def _headers(call: WebhookCall, secret: str, endpoint: WebhookEndpoint, body: bytes) -> dict[str, str]:
    stamp = int(time.time())
    headers = {
        "Content-Type": "application/json; charset=utf-8",
        "User-Agent": "Helpdesk-Webhooks/1",
        "X-Helpdesk-Event": call.event_name,
        "X-Helpdesk-Delivery": str(call.key),
        "Idempotency-Key": str(call.key),
        "X-Helpdesk-Timestamp": str(stamp),
        "X-Helpdesk-Signature": sign(secret, stamp, body),
        "Connection": "close",
    }
    if former := endpoint.former_secret:
        headers["X-Helpdesk-Signature-Former"] = sign(former, stamp, body)
    return headers


def _start(response: http.client.HTTPResponse) -> str:
    """The first words of the answer, for the log."""
    raw = response.read1(MOST_ANSWER * 4)
    text = raw.decode("utf-8", "replace")
    return re.sub(r"[\x00-\x08\x0b-\x1f\x7f]", " ", text).strip()[:MOST_ANSWER]


def _after(response: http.client.HTTPResponse) -> float | None:
    given = response.headers.get("Retry-After", "")
    return float(given) if given.isascii() and given.isdigit() and len(given) < 7 else None


def _rest_after(took: float, now: datetime) -> datetime | None:
    """The rest that a slow call costs, None after a quick one."""
    return now + timedelta(seconds=REST_AFTER_SLOW * took) if took > SLOW_SECONDS else None


def _note_success(call: WebhookCall, answer: Answer, took: float) -> None:
    now = timezone.now()
    with transaction.atomic():
        leasing.finish(
            call, LeasedState.DONE, status_code=answer.status, answer=answer.text, took_ms=answer.took_ms, sent_at=now
        )
        WebhookEndpoint.objects.filter(pk=call.endpoint_id).update(
            failures=0, paused_until=_rest_after(took, now), last_ok_at=now
        )


def _note_failure(call: WebhookCall, reason: str, answer: Answer | None, took: float) -> None:
    """What was answered, beside the call; and one more failure in a row of its endpoint."""
    now = timezone.now()
    WebhookCall.objects.filter(pk=call.pk, lease_token=call.lease_token).update(
        status_code=answer.status if answer else None,
        answer=answer.text if answer else "",
        took_ms=answer.took_ms if answer else None,
        sent_at=now,
    )
    with transaction.atomic():
        WebhookEndpoint.objects.filter(pk=call.endpoint_id).update(
            failures=F("failures") + 1, last_error=reason[:500], last_error_at=now
        )
        failures = WebhookEndpoint.objects.values_list("failures", flat=True).get(pk=call.endpoint_id)
        rest = rest_until(failures, now) if failures >= FAILURES_BEFORE_REST else _rest_after(took, now)
        if rest is not None:
            WebhookEndpoint.objects.filter(pk=call.endpoint_id).update(paused_until=rest)


def rest_until(failures: int, now: datetime) -> datetime:
    """When an endpoint that failed so often is asked again."""
    minutes = min(2 ** min(failures - FAILURES_BEFORE_REST, 11), 24 * 60)
    return now + timedelta(minutes=minutes)
