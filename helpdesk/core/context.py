"""What every page's layout needs: language, theme, density and zone of the person who looks."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import get_language

THEMES = {"light", "dark", "auto"}
# Where the demo says how far its history is: [told, all], or nothing when it is complete.
DEMO_PROGRESS = "demo:progress"
DENSITIES = {"compact", "regular", "roomy"}


def ui(request: HttpRequest) -> dict[str, Any]:
    """`ui.language`, `ui.theme`, `ui.density`, `ui.timezone`; and `is_demo`."""
    user = getattr(request, "user", None)
    signed_in = user is not None and user.is_authenticated
    theme = user.theme if signed_in else request.COOKIES.get("theme", "auto")  # type: ignore[union-attr]
    density = user.density if signed_in else "regular"  # type: ignore[union-attr]
    return {
        "ui": {
            "language": "zh-Hans" if (get_language() or "").startswith("zh") else "en",
            "theme": theme if theme in THEMES else "auto",
            "density": density if density in DENSITIES else "regular",
            "timezone": timezone.get_current_timezone_name(),
            "language_url": "/i18n/setlang/",
            "preferences_url": "/preferences/" if signed_in else "",
            "sign_out_url": "/sign-out/",
        },
        "is_demo": settings.DEMO,
        "demo_progress": cache.get(DEMO_PROGRESS) if settings.DEMO else None,
    }
