"""Settings of the processes that browser tests talk to: the tests' own, on the database and files named by the environment."""

from pathlib import Path

from helpdesk import env
from tests.settings import *  # noqa: F403

MEDIA_ROOT = env.path("MEDIA_ROOT", Path("/nonexistent"))
DATABASES["default"]["CONN_MAX_AGE"] = 60  # noqa: F405
ALLOWED_HOSTS = ["127.0.0.1", "localhost"]
CSRF_TRUSTED_ORIGINS = []
