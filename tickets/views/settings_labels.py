"""Administration of status labels, tags and custom fields."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from helpdesk.accounts.permissions import LABELS_MANAGE
from helpdesk.accounts.views.pages import acted, actor_of, administration, attempt, done, show
from helpdesk.core.errors import NotFound
from helpdesk.core.saving import fingerprint
from tickets.models import CustomField, StatusCategory, StatusLabel, Tag
from tickets.services import labels as services
from tickets.settings_forms import FieldForm, LabelForm, TagForm


def _done_or(request: HttpRequest, url_name: str, words: str, call: Callable[[], Any]) -> HttpResponse:
    return acted(request, words, reverse(url_name), call)


# --- Status labels ---------------------------------------------------------------------------------------------------
@require_safe
@administration(LABELS_MANAGE)
def label_list(request: HttpRequest) -> HttpResponse:
    """Labels by their fixed categories."""
    rows = list(StatusLabel.objects.order_by("position", "pk"))
    groups = [
        {"label": StatusCategory(category).label, "rows": [row for row in rows if row.category == category]}
        for category in StatusCategory.values
    ]
    return show(request, "settings/labels/label_list.html", {"groups": groups})


@require_http_methods(["GET", "HEAD", "POST"])
@administration(LABELS_MANAGE)
def label_create(request: HttpRequest) -> HttpResponse:
    form = LabelForm(request.POST or None)
    if request.method == "POST":
        made = attempt(
            form,
            lambda: services.create_label(
                by=actor_of(request), **{name: form.cleaned_data[name] for name in services.LABEL_FIELDS}
            ),
        )
        if made is not None:
            return done(request, _("Saved."), reverse("settings_labels"))
    return show(request, "settings/labels/label_form.html", {"form": form}, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@administration(LABELS_MANAGE)
def label_edit(request: HttpRequest, pk: int) -> HttpResponse:
    label = StatusLabel.objects.filter(pk=pk).first()
    if label is None:
        raise NotFound
    values = services.values_of(label, services.LABEL_FIELDS)
    form = LabelForm(request.POST or None, initial={**values, "seen": fingerprint(values)})
    del form.fields["category"]
    if request.method == "POST":
        data = form.cleaned_data if form.is_valid() else {}
        saved = attempt(
            form,
            lambda: services.change_label(
                pk, by=actor_of(request), name=data["name"], name_zh=data["name_zh"], seen=data["seen"]
            ),
        )
        if saved is not None:
            return done(request, _("Saved."), reverse("settings_labels"))
    context = {"form": form, "label": label}
    return show(request, "settings/labels/label_form.html", context, status=422 if form.errors else 200)


@require_POST
@administration(LABELS_MANAGE)
def label_default(request: HttpRequest, pk: int) -> HttpResponse:
    return _done_or(
        request, "settings_labels", _("Saved."), lambda: services.make_default_label(pk, by=actor_of(request))
    )


@require_POST
@administration(LABELS_MANAGE)
def label_switch(request: HttpRequest, pk: int) -> HttpResponse:
    on = request.POST.get("on") == "1"
    return _done_or(
        request, "settings_labels", _("Saved."), lambda: services.switch_label(pk, is_active=on, by=actor_of(request))
    )


@require_POST
@administration(LABELS_MANAGE)
def label_move(request: HttpRequest, pk: int) -> HttpResponse:
    up = request.POST.get("to") == "up"
    return _done_or(
        request, "settings_labels", _("Moved."), lambda: services.move_label(pk, up=up, by=actor_of(request))
    )


# --- Tags ------------------------------------------------------------------------------------------------------------
@require_http_methods(["GET", "HEAD", "POST"])
@administration(LABELS_MANAGE)
def tag_list(request: HttpRequest) -> HttpResponse:
    """The offered tags, and a field for one more."""
    form = TagForm(request.POST or None)
    if request.method == "POST":
        made = attempt(form, lambda: services.create_tag(form.cleaned_data["name"], by=actor_of(request)))
        if made is not None:
            return done(request, _("Saved."), reverse("settings_tags"))
    context = {"form": form, "tags": Tag.objects.order_by("-is_active", "name")[:500]}
    return show(request, "settings/labels/tag_list.html", context, status=422 if form.errors else 200)


@require_POST
@administration(LABELS_MANAGE)
def tag_switch(request: HttpRequest, pk: int) -> HttpResponse:
    on = request.POST.get("on") == "1"
    return _done_or(
        request, "settings_tags", _("Saved."), lambda: services.switch_tag(pk, is_active=on, by=actor_of(request))
    )


# --- Custom fields ---------------------------------------------------------------------------------------------------
@require_safe
@administration(LABELS_MANAGE)
def field_list(request: HttpRequest) -> HttpResponse:
    return show(request, "settings/labels/field_list.html", {"fields": list(CustomField.objects.all())})


def _field_data(form: FieldForm) -> dict[str, Any]:
    return {name: value for name, value in form.cleaned_data.items() if name in services.FIELD_FIELDS}


@require_http_methods(["GET", "HEAD", "POST"])
@administration(LABELS_MANAGE)
def field_create(request: HttpRequest) -> HttpResponse:
    form = FieldForm(request.POST or None)
    if request.method == "POST":
        made = attempt(form, lambda: services.create_field(by=actor_of(request), **_field_data(form)))
        if made is not None:
            return done(request, _("Saved."), reverse("settings_fields"))
    return show(request, "settings/labels/field_form.html", {"form": form}, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@administration(LABELS_MANAGE)
def field_edit(request: HttpRequest, pk: int) -> HttpResponse:
    field = CustomField.objects.filter(pk=pk).first()
    if field is None:
        raise NotFound
    values = services.values_of(field, services.FIELD_FIELDS)
    form = FieldForm(request.POST or None, initial={**values, "seen": fingerprint(values)})
    for fixed in ("key", "type"):
        del form.fields[fixed]
    if request.method == "POST":
        saved = attempt(
            form,
            lambda: services.change_field(
                pk, by=actor_of(request), seen=form.cleaned_data["seen"], **_field_data(form)
            ),
        )
        if saved is not None:
            return done(request, _("Saved."), reverse("settings_fields"))
    context = {"form": form, "field_row": field}
    return show(request, "settings/labels/field_form.html", context, status=422 if form.errors else 200)


@require_POST
@administration(LABELS_MANAGE)
def field_switch(request: HttpRequest, pk: int) -> HttpResponse:
    on = request.POST.get("on") == "1"
    return _done_or(
        request, "settings_fields", _("Saved."), lambda: services.switch_field(pk, is_active=on, by=actor_of(request))
    )


@require_POST
@administration(LABELS_MANAGE)
def field_move(request: HttpRequest, pk: int) -> HttpResponse:
    up = request.POST.get("to") == "up"
    return _done_or(
        request, "settings_fields", _("Moved."), lambda: services.move_field(pk, up=up, by=actor_of(request))
    )
