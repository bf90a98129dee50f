"""What the claim's page shows of visits."""

from __future__ import annotations

from typing import Any

from aftersales.claims.models import Claim

# Kinds of claims for which somebody comes.
VISITED = {"repair", "installation", "delivery_installation"}


def panel_of_claim(*, claim: Claim, **_: Any) -> dict[str, Any] | None:
    """The place where the part is loaded after the page; no query."""
    return {"number": claim.number} if claim.kind in VISITED and claim.decided_at is not None else None
