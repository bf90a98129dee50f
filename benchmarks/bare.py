"""The bare page: a signed-in session, two templates, a form, and 50 rows of six values from one query."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path

from tickets.models import Ticket


@login_required
def page(request: HttpRequest) -> HttpResponse:
    """What a first Django page of a list looks like."""
    rows = Ticket.objects.order_by("-pk").values(
        "pk", "subject", "preview", "priority", "status_category", "updated_at"
    )
    return render(request, "bare_list.html", {"rows": rows[:50]})


urlpatterns = [path("bare/", page, name="bare")]
