"""Administration of the trained model: how good it is, which version counts, how sure it must be."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from helpdesk.accounts.permissions import RECOGNITION_MANAGE
from helpdesk.accounts.views.pages import acted, actor_of, administration, attempt, done, is_htmx, show
from tickets.models import Kind, Tone
from tickets.routing.recognition.forms import SettingForm
from tickets.routing.recognition.models import KindLabel, RecognitionSetting, TrainedModel
from tickets.routing.recognition.services import models as services

_SETTINGS = ("threshold", "tone_threshold", "trains_weekly", "activates_itself")


@require_http_methods(["GET", "HEAD", "POST"])
@administration(RECOGNITION_MANAGE)
def model_page(request: HttpRequest) -> HttpResponse:
    """The version in use with its figures, the thresholds and what they mean, and all versions."""
    setting = RecognitionSetting.objects.select_related("active").filter(pk=1).first() or RecognitionSetting()
    form = SettingForm(request.POST or None, initial={name: getattr(setting, name) for name in _SETTINGS})
    if request.method == "POST":
        saved = attempt(
            form,
            lambda: services.change_setting(
                by=actor_of(request), **{name: form.cleaned_data[name] for name in _SETTINGS}
            ),
        )
        if saved is not None:
            return done(request, _("Saved."), reverse("settings_recognition_model"))
    context = {
        "form": form,
        "setting": setting,
        "active": setting.active,
        "heads": heads_of(setting),
        "versions": list(TrainedModel.objects.defer("weights", "metrics")[: services.MODELS_KEPT]),
        "labels": KindLabel.objects.count(),
        **_training(),
    }
    return show(request, "recognition/settings/model.html", context, status=422 if form.errors else 200)


def heads_of(setting: RecognitionSetting) -> list[dict[str, Any]]:
    """The figures of each head as the page shows them."""
    metrics = setting.active.metrics if setting.active else {}
    found = []
    for head, title, names, threshold in (
        ("kind", _("Kind"), dict(Kind.choices), setting.threshold),
        ("tone", _("Tone"), dict(Tone.choices), setting.tone_threshold),
    ):
        figures = metrics.get(head)
        if figures:
            found.append({"name": head, "title": title, **_head(figures, names, float(threshold))})
    return found


def _head(figures: dict[str, Any], names: dict[str, Any], threshold: float) -> dict[str, Any]:
    classes = [
        {**known, "f1": round(known["f1"], 2), "label": names.get(known["name"], known["name"])}
        for known in figures["classes"]
    ]
    rows: list[dict[str, Any]] = []
    for known, counts in zip(classes, figures["confusion"], strict=True):
        total = sum(counts) or 1
        cells = [
            {"count": count, "shade": min(9, round(9 * count / total)), "is_right": nth == len(rows)}
            for nth, count in enumerate(counts)
        ]
        rows.append({**known, "cells": cells})
    return {
        "texts": figures["texts"],
        "accuracy": round(figures["accuracy"] * 100, 1),
        "macro_f1": round(figures["macro_f1"], 3),
        "classes": classes,
        "rows": rows,
        "curve": _curve(figures["curve"], threshold),
        "calibration": round(figures.get("calibration_error", 0) * 100, 1),
    }


def _curve(points: list[dict[str, float]], threshold: float) -> list[dict[str, Any]]:
    """Each threshold with its share of texts and how many of those are right; the current one is marked."""
    nearest = min(points, key=lambda point: abs(point["threshold"] - threshold))
    shown = [point for nth, point in enumerate(points) if nth % 2 == 0 or point is nearest]
    return [
        {
            "threshold": f"{point['threshold']:.2f}",
            "coverage": round(point["coverage"] * 100),
            "accuracy": round(point["accuracy"] * 100),
            "is_current": point is nearest,
        }
        for point in shown
    ]


def _training() -> dict[str, Any]:
    job = services.training_job()
    return {"training": job, "progress": services.progress() if job else 0}


@require_safe
@administration(RECOGNITION_MANAGE)
def training(request: HttpRequest) -> HttpResponse:
    """How far the training is, asked every two seconds; when it is done the page is loaded anew."""
    if not is_htmx(request):
        return model_page(request)
    found = _training()
    response = show(request, "recognition/settings/_training.html", found)
    if found["training"] is None:
        response["HX-Refresh"] = "true"
    return response


@require_POST
@administration(RECOGNITION_MANAGE)
def train(request: HttpRequest) -> HttpResponse:
    return acted(
        request,
        _("The training has begun."),
        reverse("settings_recognition_model"),
        lambda: services.start_training(by=actor_of(request)),
    )


@require_POST
@administration(RECOGNITION_MANAGE)
def activate(request: HttpRequest, number: int) -> HttpResponse:
    return acted(
        request,
        _("This version is in use now."),
        reverse("settings_recognition_model"),
        lambda: services.activate_model(number, by=actor_of(request)),
    )
