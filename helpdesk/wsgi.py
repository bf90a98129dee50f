"""Django's WSGI handler, for ``manage.py runserver`` and profilers.

The product is served by ``helpdesk.asgi``: it spools bodies, streams attachments and answers sockets.
"""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "helpdesk.settings")

application = get_wsgi_application()
