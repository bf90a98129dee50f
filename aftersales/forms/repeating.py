"""Forms that come back to somebody who was slower."""

from __future__ import annotations

from typing import Any, cast

from django import forms
from django.http import QueryDict


def let_through(form: forms.BaseForm, field: str, version: Any) -> None:
    """Whoever has been told that somebody else saved meanwhile may save over it: the form carries the version that they were
    told of."""
    data = cast(QueryDict, form.data).copy()
    data[field] = str(version)
    form.data = data
