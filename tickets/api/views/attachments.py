"""Files: upload one for a message that is still to be written, read its facts, fetch its bytes."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from django.conf import settings
from django.core.files.storage import default_storage
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.utils.translation import gettext_lazy as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from helpdesk.accounts.api.authentication import actor_of, owner_of
from helpdesk.accounts.permissions import NOTE
from helpdesk.core.api.schema import operation
from helpdesk.core.errors import NotFound, TooLarge
from helpdesk.serving import INTERNAL_FILE_HEADER, internal_file
from tickets.access import require
from tickets.api import output
from tickets.api.examples import FILE
from tickets.api.serializers import AttachmentSerializer, UploadSerializer
from tickets.api.views.base import TicketView, read
from tickets.models import Attachment, Ticket
from tickets.services.files import NewFile, upload


class Attachments(TicketView):
    """`/attachments/`."""

    parser_classes = (MultiPartParser,)

    @operation(
        "Upload a file",
        request={"multipart/form-data": UploadSerializer},
        answer=AttachmentSerializer,
        status=201,
        scope="tickets:write",
        description="Name its id in `attachments` of a message within two days; only this key can.",
        is_write=True,
        returns=FILE,
    )
    def post(self, request: Request) -> Response:
        """Keep the file until its message is written."""
        by = actor_of(request)
        require(by, NOTE)
        file = read(UploadSerializer, request)["file"]
        if file.size > settings.ATTACHMENT_MAX_BYTES:
            raise TooLarge(_("This file is larger than %(mb)s MB.") % {"mb": settings.ATTACHMENT_MAX_BYTES // 1024**2})
        kept = upload(NewFile(file.name, _plain_type(file.content_type), file.read()), by=by)
        return Response(_facts(kept), status=201)


def _plain_type(given: str | None) -> str:
    """The declared type when it is one; files are always served as attachments that nothing sniffs."""
    kind = (given or "").partition(";")[0].strip().lower()
    return kind if kind.count("/") == 1 and kind.isascii() and kind.isprintable() else "application/octet-stream"


def _facts(row: Attachment) -> dict[str, Any]:
    return output.attachment({name: getattr(row, name) for name in FILE if name != "url"})


class OneAttachment(TicketView):
    """`/attachments/{id}/`."""

    @operation("Read a file's facts", answer=AttachmentSerializer, scope="tickets:read", errors=[404], returns=FILE)
    def get(self, request: Request, attachment: int) -> Response:
        """Name, type and size."""
        return Response(_facts(_visible(request, attachment)))


class AttachmentContent(TicketView):
    """`/attachments/{id}/content/`."""

    @operation(
        "Fetch a file's bytes",
        status=200,
        media_type="application/octet-stream",
        answer=OpenApiResponse(OpenApiTypes.BINARY, description="The bytes."),
        scope="tickets:read",
        errors=[404],
    )
    def get(self, request: Request, attachment: int) -> HttpResponseBase:
        """The rights are checked here; the server's entry streams the file outside the page threads."""
        row = _visible(request, attachment)
        name = row.file.name or ""
        if not name or not default_storage.exists(name):
            raise NotFound
        response = HttpResponse(content_type=row.content_type)
        response["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(row.name)}"
        response["X-Content-Type-Options"] = "nosniff"
        response["Cache-Control"] = "private, no-store"
        response[INTERNAL_FILE_HEADER] = internal_file(name)
        return response


def _visible(request: Request, pk: int) -> Attachment:
    """The file of a message on a visible ticket, or the key's own upload."""
    row = Attachment.objects.select_related("message").filter(pk=pk).first()
    if row is None:
        raise NotFound
    if row.message is None:
        by = actor_of(request)
        if (row.uploaded_by_kind, row.uploaded_by_id) != (by.kind, by.id):
            raise NotFound
    elif not Ticket.objects.visible_to(owner_of(request)).filter(pk=row.message.ticket_id).exists():
        raise NotFound
    return row
