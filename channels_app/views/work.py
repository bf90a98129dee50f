"""The page of background work: what waits, what fails and why, with its source, another try and a way to let go."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from channels_app import masking
from channels_app.models import InboundEvent
from channels_app.selectors import work as selectors
from channels_app.selectors.work import KINDS, STATES, Count, WorkRow
from channels_app.services import work as services
from helpdesk.accounts.permissions import CUSTOMER_UNMASK, WORK_MANAGE
from helpdesk.accounts.views.pages import acted, actor_of, administration, is_htmx, show, staff_of
from helpdesk.core.models import Delivery, Job, LeasedState, ParkedEvent
from helpdesk.core.registries import weaknesses_found
from helpdesk.customers.identities import mask_text


def _state(request: HttpRequest) -> str:
    given = request.GET.get("state", "")
    return given if given in STATES else str(LeasedState.PARKED)


def _kind(request: HttpRequest) -> str:
    given = request.GET.get("kind", "")
    return given if given in KINDS else ""


def _address(**values: str) -> str:
    return f"{reverse('work')}?{urlencode({key: value for key, value in values.items() if value})}"


@require_safe
@administration(WORK_MANAGE)
def work_list(request: HttpRequest) -> HttpResponse:
    """Work in one state, newest first, with the counts of all states; htmx gets the table alone."""
    state, kind = _state(request), _kind(request)
    rows, following = selectors.work_page(state, kind=kind, cursor=request.GET.get("cursor"))
    counts = selectors.counts()
    unmasked = staff_of(request).can(CUSTOMER_UNMASK)
    shown = (lambda text: text) if unmasked else mask_text
    context: dict[str, Any] = {
        "rows": [replace(row, reason=shown(row.reason)) for row in rows],
        "state": state,
        "kind": kind,
        "is_parked": state == LeasedState.PARKED,
        "next_url": _address(state=state, kind=kind, cursor=following) if following else "",
        "tabs": [
            {
                "label": label,
                "url": _address(state=name, kind=kind),
                "count": Count(sum(counts[name].values())),
                "is_current": name == state,
            }
            for name, label in STATES.items()
        ],
        "kinds": [
            {
                "label": label,
                "url": _address(state=state, kind=name),
                "count": Count(counts[state].get(name, 0)),
                "is_current": name == kind,
            }
            for name, label in KINDS.items()
        ],
        "all_url": _address(state=state),
        "reasons": [
            {"kind": group.kind, "label": group.label, "number": Count(group.number)}
            | {"key": group.key, "shown": shown(group.reason)}
            for group in (selectors.reasons(kind) if state == LeasedState.PARKED else [])
        ],
    }
    if is_htmx(request):
        return render(request, "work/_table.html", context)
    context["weaknesses"] = list(weaknesses_found().values())
    return show(request, "work/list.html", context)


@require_safe
@administration(WORK_MANAGE)
def work_detail(request: HttpRequest, kind: str, pk: int) -> HttpResponse:
    """One piece of work with all that is known of it; `?source=1` shows the raw item, which is noted in the log."""
    row = selectors.find_row(kind, pk)
    unmasked = staff_of(request).can(CUSTOMER_UNMASK)
    context: dict[str, Any] = {
        "row": row,
        "kind_label": KINDS[kind],
        "state_label": LeasedState(row.state).label,
        "facts": _facts(row, unmasked=unmasked),
        "unmasked": unmasked,
        "reason": row.reason if unmasked else mask_text(row.reason),
        "has_source": isinstance(row.item, InboundEvent) and row.item.size > 0,
        "data": _data(row),
    }
    if context["has_source"] and request.GET.get("source"):
        _event, raw = services.read_source(pk, by=actor_of(request))
        text, is_whole = masking.as_text(raw)
        context |= {"source": text if unmasked else mask_text(text), "is_whole": is_whole}
    return show(request, "work/detail.html", context)


def _facts(row: WorkRow, *, unmasked: bool) -> list[tuple[str, Any]]:
    """What is known of the row, in words."""
    item = row.item
    facts: list[tuple[str, Any]] = [(_("What"), row.title)]
    if row.account:
        facts.append((_("Account"), row.account))
    if row.kind != "event":
        facts.append((_("Attempts"), row.attempts))
    if isinstance(item, InboundEvent):
        facts += [(_("Size in bytes"), item.size), (_("Kind of content"), item.content_type or "–")]
        facts.append((_("Its id at the sender"), item.external_id if unmasked else "…"))
    if isinstance(item, Delivery):
        address = item.address if unmasked else mask_text(item.address)
        facts += [(_("To"), address), (_("State of delivery"), item.get_status_display())]
        if item.is_maybe_doubled:
            facts.append((_("Note"), _("It may have gone out twice.")))
    if isinstance(item, ParkedEvent):
        facts += [(_("Consumer"), item.consumer), (_("Event"), f"{item.event.name} #{item.event_id}")]
    return facts


def _data(row: WorkRow) -> str:
    """Arguments of a job or data of an event: ids and fixed words."""
    item = row.item
    values = item.args if isinstance(item, Job) else item.event.data if isinstance(item, ParkedEvent) else None
    return json.dumps(values, ensure_ascii=False, indent=2, sort_keys=True)[: masking.SHOWN_BYTES] if values else ""


@require_safe
@administration(WORK_MANAGE)
def work_source(request: HttpRequest, pk: int) -> HttpResponse:
    """The raw item as a file that no browser opens."""
    event, raw = services.read_source(pk, by=actor_of(request), whole=True)
    ending = "eml" if event.content_type.startswith("message/") else "json" if "json" in event.content_type else "bin"
    response = HttpResponse(raw, content_type="application/octet-stream")
    response["Content-Disposition"] = f'attachment; filename="received-{event.pk}.{ending}"'
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response


def _back(request: HttpRequest, kind: str) -> str:
    """The list from which the button was pressed."""
    return _address(state=str(LeasedState.PARKED), kind=request.POST.get("kind_filter", "") if kind in KINDS else "")


@require_POST
@administration(WORK_MANAGE)
def work_retry(request: HttpRequest, kind: str, pk: int) -> HttpResponse:
    selectors.find_row(kind, pk)
    words = _("It is tried again.")
    return acted(request, words, _back(request, kind), lambda: services.retry_work(kind, pk, by=actor_of(request)))


@require_POST
@administration(WORK_MANAGE)
def work_discard(request: HttpRequest, kind: str, pk: int) -> HttpResponse:
    selectors.find_row(kind, pk)
    words = _("Discarded. It stays on record.")
    return acted(request, words, _back(request, kind), lambda: services.discard_work(kind, pk, by=actor_of(request)))


@require_POST
@administration(WORK_MANAGE)
def work_retry_reason(request: HttpRequest) -> HttpResponse:
    """Everything that is parked for one reason."""
    kind, key = request.POST.get("kind", ""), request.POST.get("reason", "")
    words = _("All of them are being tried again.")
    return acted(request, words, _back(request, kind), lambda: services.retry_reason(kind, key, by=actor_of(request)))
