"""`manage.py simulate --rate N`: customers who write through SMTP, form and API, agents who take what is offered to them, answer
and solve, and customers who buy, apply and send things back, so that a visitor sees desk, queues, claims and wallboard alive.
"""

from __future__ import annotations

import threading
import time
from argparse import ArgumentParser
from email import message_from_bytes
from email.policy import default
from typing import Any

import httpx
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import close_old_connections

from channels_app.models import SinkMail
from helpdesk.accounts.models import ApiKey, Staff
from helpdesk.accounts.permissions import Scope
from helpdesk.accounts.services.keys import create_api_key, revoke_api_key
from helpdesk.core.actors import SYSTEM
from helpdesk.demo.buyers import AfterSales
from helpdesk.demo.colleagues import AGENTS, Colleague
from helpdesk.demo.traffic import Traffic


class Command(BaseCommand):
    help = "Let customers write to a running demo, and agents work in it, through its real doors until stopped."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--rate", type=float, default=0.5, help="messages a second (default 0.5)")
        parser.add_argument("--seconds", type=float, default=0, help="stop after this long (default: until Ctrl-C)")
        most = len(AGENTS)
        parser.add_argument("--agents", type=int, default=4, help=f"agents at work (0 to {most}, default 4)")
        parser.add_argument("--claims", type=float, default=30, help="seconds between new claims (default 30; 0: none)")
        parser.add_argument("--address", default=settings.PUBLIC_URL, help="where the demo answers")

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEMO:
            raise CommandError("Traffic is made up in demo mode only.")
        if not 0 < options["rate"] <= 200:
            raise CommandError("Choose a rate above 0 and up to 200 messages a second.")
        if not 0 <= options["agents"] <= len(AGENTS):
            raise CommandError(f"Choose 0 to {len(AGENTS)} agents.")
        owner = Staff.objects.filter(username="admin", is_active=True).first()
        if owner is None:
            raise CommandError("The demo's people are missing. Start the product once with `make run`.")
        key, text = create_api_key(owner, [Scope.TICKETS_READ, Scope.TICKETS_WRITE], by=SYSTEM, name="simulate")
        traffic = Traffic(
            address=options["address"], mail_host=settings.MAIL_BIND, mail_port=settings.MAIL_PORT, api_key=text
        )
        after_sales, keys = self._after_sales(options["address"]) if options["claims"] else (None, [])
        stop, threads = threading.Event(), list[threading.Thread]()
        agents = [Colleague(options["address"], name, settings.DEMO_PASSWORD) for name in AGENTS[: options["agents"]]]
        try:
            for agent in agents:
                threads += agent.start(stop)
            if after_sales is not None:
                threads += after_sales.start(stop, options["claims"])
            self._run(traffic, options["rate"], options["seconds"])
        except KeyboardInterrupt:
            pass
        except httpx.ConnectError as error:
            address = options["address"]
            raise CommandError(f"Nothing answers at {address}. Start the product, or name its --address.") from error
        finally:
            self._go_home(agents, threads, stop)
            for one in (key, *keys):
                revoke_api_key(one, by=SYSTEM)
            if after_sales is not None:
                did = ", ".join(f"{name} {number}" for name, number in after_sales.tally.items())
                self.stdout.write(f"After-sales: {did}.")
            self.stdout.write(f"Sent {traffic.tally.sent}; refused {traffic.tally.refused or 'none'}.")

    def _after_sales(self, address: str) -> tuple[AfterSales, list[ApiKey]]:
        """Who buys and applies, and the keys by which shop, desk and warehouse do their part."""
        rights = {
            "admin": [Scope.ORDERS_READ, Scope.ORDERS_WRITE],
            "agent": [Scope.CLAIMS_READ, Scope.CLAIMS_WRITE],
            "warehouse": [Scope.CLAIMS_READ, Scope.CLAIMS_WRITE],
        }
        people = {person.username: person for person in Staff.objects.filter(username__in=rights, is_active=True)}
        made = {
            name: create_api_key(people[name], scopes, by=SYSTEM, name="simulate") for name, scopes in rights.items()
        }
        texts = {name: text for name, (_key, text) in made.items()}
        found = AfterSales(address, settings.DEMO_PASSWORD, texts["admin"], texts, newest_mail_to)
        return found, [key for key, _text in made.values()]

    def _go_home(self, agents: list[Colleague], threads: list[threading.Thread], stop: threading.Event) -> None:
        stop.set()
        for thread in threads:
            thread.join(30)
        for agent in agents:
            agent.leave()
        names = agents[0].tally if agents else ()
        did = ", ".join(f"{name} {sum(agent.tally[name] for agent in agents)}" for name in names)
        self.stdout.write(f"Agents: {did or 'none'}.")

    def _run(self, traffic: Traffic, rate: float, seconds: float) -> None:
        """Keep to the rate by the clock: a slow answer is made up for, never by more than a burst of one second."""
        begun = due = time.monotonic()
        while not seconds or time.monotonic() - begun < seconds:
            traffic.send_one()
            due = max(due + 1 / rate, time.monotonic() - 1)
            time.sleep(max(0.0, due - time.monotonic()))


def newest_mail_to(address: str) -> str:
    """What lies on top of the demo's mailbox for this address, as a text; empty while nothing has come."""
    raw = SinkMail.objects.filter(address=address).order_by("-pk").values_list("raw", flat=True).first()
    close_old_connections()
    if raw is None:
        return ""
    part = message_from_bytes(bytes(raw), policy=default).get_body(("plain",))
    return str(part.get_content()) if part is not None else ""
