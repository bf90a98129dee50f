"""The settings of the tests, with a media folder that the test can see and a proxy that is trusted."""

from helpdesk import env
from tests.settings import *  # noqa: F403

MEDIA_ROOT = env.path("MEDIA_ROOT", MEDIA_ROOT)  # noqa: F405
TRUSTED_PROXIES = env.words("TRUSTED_PROXIES")
