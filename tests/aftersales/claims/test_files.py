"""Photos and papers of claims."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import pytest
from django.utils import timezone
from PIL import Image

from aftersales.claims.models import ClaimFile, FilePurpose
from aftersales.claims.services.opening import ClaimDraft, LineDraft, open_claim
from helpdesk.core.actors import Actor
from helpdesk.core.errors import Invalid
from tests.aftersales.factories import make_order
from tests.factories import make_ticket
from tickets.models import Attachment
from tickets.services.files import UPLOADS_LIVE, NewFile, sweep_uploads

pytestmark = pytest.mark.django_db


def picture(kind: str = "PNG") -> bytes:
    out = BytesIO()
    Image.new("RGB", (8, 8), "red").save(out, kind)
    return out.getvalue()


def apply_with(files: list[NewFile], **details: Any) -> Any:
    ticket = make_ticket()
    line = make_order(ticket.customer)
    draft = ClaimDraft("return", order_id=line.order_id, lines=[LineDraft(line.pk)], files=files, details=details)
    return open_claim(ticket.pk, draft, by=Actor.of_customer(ticket.customer))


def test_photos_of_an_application_are_kept_with_the_type_that_their_bytes_prove() -> None:
    claim = apply_with([NewFile("front.txt", "text/plain", picture("JPEG")), NewFile("back.png", "", picture())])
    kept = ClaimFile.objects.filter(claim=claim).select_related("attachment").order_by("pk")
    assert [(row.purpose, row.attachment.content_type) for row in kept] == [
        (FilePurpose.APPLICATION, "image/jpeg"),
        (FilePurpose.APPLICATION, "image/png"),
    ]
    assert claim.details["has_photos"] is True


@pytest.mark.parametrize(
    "data",
    [b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"MZ\x90\x00", picture()[:40], b"%PDF-1.7"],
    ids=["drawing", "program", "cut off", "paper"],
)
def test_a_photo_that_is_none_is_refused_by_its_name_and_nothing_is_opened(data: bytes) -> None:
    with pytest.raises(Invalid) as refusal:
        apply_with([NewFile("broken.png", "image/png", data)])
    assert "broken.png" in refusal.value.fields["files"]
    assert not ClaimFile.objects.exists()
    assert not Attachment.objects.filter(is_kept=True).exists()


def test_a_picture_with_a_huge_canvas_is_refused_without_being_drawn() -> None:
    small = picture()
    # the width and height of a PNG stand at bytes 16 to 24
    huge = small[:16] + (100_000).to_bytes(4, "big") * 2 + small[24:]
    with pytest.raises(Invalid):
        apply_with([NewFile("wall.png", "image/png", huge)])


def test_the_sweep_of_uploads_leaves_what_a_claim_keeps() -> None:
    claim = apply_with([NewFile("front.png", "image/png", picture())])
    Attachment.objects.update(created_at=timezone.now() - 2 * UPLOADS_LIVE)
    assert sweep_uploads() == 0
    assert claim.files.count() == 1
