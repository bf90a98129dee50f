"""What engineers, areas and the like are called on the page of the audit log."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from django.db.models import Model
from django.urls import reverse
from django.utils.translation import gettext as _

from aftersales.visits.models import Engineer, ServiceArea, VisitNeed, VisitWindow
from helpdesk.core.describing import Subject, subject_names


def register() -> None:
    """Give the kernel's registry the names of this room's rows."""
    subject_names.add("engineer", _names(Engineer, "settings_visits_engineer", "staff"))
    subject_names.add("service_area", _names(ServiceArea, "settings_visits_area"))
    subject_names.add("visit_need", _plain(VisitNeed, _need, "settings_visits_need"))
    subject_names.add("visit_window", _plain(VisitWindow, window_words, "settings_visits_windows"))


def window_words(row: VisitWindow) -> str:
    """`09:00–11:00`."""
    return f"{row.starts // 60:02}:{row.starts % 60:02}–{row.ends // 60:02}:{row.ends % 60:02}"


def _need(row: VisitNeed) -> str:
    return " · ".join(part for part in (row.kind, row.category) if part) or _("Any visit")


def _names(model: Any, url: str, *joined: str) -> Callable[[Iterable[int]], Mapping[int, Subject]]:
    def names(ids: Iterable[int]) -> Mapping[int, Subject]:
        rows = model.objects.filter(pk__in=set(ids)).select_related(*joined)
        return {row.pk: Subject(row.label, reverse(url, args=[row.pk])) for row in rows}

    return names


def _plain(model: Any, words: Callable[[Any], str], url: str) -> Callable[[Iterable[int]], Mapping[int, Subject]]:
    def names(ids: Iterable[int]) -> Mapping[int, Subject]:
        rows: Iterable[Model] = model.objects.filter(pk__in=set(ids))
        is_list = url.endswith("windows")
        return {row.pk: Subject(words(row), reverse(url, args=() if is_list else (row.pk,))) for row in rows}

    return names
