"""What the product refuses, as a small family: a stable code, a sentence for people, an HTTP status, structured data."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _


class Refused(Exception):
    """A service refuses. `code` is stable and part of the API; `message` says what to do, in the reader's language."""

    code = "refused"
    status = 400
    message: Any = _("This cannot be done.")

    def __init__(self, message: Any = None, *, fields: dict[str, Any] | None = None, **data: Any) -> None:
        self.message = message or self.message
        self.fields = fields or {}
        self.data = data
        super().__init__(self.code)

    def __str__(self) -> str:
        return str(self.message)


class Invalid(Refused):
    """Input that cannot be used; `fields` says which and why."""

    code = "invalid"
    message = _("Some fields need your attention.")


class Forbidden(Refused):
    """The person may see the record but not do this to it."""

    code = "forbidden"
    status = 403
    message = _("Your role does not allow this. Ask a supervisor.")


class NotFound(Refused):
    """There is no such record, or the asker may not know that there is."""

    code = "not_found"
    status = 404
    message = _("There is nothing here, or you may not see it.")


class Conflict(Refused):
    """Somebody else changed the record since the asker read it."""

    code = "conflict"
    status = 409
    message = _("Somebody changed this in the meantime. Look at the new values, then save again; your text is kept.")


class TooMany(Refused):
    """A limit per person, address or day is reached; `retry_after` is in seconds."""

    code = "too_many"
    status = 429
    message = _("Too many attempts. Please wait a little and try again.")

    def __init__(self, message: Any = None, *, retry_after: int = 60, **data: Any) -> None:
        super().__init__(message, **data)
        self.retry_after = retry_after


class TooLarge(Refused):
    """More bytes than the setting allows."""

    code = "too_large"
    status = 413
    message = _("This is too large.")


class Permanent(Exception):
    """Work that will never succeed as it is: park it with this reason."""


class NotNeeded(Permanent):
    """Work that has lost its point (nobody is left to be told): it is set aside with this reason, and no one need look."""


class TryAgain(Exception):
    """Work that may succeed later; `after` (seconds) overrides the usual back-off."""

    def __init__(self, reason: str, *, after: float | None = None) -> None:
        super().__init__(reason)
        self.after = after


class Unreachable(TryAgain):
    """The other side cannot be reached, cannot be trusted or does not let us in: the account itself has trouble."""


class InDoubt(TryAgain):
    """The other side went away before it answered: it may have taken the message, so a further try may double it."""
