"""Asking how it was: after each closed claim and each finished visit, in the one record of satisfaction."""

from __future__ import annotations

from aftersales.claims.models import ClaimKind
from aftersales.claims.services.moving import Moving
from aftersales.visits.models import Visit, VisitState
from tickets.models import SatisfactionAbout
from tickets.services.surveys import ask_about_by_mail


class AsksSatisfaction:
    """Takes part in the moves that close a claim or finish a visit. A case of a regulator asks nobody."""

    def check(self, moving: Moving) -> None:
        """Nothing stands against being asked."""

    def apply(self, moving: Moving) -> None:
        """Ask once for each record; the portal shows the question, and a mail goes out where customers are asked at all."""
        claim, change = moving.claim, moving.change
        if claim.kind == ClaimKind.CASE:
            return
        if moving.move.name == "finish_visit":
            done = Visit.objects.filter(claim=claim, state=VisitState.FINISHED).order_by("-finished_at", "-pk").first()
            if done is not None:
                ask_about_by_mail(change, SatisfactionAbout.VISIT, done.pk, number=claim.number)
        if moving.move.target == "closed":
            ask_about_by_mail(change, SatisfactionAbout.CLAIM, claim.pk, number=claim.number)
