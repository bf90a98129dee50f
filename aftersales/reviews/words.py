"""The figures behind a hint as a sentence."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from aftersales.reviews.models import AbuseSignal, SignalKind


def facts_said(signal: AbuseSignal) -> str:
    """What stood out, in the reader's language."""
    facts = signal.facts
    if signal.kind == SignalKind.MOST_REFUNDED:
        return _("%(percent)d %% of what this customer bought in a year on %(orders)d orders was refunded.") % {
            "percent": facts.get("percent", 0),
            "orders": facts.get("orders", 0),
        }
    if signal.kind in {SignalKind.SERIAL_ELSEWHERE, SignalKind.SERIAL_AGAIN}:
        return _("Serial numbers: %(serials)s") % {"serials": ", ".join(map(str, facts.get("serials", [])))}
    if signal.kind == SignalKind.WRONG_GOODS:
        return ngettext(
            "%(n)d line was not what had been claimed.", "%(n)d lines were not what had been claimed.", facts["lines"]
        ) % {"n": facts["lines"]}
    return ngettext("%(n)d claim in half a year.", "%(n)d claims in half a year.", facts.get("claims", 0)) % {
        "n": facts.get("claims", 0)
    }
