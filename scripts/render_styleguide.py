"""Write the style guide as plain files, without a server, database or full settings.

    python scripts/render_styleguide.py FOLDER

Makes index, desk and phone pages in English and Chinese, light and dark, beside a copy of `static/`.
Open them through any file server.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

import django  # noqa: E402
from django.conf import settings  # noqa: E402

if not settings.configured:
    settings.configure(
        SECRET_KEY="style guide",
        DEBUG=True,
        USE_I18N=True,
        USE_TZ=True,
        STATIC_URL="/static/",
        INSTALLED_APPS=["django.contrib.staticfiles"],
        LOCALE_PATHS=[ROOT / "locale"],
        LANGUAGES=[("en", "English"), ("zh-hans", "Simplified Chinese")],
        ROOT_URLCONF="scripts.render_styleguide",
        TEMPLATES=[
            {
                "BACKEND": "django.template.backends.django.DjangoTemplates",
                "DIRS": [ROOT / "templates"],
                "OPTIONS": {
                    "builtins": [
                        "helpdesk.core.templatetags.ui",
                        "django.templatetags.i18n",
                        "django.templatetags.static",
                    ]
                },
            }
        ],
    )
    django.setup()

from django.template.loader import render_to_string  # noqa: E402
from django.test import RequestFactory  # noqa: E402
from django.utils import translation  # noqa: E402

from helpdesk.core import styleguide  # noqa: E402

urlpatterns: list[object] = []


def render(template: str, language: str, theme: str, density: str = "regular", **more: object) -> str:
    """One page of the guide as text."""
    with translation.override("zh-hans" if language.startswith("zh") else "en"):
        ui = {"language": language, "theme": theme, "density": density, "timezone": "Asia/Shanghai"}
        return render_to_string(
            template, {"ui": ui, **styleguide.page(language), **more}, request=RequestFactory().get("/styleguide/")
        )


def main() -> None:
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copytree(ROOT / "static", folder / "static", dirs_exist_ok=True)
    for language in ("en", "zh-Hans"):
        for theme in ("light", "dark"):
            name = f"{language[:2]}-{theme}"
            (folder / f"index-{name}.html").write_text(
                render("styleguide/index.html", language, theme), encoding="utf-8"
            )
            (folder / f"desk-{name}.html").write_text(render("styleguide/desk.html", language, theme), encoding="utf-8")
            (folder / f"ticket-{name}.html").write_text(
                render("styleguide/desk.html", language, theme, show="ticket"), encoding="utf-8"
            )
    for density in ("compact", "roomy"):
        (folder / f"desk-{density}.html").write_text(
            render("styleguide/desk.html", "en", "light", density), encoding="utf-8"
        )


if __name__ == "__main__":
    main()
