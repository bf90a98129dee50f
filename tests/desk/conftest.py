"""The desk in a real browser."""

from tests.browser import _stack, chromium, live, sign_in  # noqa: F401
