"""Reasons in words: why work could not be done, with a stable code, in the reader's language.

Rows keep what was raised, in English, since it names servers and their answers; people read what a room has written for
it here. What nobody has described is shown as it is.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

# The names of our own errors stand in front of what they say; they tell people nothing.
_OURS = re.compile(r"^(?:Permanent|TryAgain|Unreachable|InDoubt): ")
_UNEXPECTED = re.compile(r"^(?P<error>DoesNotExist|[A-Z][A-Za-z]*(?:Error|Exception|Timeout|Disconnected|Lost))(?::|$)")
_MOST = 200


@dataclass(frozen=True)
class Told:
    """A reason for people: `code` is stable (empty when nobody described it), `words` in the reader's language."""

    code: str
    words: str


@dataclass(frozen=True)
class _Description:
    code: str
    pattern: re.Pattern[str]
    words: Any


_descriptions: list[_Description] = []


def describe_reasons(found: Mapping[str, tuple[str, Any]]) -> None:
    """Register code → (regular expression over the raised text, words). Named groups of the expression fill the words;
    what was registered first wins."""
    for code, (pattern, words) in found.items():
        if any(known.code == code for known in _descriptions):
            raise RuntimeError(f"the reason {code!r} is described twice")
        _descriptions.append(_Description(code, re.compile(pattern, re.IGNORECASE), words))


def tell(raised: str) -> Told:
    """The reason in words; of several lines the first decides."""
    text = _OURS.sub("", raised.strip())
    first = text.partition("\n")[0][:1000]
    unexpected = _UNEXPECTED.match(first)
    if unexpected is not None:
        words = _("An error in the product itself (%(error)s). The details help whoever looks after it.")
        return Told("unexpected", str(words) % {"error": unexpected["error"]})
    for known in _descriptions:
        found = known.pattern.search(first)
        if found is not None:
            values = {name: (value or "").strip()[:_MOST] for name, value in found.groupdict().items()}
            return Told(known.code, str(known.words) % values if values else str(known.words))
    return Told("", text)


describe_reasons(
    {
        "worker_died": (
            r"^The worker died (?P<n>\d+) times",
            _("The worker broke off %(n)s times while it worked on this."),
        )
    }
)
