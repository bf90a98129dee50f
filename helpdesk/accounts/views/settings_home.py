"""The start of the administration: what this person may open, in groups."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from helpdesk.accounts.views.pages import administration, show


@require_safe
@administration()
def settings_home(request: HttpRequest) -> HttpResponse:
    """Cards of the sections; the layout draws the same list as a column."""
    return show(request, "settings/home.html")
