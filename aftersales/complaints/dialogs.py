"""A form in the desk's dialog, or as a page of its own where there is no script; shared by the rooms of complaints."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _

from helpdesk.accounts.desk import is_htmx, with_event, with_toast
from helpdesk.core.errors import Conflict, Refused
from helpdesk.core.saving import add_refusal


def show_form(request: HttpRequest, form: forms.Form, **context: Any) -> HttpResponse:
    """`title`, `action` (address), `submit`, `back` (address and label of the page it came from), perhaps `intro`."""
    template = "complaints/_form_dialog.html" if is_htmx(request) else "complaints/form.html"
    status = 422 if form.errors else 200
    return render(request, template, {"form": form, "rail_current": "claims", **context}, status=status)


def saved(request: HttpRequest, back: str, words: Any = "") -> HttpResponse:
    """Close the dialog and let the page look again; or go back to the page."""
    words = words or _("Saved")
    if is_htmx(request):
        response = with_event(HttpResponse(), "dialogClose", True)
        return with_toast(with_event(response, "claim:changed", True), words, kind="success")
    messages.success(request, str(words))
    return HttpResponseRedirect(back)


def refuse(form: forms.Form, refusal: Refused) -> None:
    """Show the refusal; who has read that somebody else changed it may save over that. Nothing typed is lost."""
    if refusal.status in {403, 404}:
        raise refusal
    add_refusal(form, refusal)
    if isinstance(refusal, Conflict) and "row_version" in form.fields:
        form.data = form.data.copy()  # type: ignore[attr-defined]
        form.data["row_version"] = str(refusal.data.get("row_version", ""))  # type: ignore[index]
