"""`manage.py run_mail_listener`: the SMTP door in a process of its own, one event loop."""

from __future__ import annotations

import asyncio
import logging
import signal
import sys
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from channels_app.email.smtp_listener import Listener, check_certificate
from helpdesk.env import is_loopback


class Command(BaseCommand):
    """Listens until SIGTERM or SIGINT; what was handed over by then is stored and answered."""

    help = "Receive mail by SMTP for the active mail accounts (MAIL_BIND, MAIL_PORT)."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--host", default=settings.MAIL_BIND)
        parser.add_argument("--port", type=int, default=settings.MAIL_PORT, help="0 takes a free port and prints it")

    def handle(self, *args: Any, **options: Any) -> None:
        if settings.DEMO and not is_loopback(options["host"]):
            raise CommandError(f"The demo takes mail on this machine only, not on {options['host']} (MAIL_BIND).")
        missing = check_certificate([settings.MAIL_TLS_CERTIFICATE, settings.MAIL_TLS_KEY])
        if missing is not None:
            raise CommandError(f"The certificate file {missing} is not there (MAIL_TLS_CERTIFICATE, MAIL_TLS_KEY).")
        # aiosmtpd warns about its own deprecated names and about every scanner's odd command
        logging.getLogger("mail.log").setLevel(logging.ERROR)
        # The loop and the storing thread share one interpreter: hand over sooner than the usual 5 ms.
        sys.setswitchinterval(0.001)
        try:
            asyncio.run(self._serve(options["host"], options["port"]))
        except OSError as error:
            raise CommandError(f"Cannot listen for mail at {options['host']}:{options['port']}: {error}") from error

    async def _serve(self, host: str, port: int) -> None:
        loop, ended = asyncio.get_running_loop(), asyncio.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, ended.set)
        listener = Listener(host, port)
        await listener.start()
        self.stdout.write(f"mail at {listener.host}:{listener.port}")
        sys.stdout.flush()
        await ended.wait()
        await listener.stop()
