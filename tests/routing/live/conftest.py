"""Two web processes and a dispatcher, as the tests of live push have them."""

from tests.channels_app.live.conftest import db, stack

__all__ = ["db", "stack"]
