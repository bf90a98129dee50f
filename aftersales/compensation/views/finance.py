"""`/finance/`: what is to be paid, what failed, what was paid; what customers owe; invoices to issue."""

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
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from aftersales.claims.models import Claim
from aftersales.compensation.forms import ConfirmForm, FailForm, ReceiptForm, RetryForm, ReverseForm
from aftersales.compensation.models import Payout, PayoutState, Purpose, Receipt
from aftersales.compensation.selectors import counts, find_payouts, invoices_to_issue, owing_claims, payouts_in
from aftersales.compensation.services import paying
from aftersales.compensation.services.exporting import note_export
from aftersales.compensation.services.ordering import setting
from aftersales.compensation.services.payers import is_by_hand
from aftersales.compensation.services.receiving import record_receipt
from helpdesk.accounts.permissions import MONEY_PAY
from helpdesk.accounts.views.pages import actor_of, administration, attempt, done
from helpdesk.core.errors import NotFound

HERE = "finance:list"
SHOWN = (PayoutState.ORDERED, PayoutState.FAILED, PayoutState.PAID, PayoutState.REVERSED)
MOST_EXPORTED = 10_000


@require_safe
@administration(MONEY_PAY)
def payout_list(request: HttpRequest) -> HttpResponse:
    """The tabs of finance; `q` finds payouts by number, claim, order or reference."""
    words, tab = request.GET.get("q", "").strip(), request.GET.get("show", "")
    tab = tab if tab in {*SHOWN, "owing", "invoices"} else PayoutState.ORDERED
    cursor = request.GET.get("cursor")
    context: dict[str, Any] = {"tabs": _tabs("" if words else tab), "q": words, "show": tab, "rail_current": "finance"}
    if words:
        return render(request, "aftersales/money/payouts.html", context | {"rows": find_payouts(words)})
    if tab in {"owing", "invoices"}:
        claims = owing_claims(cursor) if tab == "owing" else invoices_to_issue(cursor)
        context |= {"claims": claims.rows, "next_url": _next(tab, claims.next)}
        return render(request, "aftersales/money/claims.html", context)
    payouts = payouts_in(tab, cursor)
    context |= {"rows": payouts.rows, "next_url": _next(tab, payouts.next)}
    return render(request, "aftersales/money/payouts.html", context)


def _next(tab: str, cursor: str | None) -> str:
    return f"?show={tab}&cursor={cursor}" if cursor else ""


def _tabs(here: str) -> list[dict[str, Any]]:
    found = counts()
    labels = {
        "ordered": pgettext("finance", "To be paid"),
        "failed": pgettext("finance", "Failed"),
        "paid": pgettext("finance", "Paid"),
        "reversed": pgettext("finance", "Reversed"),
        "owing": pgettext("finance", "Owed by customers"),
        "invoices": pgettext("finance", "Invoices to issue"),
    }
    return [
        {
            "label": label,
            "url": f"{reverse(HERE)}?show={name}",
            "count": found.get(name, ""),
            "is_current": name == here,
        }
        for name, label in labels.items()
    ]


@require_safe
@administration(MONEY_PAY)
def export(request: HttpRequest) -> HttpResponse:
    """What is to be paid as a CSV file for the bank's program, the oldest first."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(["payout", "key", "claim", "order", "means", "amount", "unit", "bearer", "payment", "account"])
    rows = Payout.objects.filter(state=PayoutState.ORDERED).select_related("claim__order", "payment")
    found = list(rows.order_by("ordered_at", "pk")[:MOST_EXPORTED])
    for row in found:
        told = row.as_message()
        values = [told[name] for name in ("payout", "idempotency_key", "claim", "order", "means", "amount", "unit")]
        writer.writerow([_plain(value) for value in (*values, told["bearer"], told["payment"], told["account"])])
    note_export(len(found), by=actor_of(request))
    response = HttpResponse("\ufeff" + out.getvalue(), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="payouts.csv"'
    return response


def _plain(value: Any) -> str:
    """A cell that no spreadsheet takes for a formula."""
    text = str(value or "")
    return f"'{text}" if text[:1] in {"=", "+", "-", "@", "\t", "\r"} else text


@require_safe
@administration(MONEY_PAY)
def payout_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One payout, with what can be done about it."""
    return _detail(request, _payout(pk), {})


