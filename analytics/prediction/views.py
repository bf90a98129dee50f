"""Pages of predictions: what is likely to be missed, and how good the models are."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from analytics import words as figures_in_words
from analytics.models import PredictionModel, Risk
from analytics.prediction import selectors, services
from analytics.prediction.words import REFUSALS, reasons_of
from helpdesk.accounts.desk import actor_of, desk, staff_of
from helpdesk.accounts.models import Team
from helpdesk.accounts.permissions import ANALYTICS_VIEW
from helpdesk.core.models import Job
from tickets.sla.metrics import metrics

_BOX, _EDGE = 240, 28


@desk(permission=ANALYTICS_VIEW)
@require_GET
def likely(request: HttpRequest) -> HttpResponse:
    """`/dashboards/likely/`: what is likely to be missed, the most likely first."""
    staff = staff_of(request)
    rows, following = selectors.page_of(selectors.likely_for(staff), request.GET.get("after", ""))
    teams = {team.pk: team.label for team in Team.objects.all()}
    predicted = set(PredictionModel.objects.filter(is_active=True).values_list("metric", flat=True))
    context = {
        "rows": [_row(risk, teams) for risk in rows],
        "next_url": f"?after={following}" if following else "",
        "is_first": not request.GET.get("after"),
        "unpredicted": _joined(
            [str(metric.label) for key, metric in metrics.items() if key not in predicted], ", ", "、"
        ),
        "is_predicted": bool(predicted),
        "least": figures_in_words.number(services.LEAST_CLOCKS),
        "can_train": services.may_train(staff),
    }
    return _show(request, "likely", context)


def _row(risk: Risk, teams: dict[int, str]) -> dict[str, Any]:
    return {
        "risk": risk,
        "ticket": risk.ticket,
        "metric": str(metrics.get(risk.metric).label) if risk.metric in metrics else risk.metric,
        "probability": None if risk.probability is None else round(100 * risk.probability),
        "share": round(100 * risk.share),
        "reasons": _joined(reasons_of(risk.reasons, teams), "; ", "；"),
        "team": teams.get(risk.team_id, ""),
    }


def _joined(parts: list[str], english: str, chinese: str) -> str:
    return (chinese if (get_language() or "").startswith("zh") else english).join(parts)


@desk(permission=ANALYTICS_VIEW)
@require_GET
def prediction(request: HttpRequest) -> HttpResponse:
    """`/dashboards/prediction/`: for each metric whether it is predicted, how well, and the versions of one of them."""
    chosen = request.GET.get("metric", "")
    standings = selectors.standings()
    known = [standing.metric for standing in standings]
    if chosen not in known:
        chosen = next((one.metric for one in standings if one.active), known[0])
    current = next(one for one in standings if one.metric == chosen)
    shown = current.active or current.latest
    context = {
        "standings": [_standing(one, chosen) for one in standings],
        "current": current,
        "report": _report(shown) if shown and shown.report else None,
        "versions": [_version(model) for model in selectors.versions_of(chosen)],
        "least": figures_in_words.number(services.LEAST_CLOCKS),
        "is_training": Job.objects.filter(kind=services.TRAIN_JOB, state__in=services.UNFINISHED).exists(),
        "can_train": services.may_train(staff_of(request)),
    }
    return _show(request, "models", context)


def _standing(one: selectors.Standing, chosen: str) -> dict[str, Any]:
    report = one.active.report if one.active else {}
    return {
        "label": one.label,
        "url": f"?metric={one.metric}",
        "is_current": one.metric == chosen,
        "model": one.active,
        "latest": one.latest,
        "why_not": REFUSALS.get(one.latest.refusal, "") if one.latest else _("Nothing was learned yet."),
        "auc": figures_in_words.number(report["auc"], 2) if report else "",
        "brier": figures_in_words.number(report["brier"], 3) if report else "",
        "error": figures_in_words.number(100 * report["calibration_error"], 1) if report else "",
        "clocks": figures_in_words.number(one.latest.closed_clocks) if one.latest else "0",
    }


def _version(model: PredictionModel) -> dict[str, Any]:
    return {
        "model": model,
        "why_not": REFUSALS.get(model.refusal, ""),
        "clocks": figures_in_words.number(model.closed_clocks),
        "auc": figures_in_words.number(model.report["auc"], 2) if model.report else "–",
        "brier": figures_in_words.number(model.report["brier"], 3) if model.report else "–",
    }


def _report(model: PredictionModel) -> dict[str, Any]:
    """The figures of a version and its calibration as points in a box."""
    report = model.report
    side = _BOX - 2 * _EDGE

    def x(share: float) -> float:
        return round(_EDGE + side * share, 1)

    def y(share: float) -> float:
        return round(_BOX - _EDGE - side * share, 1)

    most = max(number for number, _said, _seen in report["bins"])
    points = [
        {"x": x(said), "y": y(seen), "r": round(2.5 + 4 * (number / most) ** 0.5, 1), "number": number,
         "said": figures_in_words.share(100 * said), "seen": figures_in_words.share(100 * seen)}
        for number, said, seen in report["bins"]
    ]  # fmt: skip
    return {
        "model": model,
        "points": points,
        "line": " ".join(f"{point['x']},{point['y']}" for point in points),
        "ticks": [(x(part / 100), y(part / 100), f"{part} %") for part in (0, 50, 100)],
        "auc": figures_in_words.number(report["auc"], 3),
        "brier": figures_in_words.number(report["brier"], 4),
        "brier_usual": figures_in_words.number(report["brier_usual"], 4),
        "error": figures_in_words.number(100 * report["calibration_error"], 1),
        "missed": figures_in_words.share(100 * report["missed"]),
        "numbers": {name: figures_in_words.number(report.get(name, 0)) for name in ("train", "calibrate", "test")},
    }


@desk(permission=ANALYTICS_VIEW)
@require_POST
def train(request: HttpRequest) -> HttpResponse:
    """The button "Learn anew"."""
    number = services.start_training(by=actor_of(request))
    if number:
        words = ngettext("%(n)d metric is learned anew.", "%(n)d metrics are learned anew.", number)
        messages.success(request, words % {"n": number})
    else:
        messages.info(request, _("The models are being learned already."))
    return HttpResponseRedirect(reverse("prediction:models"))


def _show(request: HttpRequest, name: str, context: dict[str, Any]) -> HttpResponse:
    return render(request, f"analytics/prediction/{name}.html", {"rail_current": "sla", **context})
