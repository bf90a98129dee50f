"""The page, its manifest and its service worker."""

from __future__ import annotations

import json

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.templatetags.static import static
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from aftersales.field.offline import addresses, version, worker_script
from aftersales.visits.models import VisitResult
from helpdesk.accounts.desk import desk
from helpdesk.accounts.permissions import SERVICE_DO


@desk(permission=SERVICE_DO)
@require_GET
def show_app(request: HttpRequest) -> HttpResponse:
    """`/field/`: the same page for everybody; whose day it is comes with the data, since the page is kept on the phone."""
    return render(request, "field/app.html", {"texts": script_texts(), "results": VisitResult.choices})


@never_cache
@require_GET
def show_worker(request: HttpRequest) -> HttpResponse:
    """`/field/worker.js`: the service worker of `/field/` and nothing else."""
    kept = {"version": version(), "page": reverse("field:app"), "files": addresses()}
    text = f"const KEPT = {json.dumps(kept)};\n{worker_script()}"
    return HttpResponse(text, content_type="text/javascript; charset=utf-8")


@require_GET
def show_manifest(request: HttpRequest) -> HttpResponse:
    """`/field/app.webmanifest`: lets a phone install the page."""
    page = reverse("field:app")
    body = {
        "id": page,
        "name": _("My visits"),
        "short_name": _("My visits"),
        "start_url": page,
        "scope": page,
        "display": "standalone",
        "background_color": "#f3f2ef",
        "theme_color": "#f3f2ef",
        "icons": [{"src": static("icons/favicon.svg"), "sizes": "any", "type": "image/svg+xml", "purpose": "any"}],
    }
    return JsonResponse(body, content_type="application/manifest+json")


def script_texts() -> dict[str, str]:
    """The words that the page's scripts put together; `{n}` and other braces are theirs to fill."""
    return {
        "sent": _("Everything is sent"),
        "sending": _("Sending…"),
        "waiting": _("{n} not sent yet"),
        "offline": _("No network. {n} kept on this phone"),
        "offline_none": _("No network. You can go on working"),
        "refused": _("{n} not accepted"),
        "signed_out": _("You are signed out. What you did is kept; sign in to send it."),
        "somebody_else": _("{n} entries of another person wait on this phone until they sign in."),
        "gone": _("This visit is somebody else's now. Tell the office what you did there."),
        "today": _("Today"),
        "tomorrow": _("Tomorrow"),
        "earlier": _("Still open from before"),
        "state.booked": _("To do"),
        "state.checked_in": _("On site"),
        "state.finished": _("Finished"),
        "state.asked": _("To be arranged"),
        "state.cancelled": _("Cancelled"),
        "not_sent": _("kept on this phone"),
        "free": _("Sold with service on site: nothing may be charged."),
        "owed": _("The customer still has to pay {amount} {currency}."),
        "quoted": _("A quote of {amount} {currency} waits for the customer's answer."),
        "signed": _("Signed by {name}, {time}"),
        "photos": _("{n} photos"),
        "photo_one": _("1 photo"),
        "checked_in": _("On site since {time}"),
        "finished": _("Finished {time}"),
        "part_missing": _("Choose one of the parts."),
        "part_more": _("There are {n} of this part on the shelf."),
        "result_missing": _("Choose what came of the visit."),
        "sign_missing": _("Let the customer sign, or say why they did not."),
        "signer_missing": _("Write who signs."),
        "quote_missing": _("Give each line words and an amount such as 129.90."),
        "photo_bad": _("This file is no photo."),
        "kept": _("Kept"),
        "put_back": _("Put back"),
        "unsaved": _("This phone cannot keep anything: its storage is full or switched off. Write it down on paper."),
        "kind.check_in": _("Checked in"),
        "kind.part": _("Part used"),
        "kind.part_back": _("Part put back"),
        "kind.photo": _("Photo"),
        "kind.quote": _("Quote"),
        "kind.sign": _("Signature"),
        "kind.finish": _("Finished"),
        "kind.other_time": _("Another time asked for"),
        "leave_sure": _("{n} entries are not sent yet. They wait on this phone until you sign in again. Sign out?"),
        "discard_sure": _("Discard this for good? It was not accepted and will not be sent."),
    }
