"""Templates as they are written are set out for people; pages need not carry the indentation."""

from __future__ import annotations

import re

from django.template import Origin
from django.template.loaders import filesystem

_INDENTATION = re.compile(r"\n[ \t]+")


class Loader(filesystem.Loader):
    """Django's loader, without the blanks at the beginning of the lines of HTML templates. Line ends stay, so that lines keep
    their numbers and words stay apart. What must keep its blanks (`pre`, `textarea`) holds variables only."""

    def get_contents(self, origin: Origin) -> str:
        """The template's source."""
        contents: str = super().get_contents(origin)
        return _INDENTATION.sub("\n", contents) if str(origin.name).endswith(".html") else contents