@require_POST
@administration(MONEY_PAY)
def payout_act(request: HttpRequest, pk: str, act: str) -> HttpResponse:
    """Paid, failed, ordered again or reversed; a refusal stands at its form, with what was typed."""
    payout, by = _payout(int(pk)), actor_of(request)
    form_class, words, call = _ACTS[act]
    form = form_class(request.POST, prefix=act)
    made = attempt(form, lambda: call(payout.pk, by=by, **form.cleaned_data))
    if made is None:
        return _detail(request, _payout(payout.pk), {act: form})
    return done(request, words(), reverse("finance:payout", args=[made.pk]))


_ACTS: dict[str, tuple[type[forms.Form], Callable[[], str], Callable[..., Payout]]] = {
    "confirm": (ConfirmForm, lambda: _("Recorded as paid."), paying.confirm_payout),
    "fail": (FailForm, lambda: _("Recorded as failed."), paying.fail_payout),
    "again": (RetryForm, lambda: _("Ordered again."), paying.retry_payout),
    "reverse": (ReverseForm, lambda: _("Reversed."), paying.reverse_payout),
}
# What can be done about a payout in a state, in the order of the page.
_POSSIBLE = {
    PayoutState.ORDERED: ("confirm", "fail"),
    PayoutState.FAILED: ("again", "confirm"),
    PayoutState.PAID: ("reverse",),
    PayoutState.REVERSED: ("again",),
}


def _payout(pk: int) -> Payout:
    rows = Payout.objects.select_related("claim__order", "customer", "payment", "compensation")
    row = rows.filter(pk=pk).first()
    if row is None:
        raise NotFound
    return row


def _detail(request: HttpRequest, payout: Payout, failed: dict[str, Any]) -> HttpResponse:
    possible = _POSSIBLE[PayoutState(payout.state)]
    if payout.state == PayoutState.REVERSED and payout.purpose == Purpose.COMPENSATION:
        possible = ()
    acts = []
    # what was refused stands there with what was typed, even where the payout is past that step
    for act in dict.fromkeys([*failed, *possible]):
        form = failed.get(act) or _ACTS[act][0](prefix=act)
        acts.append({"name": act, "form": form, "url": reverse("finance:act", args=[payout.pk, act])})
    context = {
        "payout": payout,
        "acts": acts,
        "is_by_hand": is_by_hand(payout, setting()),
        "orders": len(payout.former_keys) + 1,
        "rail_current": "finance",
    }
    return render(request, "aftersales/money/payout.html", context, status=422 if failed else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@administration(MONEY_PAY)
def receipt(request: HttpRequest, claim_id: int) -> HttpResponse:
    """What a customer paid for a claim."""
    claim = Claim.objects.select_related("customer", "order").filter(pk=claim_id).first()
    if claim is None:
        raise NotFound
    initial = {"amount": f"{claim.owed_amount:.2f}"}
    form = ReceiptForm(request.POST if request.method == "POST" else None, initial=initial)
    if request.method == "POST":
        by = actor_of(request)
        made = attempt(form, lambda: record_receipt(claim.pk, by=by, **form.cleaned_data))
        if made is not None:
            return done(request, _("The payment is recorded."), f"{reverse(HERE)}?show=owing")
    context = {
        "claim": claim,
        "form": form,
        "receipts": Receipt.objects.filter(claim=claim).order_by("pk"),
        "rail_current": "finance",
    }
    return render(request, "aftersales/money/receipt.html", context, status=422 if form.errors else 200)
