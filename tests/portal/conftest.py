"""The same house and customers as the portal's sign-in."""

from tests.customers.conftest import house, lin, other  # noqa: F401
from tests.portal.visitor import open_page, visitor  # noqa: F401
