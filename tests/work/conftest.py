"""Shared with the administration pages: the cast and an administrator's browser."""

from tests.administration.conftest import admin, as_staff, desk, teams

__all__ = ["admin", "as_staff", "desk", "teams"]
