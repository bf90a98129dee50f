"""Cases follow their claim's moves: a further question of the authority is owed an answer of its own."""

from __future__ import annotations

from aftersales.cases.models import CaseFile
from aftersales.cases.terms import deadlines_of, term_of
from aftersales.claims.models import ClaimKind
from aftersales.claims.services.moving import Moving


class Cases:
    """Takes part in the moves of cases."""

    def check(self, moving: Moving) -> None:
        """Nothing to refuse."""

    def apply(self, moving: Moving) -> None:
        """The authority asks again: from now on its term counts anew."""
        if moving.claim.kind != ClaimKind.CASE or moving.move.name != "ask_again":
            return
        case = CaseFile.objects.select_for_update(no_key=True).filter(pk=moving.claim.pk).first()
        if case is None:
            return
        _accept, answer = deadlines_of(term_of(case.authority), moving.now)
        case.asked_at, case.answer_due_at = moving.now, answer
        case.save(update_fields=["asked_at", "answer_due_at"])
        moving.data["answer_due_at"] = answer.isoformat()
