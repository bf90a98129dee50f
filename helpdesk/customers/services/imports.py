"""Uploaded tables: stored whole before anything is read, then worked in parts, each in one transaction with its progress."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

from helpdesk.accounts.permissions import AFTERSALES_MANAGE
from helpdesk.core import clock
from helpdesk.core.actors import Actor
from helpdesk.core.errors import Forbidden, Invalid, Refused
from helpdesk.core.events import Announcement, announce
from helpdesk.core.jobs import enqueue
from helpdesk.core.models import Job
from helpdesk.customers.goods.records import read_order, read_product, read_thing
from helpdesk.customers.goods.tables import Found, read_table
from helpdesk.customers.models import Import, ImportKind, ImportRefusal, ImportState
from helpdesk.customers.services.goods import Saved, save_order, save_product, save_thing

JOB = "customers.import"
# Records of one transaction.
PART = 200


def start_import(kind: str, name: str, raw: bytes, *, by: Actor) -> Import:
    """Store a table and have it read; announces import.started. `Invalid` when no row of it could be read."""
    if by.staff is None or not by.staff.can(AFTERSALES_MANAGE):
        raise Forbidden
    if kind not in ImportKind.values:
        raise Invalid(fields={"kind": _("Choose from the list.")})
    records = read_table(kind, raw)
    with transaction.atomic():
        row = Import.objects.create(
            kind=kind, name=name[:200], raw=zlib.compress(raw), by=by.staff, total=len(records), created_at=clock.now()
        )
        announce(Announcement("import.started", "import", row.pk, data={"kind": kind, "total": row.total}), by=by)
        _go_on(row)
    return row


def _go_on(row: Import) -> None:
    enqueue(JOB, dedupe_key=f"{JOB}:{row.pk}:{row.done}", order_key=f"import:{row.pk}", upload=row.pk)


def work_part(job: Job) -> None:
    """The job: the next part, and the job of the one behind it, in one transaction."""
    row = Import.objects.select_for_update(no_key=True).select_related("by").get(pk=job.args["upload"])
    if row.state == ImportState.DONE:
        return
    records = read_table(row.kind, zlib.decompress(bytes(row.raw)))
    by = Actor.of_staff(row.by)
    with translation.override(row.by.language or settings.LANGUAGE_CODE):
        for record in records[row.done : row.done + PART]:
            _take(row, record, by)
            row.done += 1
    if row.done >= len(records):
        row.state, row.finished_at = ImportState.DONE, clock.now()
        facts = {"made": row.made, "changed": row.changed, "refused": row.refused}
        announce(Announcement("import.finished", "import", row.pk, data=facts), by=by)
    row.save(update_fields=["done", "made", "changed", "refused", "state", "finished_at"])
    if row.state != ImportState.DONE:
        _go_on(row)


def _take(row: Import, record: Found, by: Actor) -> None:
    try:
        with transaction.atomic():
            saved = SAVERS[row.kind](record.given, by)
    except Refused as refusal:
        words = {name: _sentence(value) for name, value in refusal.fields.items()} or {"": str(refusal)}
        ImportRefusal.objects.create(upload=row, row=record.row, key=record.key, words=words)
        row.refused += 1
        return
    row.made += saved.is_new
    row.changed += saved.is_changed and not saved.is_new


def _sentence(value: Any) -> str:
    return " ".join(str(word) for word in value) if isinstance(value, (list, tuple)) else str(value)


SAVERS: dict[str, Callable[[dict[str, Any], Actor], Saved]] = {
    ImportKind.PRODUCTS: lambda given, by: save_product(read_product(given), by=by),
    ImportKind.ORDERS: lambda given, by: save_order(read_order(given), by=by),
    ImportKind.THINGS: lambda given, by: save_thing(read_thing(given), by=by),
}
