"""With a claim's end its review begins."""

from __future__ import annotations

from aftersales.claims.services.moving import Moving
from aftersales.reviews.services.reviewing import begin_within

# Who withdrew has nothing to be reviewed.
_REVIEWED = {"closed", "refused", "expired"}


class Reviews:
    """Takes part in the moves that end a claim."""

    def check(self, moving: Moving) -> None:
        """Nothing to refuse."""

    def apply(self, moving: Moving) -> None:
        """Write the review with what is known now."""
        if moving.move.target in _REVIEWED:
            begin_within(moving.claim, moving.now, moving.by)
