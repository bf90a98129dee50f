"""What all rooms share: the browser and the running product. They are made once, when the first test asks for them."""

from __future__ import annotations

import pytest

from tests.browser import _stack, chromium, live, sign_in  # noqa: F401
from tests.plugins import template
from tests.plugins.cores import in_order


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests in the browser come last, in whichever process."""
    in_order(items)


@pytest.fixture(scope="session")
def django_db_modify_db_settings() -> None:
    """Each process of a run has a server of its own: the name of its database needs no ending."""


@pytest.fixture(scope="session")
def django_db_keepdb(django_db_modify_db_settings: None) -> bool:
    """True: the tests' database begins as a copy of a migrated one. False: it is created and migrated now."""
    from django.db import connection

    if not template.has_schema():
        return False
    template.new_database(connection.creation._get_test_db_name())
    return True
