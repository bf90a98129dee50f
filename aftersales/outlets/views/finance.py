"""`/finance/settlements/`: what outlets are owed: checked, corrected, agreed and paid by finance."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_POST, require_safe

from aftersales.outlets.forms import AgreeForm, CorrectForm, PayForm
from aftersales.outlets.models import Settlement, SettlementState
from aftersales.outlets.selectors import settlement_counts, settlements
from aftersales.outlets.services import settling
from helpdesk.accounts.permissions import MONEY_PAY
from helpdesk.accounts.views.pages import actor_of, administration, attempt, done
from helpdesk.core.errors import NotFound

HERE = "outlets:finance"
MOST_EXPORTED = 10_000


@require_safe
@administration(MONEY_PAY)
def settlement_list(request: HttpRequest) -> HttpResponse:
    """The settlements of a state, the newest first."""
    show = request.GET.get("show", "")
    show = show if show in SettlementState.values else SettlementState.DUE
    found = settlements(state=show, cursor=request.GET.get("cursor"))
    counts = settlement_counts()
    labels = {
        SettlementState.DUE: pgettext("settlements", "To be checked"),
        SettlementState.DISPUTED: pgettext("settlements", "Disputed"),
        SettlementState.AGREED: pgettext("settlements", "To be paid"),
        SettlementState.PAID: pgettext("settlements", "Paid"),
    }
    tabs = [
        {"label": label, "url": f"?show={name}", "count": counts.get(name, ""), "is_current": name == show}
        for name, label in labels.items()
    ]
    context = {
        "tabs": tabs,
        "rows": found.rows,
        "show": show,
        "next_url": f"?show={show}&cursor={found.next}" if found.next else "",
        "rail_current": "finance",
    }
    return render(request, "outlets/finance.html", context)


@require_safe
@administration(MONEY_PAY)
def export(request: HttpRequest) -> HttpResponse:
    """Settlements of a state (agreed ones, unless `show` names another) as a CSV file, the oldest first; a row for each line."""
    show = request.GET.get("show", "")
    show = show if show in SettlementState.values else SettlementState.AGREED
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(
        ["settlement", "state", "outlet", "payee", "work_order", "claim", "line", "words", "quantity", "unit_price",
         "amount", "total", "currency", "made_at", "reference"]
    )  # fmt: skip
    rows = Settlement.objects.filter(state=show).select_related("outlet__terms", "work_order__claim")
    found = list(rows.prefetch_related("lines").order_by("made_at", "pk")[:MOST_EXPORTED])
    for row in found:
        payee = row.outlet.terms.payee if hasattr(row.outlet, "terms") else ""
        head = [row.number, row.state, row.outlet.name, payee, row.work_order.number, row.work_order.claim.number]
        tail = [row.total, row.currency, row.made_at.isoformat(), row.reference]
        for line in row.lines.all():
            middle = [line.kind, line.words, line.quantity, line.unit_price, line.amount]
            writer.writerow([_plain(value) for value in (*head, *middle, *tail)])
        if not row.lines.all():
            writer.writerow([_plain(value) for value in (*head, "", "", "", "", "", *tail)])
    settling.note_export(show, len(found), by=actor_of(request))
    response = HttpResponse("\ufeff" + out.getvalue(), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="settlements-{show}.csv"'
    return response


def _plain(value: Any) -> str:
    """A cell that no spreadsheet takes for a formula; negative amounts stay numbers."""
    text = str(value if value is not None else "")
    is_formula = text[:1] in {"=", "+", "-", "@", "\t", "\r"} and not text.removeprefix("-").replace(".", "").isdigit()
    return f"'{text}" if is_formula else text


@require_safe
@administration(MONEY_PAY)
def settlement_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One settlement with its lines, and what can be done about it."""
    return _detail(request, _settlement(pk), {})


@require_POST
@administration(MONEY_PAY)
def settlement_act(request: HttpRequest, pk: int, act: str) -> HttpResponse:
    """Corrected, agreed or paid; a refusal stands at its form, with what was typed."""
    row, by = _settlement(pk), actor_of(request)
    if act not in _ACTS:
        raise NotFound
    form_class, words, call = _ACTS[act]
    form = form_class(request.POST, prefix=act)
    if attempt(form, lambda: call(row.pk, by=by, **form.cleaned_data)) is None:
        return _detail(request, _settlement(pk), {act: form})
    return done(request, words(), reverse("outlets:finance_settlement", args=[row.pk]))


_ACTS: dict[str, tuple[type[forms.Form], Callable[[], str], Callable[..., Settlement]]] = {
    "correct": (CorrectForm, lambda: _("Corrected."), settling.correct_settlement),
    "agree": (AgreeForm, lambda: _("Agreed."), settling.agree_settlement),
    "pay": (PayForm, lambda: _("Recorded as paid."), settling.pay_settlement),
}
_POSSIBLE = {
    SettlementState.DUE: ("agree", "correct"),
    SettlementState.DISPUTED: ("correct", "agree"),
    SettlementState.AGREED: ("pay",),
    SettlementState.PAID: (),
}


def _settlement(pk: int) -> Settlement:
    rows = Settlement.objects.select_related("outlet__terms", "work_order__claim")
    row = rows.filter(pk=pk).first()
    if row is None:
        raise NotFound
    return row


def _detail(request: HttpRequest, row: Settlement, sent: dict[str, forms.Form]) -> HttpResponse:
    possible = _POSSIBLE[SettlementState(row.state)]
    acts = {name: sent.get(name) or _ACTS[name][0](prefix=name) for name in (*possible, *sent)}
    context = {
        "row": row,
        "lines": row.lines.order_by("pk"),
        "agree": acts.get("agree"),
        "correct": acts.get("correct"),
        "pay": acts.get("pay"),
        "terms": getattr(row.outlet, "terms", None),
        "rail_current": "finance",
    }
    return render(request, "outlets/finance_settlement.html", context, status=422 if sent else 200)
