"""Pages of the mail channel for the staff: a mail as it was sent, its source, and pictures from elsewhere."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from channels_app import masking
from channels_app.email.image_proxy import NotFetched, fetch, is_signed
from channels_app.email.showing import protect, safe_page
from channels_app.services.work import read_mail_source
from helpdesk.accounts.desk import actor_of, desk, staff_of
from helpdesk.accounts.permissions import CUSTOMER_UNMASK, VIEW_TEAM
from helpdesk.core.errors import NotFound
from helpdesk.customers.identities import mask_text
from tickets.models import Attachment, Message
from tickets.selectors.ticket_page import visible_id

_NOTHING = "default-src 'none'; frame-ancestors 'self'; sandbox"


def _message(request: HttpRequest, number: str, message_id: int) -> Message:
    """A message of a ticket that the person may see; `NotFound` says nothing about what else there is."""
    ticket_id = visible_id(staff_of(request), number)
    message = Message.objects.filter(pk=int(message_id), ticket_id=ticket_id).first()
    if message is None:
        raise NotFound
    return message


@desk(permission=VIEW_TEAM)
@require_GET
def mail_html(request: HttpRequest, number: str, message_id: int) -> HttpResponse:
    """The message's HTML, made safe, with its own inline pictures; others only when asked for."""
    message = _message(request, number, message_id)
    if not message.html:
        raise NotFound
    files = Attachment.objects.filter(message=message).exclude(content_id="").exclude(file="")
    cid_urls = {file.content_id: f"/tickets/HD-{message.ticket_id}/files/{file.pk}/?show=1" for file in files}
    return safe_page(
        message.html,
        cid_urls=cid_urls,
        with_pictures=request.GET.get("pictures") == "1",
        pictures_url=f"{request.path}?pictures=1",
    )


@desk(permission=VIEW_TEAM)
@require_GET
def mail_source(request: HttpRequest, number: str, message_id: int) -> HttpResponse:
    """The raw mail as text; with `?download=1` as a file. After the retention time only a sentence is left. Who may not see
    customers' addresses reads its first 64 KB with the addresses masked, and gets no file. Who read it is recorded."""
    message = _message(request, number, message_id)
    unmasked = staff_of(request).can(CUSTOMER_UNMASK)
    as_file = unmasked and request.GET.get("download") == "1"
    raw = read_mail_source(message, by=actor_of(request), whole=as_file)
    text = _("The source was dropped after the retention time.").encode() if raw is None else raw
    if not unmasked:
        masked = mask_text(masking.as_text(text)[0]).encode()
        return protect(HttpResponse(masked, content_type="text/plain; charset=utf-8"), _NOTHING)
    if as_file and raw is not None:
        response = HttpResponse(text, content_type="application/octet-stream")
        response["Content-Disposition"] = f'attachment; filename="HD-{message.ticket_id}-{message.pk}.eml"'
    else:
        response = HttpResponse(text, content_type="text/plain; charset=utf-8")
    return protect(response, _NOTHING)


@desk(permission=VIEW_TEAM)
@require_GET
def picture(request: HttpRequest) -> HttpResponse:
    """A picture from elsewhere, fetched by us; only addresses that we put into a page ourselves are fetched."""
    url = request.GET.get("u", "")[:4000]
    if not url or not is_signed(url, request.GET.get("s", "")):
        raise NotFound
    try:
        found = fetch(url)
    except NotFetched:
        raise NotFound from None
    response = protect(HttpResponse(found.data, content_type=found.content_type), _NOTHING)
    response["Cache-Control"] = "private, max-age=86400"
    return response
