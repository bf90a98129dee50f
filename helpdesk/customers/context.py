"""What the portal's layout needs; nothing on other pages."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.urls import reverse

from helpdesk.core.company import company_name


def portal(request: HttpRequest) -> dict[str, Any]:
    """`company_name` everywhere; `customer` and the address of the sign-in on the portal's pages."""
    context: dict[str, Any] = {"company_name": company_name()}
    if hasattr(request, "customer"):
        context |= {
            "customer": request.customer,
            "sign_in_url": reverse("portal_sign_in"),
        }
    return context
