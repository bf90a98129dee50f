"""The same house and customers as the portal's sign-in; for browsers the running product."""

from tests.browser import _stack, chromium, live  # noqa: F401
from tests.customers.conftest import house, lin, other  # noqa: F401
