"""The desk of the what-ifs serves here too."""

from tests.analytics.whatif.conftest import as_staff, desk, policy  # noqa: F401 - fixtures
