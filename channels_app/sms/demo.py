"""The demo's telephone: what the console gateway was given, readable on a page of demo mode only."""

from __future__ import annotations

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from channels_app.sms.length import measure
from channels_app.sms.outbound import words
from helpdesk.core.errors import Permanent
from helpdesk.core.models import ChannelKind, Delivery
from helpdesk.core.registries import renderers


@never_cache
@require_GET
def phone(request: HttpRequest) -> HttpResponse:
    """The latest short messages. They are written anew from their rows, so no code ever lies in the clear."""
    if not settings.DEMO:
        raise Http404
    rows = Delivery.objects.filter(account__kind=ChannelKind.SMS, external_id__startswith="console-")
    messages = []
    for delivery in rows.select_related("account").order_by("-pk")[:30]:
        try:
            text = words(renderers.get(delivery.purpose)(delivery))
        except Permanent:
            text = _("(this code was used or is too old)")
        messages.append({"to": delivery.address, "text": text, "at": delivery.sent_at, "length": measure(text)})
    return render(request, "portal/phone.html", {"sms": messages})
