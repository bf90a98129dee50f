"""`manage.py run_dispatcher`: number the event log and feed its consumers until stopped."""

import signal
import threading
from typing import Any

from django.core.management.base import BaseCommand

from helpdesk.core.dispatcher import run_forever


class Command(BaseCommand):
    help = "Number committed events and feed live push, notifications and other consumers."

    def handle(self, *args: Any, **options: Any) -> None:
        stop = threading.Event()
        for sign in (signal.SIGTERM, signal.SIGINT):
            signal.signal(sign, lambda *_: stop.set())
        run_forever(stop)
