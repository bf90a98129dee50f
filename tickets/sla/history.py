"""What clocks say in a ticket's history."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from helpdesk.core.models import Event
from tickets.history import SENTENCES, SHOWN, Names, Sentence
from tickets.sla.models import BreachCause
from tickets.sla.words import actions_said, metric_name, rung_said


def _metric(key: Any) -> str:
    return metric_name(str(key))


def _of_metric(words: Any) -> Sentence:
    return lambda event, names: str(words) % {"metric": _metric(event.data.get("metric"))}


def _warned(event: Event, names: Names) -> str:
    share = str(event.data.get("step", "")).removeprefix("warn-")
    return _("%(metric)s: %(share)s %% of the time has passed") % {
        "metric": _metric(event.data.get("metric")),
        "share": share,
    }


def _escalated(event: Event, names: Names) -> str:
    return _("%(metric)s: raised %(moment)s (%(actions)s)") % {
        "metric": _metric(event.data.get("metric")),
        "moment": rung_said(str(event.data.get("step", ""))),
        "actions": actions_said(event.data.get("actions", ())),
    }


def _explained(event: Event, names: Names) -> str:
    cause = event.data.get("cause", ["", ""])[1]
    return _("%(metric)s: missed, because: %(cause)s") % {
        "metric": _metric(event.data.get("metric")),
        "cause": BreachCause(cause).label if cause in BreachCause.values else cause,
    }


def _found(words: Any) -> Sentence:
    return lambda event, names: (
        str(words) % {"metrics": ", ".join(_metric(key) for key in event.data.get("metrics", []))}
    )


def register() -> None:
    """Add the sentences. What went as promised interrupts no conversation."""
    SHOWN.update({"clock.warned", "clock.met"})
    SENTENCES.update(
        {
            "clock.warned": ("clock", "warn", _warned),
            "clock.breached": ("alert", "bad", _of_metric(gettext_lazy("%(metric)s: the time is over"))),
            "clock.escalated": ("alert", "warn", _escalated),
            "clock.breach_explained": ("edit", "", _explained),
            "clock.met": ("check", "", _of_metric(gettext_lazy("%(metric)s: done"))),
            "clock.found_missing": (
                "clock",
                "warn",
                _found(gettext_lazy("Missing clocks were made again: %(metrics)s")),
            ),
            "clock.found_stale": ("clock", "warn", _found(gettext_lazy("Outdated clocks were put right: %(metrics)s"))),
        }
    )
