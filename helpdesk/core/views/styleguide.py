"""The style guide: every component with sample content, for people who build pages. Shown in demo and debug mode only."""

from __future__ import annotations

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language

from helpdesk.core import styleguide

PAGES = {"": "styleguide/index.html", "desk": "styleguide/desk.html"}


def show(request: HttpRequest, page: str = "") -> HttpResponse:
    """`/styleguide/` shows the components, `/styleguide/desk/` a desk made of them."""
    if page not in PAGES or not (settings.DEMO or settings.DEBUG):
        raise Http404
    return render(request, PAGES[page], styleguide.page(get_language() or "en"))
