"""Files of claims."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from aftersales.claims.models.choices import FilePurpose
from aftersales.claims.models.claims import Claim, ClaimMove
from tickets.models import Attachment


class ClaimFile(models.Model):
    """A photo or paper of a claim, with the move that brought it (none: the application). The bytes and their hash are the
    attachment's, which is kept for the claim."""

    claim = models.ForeignKey(Claim, on_delete=models.PROTECT, related_name="files")
    move = models.ForeignKey(ClaimMove, on_delete=models.PROTECT, null=True, blank=True, related_name="files")
    purpose = models.CharField(max_length=12, choices=FilePurpose)
    attachment = models.OneToOneField(Attachment, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(purpose__in=FilePurpose.values), name="claim_file_purpose_known")
        ]
        indexes = [models.Index(fields=["claim", "id"], name="claim_files")]
