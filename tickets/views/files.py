"""Files of a conversation: the view checks the right, the server's entry streams the bytes outside the page threads."""

from __future__ import annotations

from urllib.parse import quote

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_GET

from helpdesk.accounts.desk import desk, staff_of
from helpdesk.accounts.permissions import VIEW_TEAM
from helpdesk.core.errors import NotFound
from helpdesk.customers.sessions import customer_of
from helpdesk.serving import INTERNAL_FILE_HEADER, internal_file
from tickets.models import Attachment
from tickets.selectors.conversation import IMAGES
from tickets.selectors.for_customer import may_read_file
from tickets.selectors.ticket_page import visible_id


@desk(permission=VIEW_TEAM)
@require_GET
def attachment(request: HttpRequest, number: str, file_id: int) -> HttpResponse:
    """One file of a ticket that the person may see, or of their own that is not sent yet."""
    staff = staff_of(request)
    ticket_id = visible_id(staff, number)
    file = Attachment.objects.select_related("message").filter(pk=int(file_id)).first()
    own = (
        file is not None
        and file.message_id is None
        and (file.uploaded_by_kind, file.uploaded_by_id) == ("staff", staff.pk)
    )
    if file is None or not (own or (file.message is not None and file.message.ticket_id == ticket_id)):
        raise NotFound
    return file_response(file, show=request.GET.get("show") == "1")


@require_GET
def customer_file(request: HttpRequest, file_id: int, name: str) -> HttpResponse:
    """One file of a public message on a request of the customer who is signed in to the portal."""
    customer = customer_of(request)
    file = Attachment.objects.filter(pk=file_id, warning="").first() if customer is not None else None
    if file is None or customer is None or not may_read_file(customer, file):
        raise Http404
    return file_response(file, show=request.GET.get("show") == "1" or file.is_inline)


def file_response(file: Attachment, *, show: bool) -> HttpResponse:
    """The headers of a file's answer. Only pictures that browsers draw safely are shown; all else is saved, never run."""
    if not file.file.name:
        # it was too large, or the disk was full when it came: only the mail's source has it
        raise NotFound
    inline = show and file.content_type in IMAGES
    response = HttpResponse(content_type=file.content_type if inline else "application/octet-stream")
    kind = "inline" if inline else "attachment"
    response["Content-Disposition"] = f"{kind}; filename*=UTF-8''{quote(file.name)}"
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response["Cache-Control"] = "private, max-age=3600"
    response[INTERNAL_FILE_HEADER] = internal_file(file.file.name)
    return response
