"""Rows of a ticket list. A row is the same for every reader of a language, so its HTML is kept by ticket, versions,
language and label generation; a list costs its keys and one look into the cache, and only what is missing is loaded."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from operator import attrgetter
from types import SimpleNamespace
from typing import Any

from django.core.cache import cache
from django.db.models import F
from django.db.models.expressions import RawSQL
from django.template import engines
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from helpdesk.accounts.models import Staff
from helpdesk.core import keyset
from helpdesk.core.templatetags.ui import lang_of
from tickets.deadlines import chip_of
from tickets.models import NUMBER_PREFIX, Ticket
from tickets.models.labels import in_language
from tickets.models.ticket import DUE_ORDER
from tickets.querysets import TicketQuerySet
from tickets.search import Found, search_rows
from tickets.selectors.filters import Filters, apply
from tickets.selectors.views import DeskView

PAGE_SIZE = 50
KEPT = 24 * 3600
TEMPLATE = "components/ticket_row.html"
# The next deadline; tickets without one come last.
DUE = "due_order"
# Orders that an index serves: key → (column, newest first).
SORTS = {
    "activity": ("last_activity_at", True),
    "waiting": ("last_activity_at", False),
    "created": ("created_at", True),
    "oldest": ("created_at", False),
    "due": (DUE, False),
}
DEFAULT_SORT = "activity"


@dataclass(frozen=True)
class ListPage:
    """One page of rendered rows and the cursor of the next (None at the end)."""

    rows: list[SafeString]
    ids: list[int]
    next: str | None


def list_page(
    view: DeskView, staff: Staff, *, filters: Filters, sort: str = DEFAULT_SORT, cursor: str | None = None
) -> ListPage:
    """A page of a view with further filters, in the given order."""
    column, newest_first = SORTS.get(sort, SORTS[DEFAULT_SORT])
    rows = narrowed(view, staff, filters=filters)
    page = keyset.page(_stubs(rows, column), cursor, by=column, size=PAGE_SIZE, newest_first=newest_first)
    return ListPage(rendered(page.rows), [row.pk for row in page.rows], page.next)


def narrowed(view: DeskView, staff: Staff, *, filters: Filters) -> TicketQuerySet:
    """The tickets of a view that match further filters."""
    rows = apply(view.rows(staff), view.filters, staff)
    return apply(rows, filters, staff)


def rows_of(ids: Sequence[int], view: DeskView, staff: Staff, *, filters: Filters) -> dict[int, SafeString]:
    """Of these tickets, those that lie in the view and may be seen, rendered; the others are gone from it."""
    wanted = narrowed(view, staff, filters=filters).filter(pk__in=list(ids))
    found = list(_stubs(wanted, "last_activity_at").order_by("last_activity_at", "pk"))
    return {stub.pk: row for stub, row in zip(found, rendered(found), strict=True)}


def found_page(staff: Staff, text: str, *, cursor: str | None, among: TicketQuerySet | None = None) -> ListPage:
    """A page of what a search found for this person; `among` narrows it to a view with filters."""
    tickets = (Ticket.objects.all() if among is None else among).visible_to(staff)
    found: Found[Any] = search_rows(
        staff, text, _stubs(tickets, "created_at"), key=attrgetter("pk"), cursor=cursor, size=PAGE_SIZE
    )
    return ListPage(rendered(found.rows), [row.pk for row in found.rows], found.next)


def _stubs(rows: Any, column: str) -> Any:
    """As much of each ticket as its place in the list and its cache key need, as named tuples: models cost more."""
    generation = RawSQL("SELECT number FROM tickets_labelgeneration WHERE id = 1", ())
    known = rows.annotate(customer_version=F("customer__row_version"), generation=generation)
    if column == DUE:
        known = known.annotate(**{DUE: DUE_ORDER})
    return known.values_list("pk", "row_version", column, "customer_version", "generation", named=True)


def _key(stub: Any, language: str) -> str:
    return f"row:{language}:{stub.generation}:{stub.pk}:{stub.row_version}:{stub.customer_version}"


def rendered(stubs: Sequence[Any]) -> list[SafeString]:
    """The rows' HTML, from the cache where it is, else rendered and kept for a day."""
    language = get_language() or "en"
    keys = {stub.pk: _key(stub, language) for stub in stubs}
    kept = cache.get_many(list(keys.values())) if keys else {}
    missing = [stub for stub in stubs if keys[stub.pk] not in kept]
    fresh: dict[str, str] = {}
    if missing:
        template = engines["django"].get_template(TEMPLATE)
        for row in shown(stub.pk for stub in missing):
            fresh[keys[row.id]] = str(template.render({"row": row}))
        cache.set_many(fresh, timeout=KEPT)
    # A ticket that vanished between the two queries has no row; its place stays empty.
    return [mark_safe(kept.get(keys[stub.pk]) or fresh.get(keys[stub.pk], "")) for stub in stubs]


def shown(ids: Iterable[int]) -> Iterator[SimpleNamespace]:
    """What the row component shows of these tickets, in any order; values instead of models, which cost more."""
    nobody = _("Customer")
    found = Ticket.objects.filter(pk__in=list(ids)).order_by().values(
        "pk", "subject", "preview", "channel_kind", "priority", "tone", "status_category", "tags", "owner_id", "is_unread",
        "last_activity_at", "has_attachments", "row_version", "next_clock", "parent_id", "customer__name", "customer__level",
        "status__name", "status__name_zh", "owner__name",
    )  # fmt: skip
    for row in found:
        number = f"{NUMBER_PREFIX}{row['pk']}"
        yield SimpleNamespace(
            id=row["pk"],
            number=number,
            subject=row["subject"],
            customer_name=row["customer__name"] or nobody,
            customer_level=row["customer__level"],
            customer_lang=lang_of(row["subject"]),
            preview=row["preview"],
            channel_kind=row["channel_kind"],
            is_sub=row["parent_id"] is not None,
            priority=row["priority"],
            tone=row["tone"],
            status_category=row["status_category"],
            status_label=in_language(row["status__name"], row["status__name_zh"]),
            tags=row["tags"],
            owner_id=row["owner_id"],
            owner_name=row["owner__name"] or "",
            is_unread=row["is_unread"],
            last_activity_at=row["last_activity_at"],
            has_attachments=row["has_attachments"],
            clocks=[chip] if (chip := chip_of(row["next_clock"])) else [],
            url=f"/tickets/{number}/",
            version=row["row_version"],
            order=int(row["last_activity_at"].timestamp()),
        )
