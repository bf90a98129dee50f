"""A signature on the screen: the picture, who signed, when, and what they signed, held together by hashes."""

from __future__ import annotations

import hashlib
import json
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from aftersales.claims.models import FilePurpose
from aftersales.claims.services.files import attach_files
from aftersales.field.errors import SignedAlready, Torn
from aftersales.field.models import FieldEntry, Signature, VisitPart
from aftersales.field.reading import read_hash, words
from aftersales.visits.models import Visit, VisitResult
from helpdesk.core.actors import Actor
from helpdesk.core.errors import Invalid
from helpdesk.core.pictures import picture_type
from tickets.services.files import NewFile

MOST_BYTES = 512 * 1024


def sign_visit(visit: Visit, entry: FieldEntry, file: NewFile | None, at: datetime, *, by: Actor) -> Signature:
    """Keep the customer's signature for a locked visit; refuses (`SignedAlready`) a second one, and (`Torn`) a picture that
    is not the one that the phone drew."""
    if file is None or not file.data:
        raise Invalid(fields={"signature": _("The signature is missing.")})
    if len(file.data) > MOST_BYTES:
        raise Invalid(fields={"signature": _("The signature is too large.")})
    signer = words(entry.data.get("signer"), 80)
    if not signer:
        raise Invalid(fields={"signer": _("Write who signs.")})
    if Signature.objects.filter(visit=visit).exists():
        raise SignedAlready
    kind = picture_type(file.data, field="signature", name=file.name)
    digest = hashlib.sha256(file.data).hexdigest()
    if (drawn := read_hash(entry.data.get("sha256"))) and drawn != digest:
        raise Torn
    drawing = [NewFile("signature.png", kind, file.data)]
    # beside the photos: whoever may see the claim may see it, and the evidence of a case has it
    attachment = attach_files(visit.claim, drawing, purpose=FilePurpose.WORK, by=by)[0].attachment
    statement = statement_of(visit, entry)
    return Signature.objects.create(
        visit=visit,
        entry=entry,
        attachment=attachment,
        signer=signer,
        sha256=digest,
        statement=statement,
        statement_sha256=proof(visit.pk, signer, at, digest, statement),
        signed_at=at,
        received_at=entry.received_at,
    )


def statement_of(visit: Visit, entry: FieldEntry) -> dict[str, Any]:
    """What stood above the line: the result and the work as the phone showed them, and the parts as they are booked."""
    shown = entry.data.get("statement")
    shown = shown if isinstance(shown, dict) else {}
    result = str(shown.get("result") or "")
    return {
        "claim": visit.claim.number,
        "result": result if result in VisitResult.values else "",
        "work": words(shown.get("work"), 4000),
        "parts": [
            {"sku": part.product.sku, "quantity": part.quantity}
            for part in VisitPart.objects.filter(visit=visit, put_back=None).select_related("product").order_by("pk")
        ],
    }


def proof(visit_id: int, signer: str, at: datetime, picture: str, statement: dict[str, Any]) -> str:
    """SHA-256 over visit, signer, moment (ISO, as stored), the picture's hash and the statement, as sorted compact JSON."""
    bound = {"visit": visit_id, "signer": signer, "at": at.isoformat(), "picture": picture, "statement": statement}
    text = json.dumps(bound, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def is_genuine(signature: Signature) -> bool:
    """Whether picture and statement are still what was signed."""
    with signature.attachment.file.open("rb") as stored:
        digest = hashlib.sha256(stored.read()).hexdigest()
    bound = proof(
        signature.visit_id, signature.signer, signature.signed_at, signature.sha256, dict(signature.statement)
    )
    return digest == signature.sha256 and bound == signature.statement_sha256
