"""Photos and papers of claims: checked before they are stored, kept as long as the claim."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from django.utils.translation import gettext as _

from aftersales.claims.models import Claim, ClaimFile, ClaimMove, FilePurpose
from helpdesk.core.actors import Actor
from helpdesk.core.errors import Invalid
from helpdesk.core.pictures import picture_type
from helpdesk.core.uploads import MAX_FILES
from tickets.services.files import NewFile, clean_name, keep_for_record

# What the files of a move are for; a move that is not listed here brings proofs of work.
PURPOSE_OF_MOVE = {
    "inspect": FilePurpose.INSPECTION,
    "issue": FilePurpose.INVOICE,
    "answer": FilePurpose.EVIDENCE,
}
# Purposes whose files have to be pictures.
PICTURES = {FilePurpose.APPLICATION, FilePurpose.INSPECTION}


def photos(files: Iterable[NewFile], *, field: str = "files") -> list[NewFile]:
    """The files with the media type that their bytes prove; `Invalid` names the one that is no picture."""
    kept = few(files, field=field)
    return [
        replace(file, content_type=picture_type(file.data, field=field, name=clean_name(file.name))) for file in kept
    ]


def few(files: Iterable[NewFile], *, field: str = "files") -> list[NewFile]:
    """The files as a list, empty ones left out; `Invalid` when there are too many."""
    kept = [file for file in files if file.data]
    if len(kept) > MAX_FILES:
        raise Invalid(fields={field: _("Send at most %(most)d files.") % {"most": MAX_FILES}})
    return kept


def attach_files(
    claim: Claim, files: Sequence[NewFile], *, purpose: FilePurpose, by: Actor, move: ClaimMove | None = None
) -> list[ClaimFile]:
    """Store files for a claim that the caller has locked; they were checked before (`photos`, `few`)."""
    return ClaimFile.objects.bulk_create(
        ClaimFile(claim=claim, move=move, purpose=purpose, attachment=keep_for_record(file, by=by)) for file in files
    )
