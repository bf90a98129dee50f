"""Writes that may be repeated: the first answer under a key is kept with the write itself and given again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from helpdesk.core.errors import Refused
from helpdesk.core.models import IdempotencyRecord

KEPT = timedelta(hours=48)


class KeyReused(Refused):
    code = "idempotency_key_reused"
    status = 422
    message = _("This Idempotency-Key was used for another request. Send a new key.")


class InProgress(Refused):
    code = "idempotency_in_progress"
    status = 409
    message = _("The first request with this Idempotency-Key is still being answered. Try again in a moment.")


@dataclass(frozen=True)
class Answer:
    """Status and JSON body of an answered write; `is_repeat` when nothing was done for it."""

    status: int
    body: Any
    is_repeat: bool = False


def find(api_key_id: int, key: str, fingerprint: str) -> Answer | None:
    """The answer given under this key; `KeyReused` when it belongs to another request."""
    record = IdempotencyRecord.objects.filter(api_key_id=api_key_id, key=key).first()
    if record is None:
        return None
    if record.fingerprint != fingerprint:
        raise KeyReused
    return Answer(record.status, record.body, is_repeat=True)


def once(api_key_id: int, key: str, fingerprint: str, work: Callable[[], Answer]) -> Answer:
    """Do the work and keep its answer in one transaction, or give the kept answer; `InProgress` beside a running first.

    Only successes are kept: a refused request changed nothing, so its repeat is tried anew.
    """
    with transaction.atomic():
        if not _lock(api_key_id, key):
            raise InProgress
        known = find(api_key_id, key, fingerprint)
        if known is not None:
            return known
        answer = work()
        remember(api_key_id, key, fingerprint, answer)
    return answer


def remember(api_key_id: int, key: str, fingerprint: str, answer: Answer) -> None:
    """Keep a success for repeats; an answer that is already there stays."""
    if 200 <= answer.status < 300:
        record = IdempotencyRecord(
            api_key_id=api_key_id, key=key, fingerprint=fingerprint, status=answer.status, body=answer.body
        )
        IdempotencyRecord.objects.bulk_create([record], ignore_conflicts=True)


def _lock(api_key_id: int, key: str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(hashtextextended(%s, 7151))", [f"{api_key_id}:{key}"])
        return bool(cursor.fetchone()[0])


def sweep() -> int:
    """Forget answers older than two days; returns how many."""
    deleted, _rows = IdempotencyRecord.objects.filter(created_at__lt=timezone.now() - KEPT).delete()
    return deleted
