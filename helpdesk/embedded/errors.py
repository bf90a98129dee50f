"""What the embedded engines and the supervisor refuse, in words for the person at the terminal."""


class EmbeddedError(Exception):
    """A failure that the operator can act on: one sentence of what happened and one of what to do."""

    def __init__(self, what: str, hint: str = "") -> None:
        """Keep ``what`` happened and the ``hint`` on what to do; both are shown, on one line."""
        super().__init__(f"{what} {hint}".strip())
        self.what = what
        self.hint = hint
