"""Settings of a web process that dies after it has committed a deed of a phone, before it answers."""

from tests.live_settings import *  # noqa: F403

MIDDLEWARE = ["tests.aftersales.field.dying.DieAfterCommit", *MIDDLEWARE]  # noqa: F405
