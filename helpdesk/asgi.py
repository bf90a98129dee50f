"""One port: pages through Django's WSGI handler in a small thread pool, ``/ws`` through Channels.

Django's own ASGI handler serves no page: it costs a multiple of the processor time and leaks persistent connections.
"""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "helpdesk.settings")

from django.core.wsgi import get_wsgi_application

wsgi_application = get_wsgi_application()

from channels.auth import AuthMiddlewareStack  # noqa: E402 — needs the apps, which the line above has loaded
from channels.routing import URLRouter  # noqa: E402

from helpdesk.serving.entry import AsgiApplication, Entry  # noqa: E402


def websocket_application() -> AsgiApplication:
    """The consumers of ``channels_app``, behind the check of the origin and the session."""
    from channels_app.consumers.origin import OwnOrigin
    from channels_app.routing import websocket_urlpatterns

    return OwnOrigin(AuthMiddlewareStack(URLRouter(websocket_urlpatterns)))


application = Entry(wsgi_application, websocket_application)
