"""Changes that arrive at a rate: by the intake in two processes, or as real mail by SMTP."""

from __future__ import annotations

import contextlib
import multiprocessing
import random
import secrets
import smtplib
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from email.message import EmailMessage
from multiprocessing.connection import Connection
from typing import Any

from django.utils import timezone

ARRIVING = 2


@dataclass
class Changes:
    """Mails that become tickets, at a rate; remembers when each ticket's version was committed."""

    accounts: Sequence[Any]
    committed: dict[int, tuple[int, float]] = field(default_factory=dict)

    def arrive(self) -> None:
        from helpdesk.core.actors import SYSTEM
        from helpdesk.customers.identities import email
        from tickets.intake.arrival import Arrival
        from tickets.intake.services import receive

        address = f"bench-{secrets.token_hex(4)}@customer.example"
        arrival = Arrival(
            account=random.choice(self.accounts),
            known=[email(address)],
            name="Bench Customer",
            subject="Washer stops with E21",
            text="The washer stopped halfway with E21. 洗衣机漏水 " * 4,
            author_address=address,
            external_id=secrets.token_hex(8),
            language="en",
        )
        ticket = receive(arrival, by=SYSTEM).ticket
        at = time.time()
        ticket.refresh_from_db(fields=["row_version"])
        self.committed[ticket.pk] = (ticket.row_version, at)

    def at_rate(self, rate: float, seconds: float) -> None:
        """Let changes arrive for so long, each at its time (later when this process is not quick enough)."""
        started = time.time()
        for nth in range(int(rate * seconds)):
            time.sleep(max(0.0, started + nth / rate - time.time()))
            if time.time() > started + seconds * 1.5:
                return
            self.arrive()


def changes_main(pipe: Connection, account_ids: Sequence[int], rate: float, seconds: float) -> None:
    """One of the processes in which mail arrives."""
    import django

    django.setup()
    from helpdesk.core.models import ChannelAccount

    changes = Changes(list(ChannelAccount.objects.filter(pk__in=account_ids)))
    changes.at_rate(rate, seconds)
    pipe.send(changes.committed)


def arrivals(account_ids: Sequence[int], rate: float, seconds: float) -> tuple[dict[int, tuple[int, float]], float]:
    """Let mail arrive in two processes: first version and moment of commit by ticket, and the seconds that it took."""
    context = multiprocessing.get_context("spawn")
    running = []
    for _ in range(ARRIVING):
        ours, theirs = context.Pipe()
        worker = context.Process(target=changes_main, args=(theirs, account_ids, rate / ARRIVING, seconds))
        worker.start()
        running.append((ours, worker))
    committed: dict[int, tuple[int, float]] = {}
    for ours, worker in running:
        committed |= ours.recv()
        worker.join()
    moments = sorted(at for _version, at in committed.values())
    return committed, max(0.001, moments[-1] - moments[0])


def mails_main(pipe: Connection, port: int, addresses: Sequence[str], rate: float, seconds: float) -> None:
    """A sending mail server: one connection for each of our addresses, mail after mail at this rate in all."""
    senders = [f"{secrets.token_hex(4)}@customer.example" for _ in range(int(rate * seconds))]
    text = "The washer stopped halfway with E21. 洗衣机漏水 " * 4

    def send(nth: int, started: float) -> None:
        with smtplib.SMTP("127.0.0.1", port, local_hostname="bench", timeout=60) as server:
            for turn in range(nth, len(senders), len(addresses)):
                time.sleep(max(0.0, started + turn / rate - time.time()))
                mail = EmailMessage()
                mail["From"], mail["To"], mail["Subject"] = senders[turn], addresses[nth], "Washer stops with E21"
                mail["Message-ID"] = f"<{secrets.token_hex(8)}@customer.example>"
                mail.set_content(text)
                server.send_message(mail)

    started = time.time()
    threads = [threading.Thread(target=send, args=(nth, started)) for nth in range(len(addresses))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    pipe.send(time.time() - started)


def mails(
    port: int, addresses: Sequence[str], rate: float, seconds: float
) -> tuple[dict[int, tuple[int, float]], float]:
    """Let mail arrive by SMTP: first version and moment of creation by ticket, and the seconds that it took.

    The moment is taken before the commit, at the beginning of the change, so that latencies are a little too long.
    """
    from tickets.models import Ticket

    began = timezone.now()
    ours, theirs = multiprocessing.get_context("spawn").Pipe()
    sender = multiprocessing.get_context("spawn").Process(
        target=mails_main, args=(theirs, port, addresses, rate, seconds)
    )
    sender.start()
    ours.recv()
    sender.join()
    tickets = Ticket.objects.filter(account__address__in=addresses, created_at__gte=began)
    ends = time.monotonic() + 60
    while tickets.count() < int(rate * seconds) and time.monotonic() < ends:
        time.sleep(0.5)
    made = dict(tickets.values_list("pk", "created_at"))
    committed = {pk: (1, at.timestamp()) for pk, at in made.items()}
    moments = sorted(at for _version, at in committed.values())
    return committed, max(0.001, moments[-1] - moments[0])


@contextlib.contextmanager
def mail_flowing(port: int, addresses: Sequence[str], rate: float, seconds: float) -> Iterator[None]:
    """Mail arrives by SMTP at this rate for so long, while the body of the `with` measures something else."""
    ours, theirs = multiprocessing.get_context("spawn").Pipe()
    sender = multiprocessing.get_context("spawn").Process(
        target=mails_main, args=(theirs, port, addresses, rate, seconds)
    )
    sender.start()
    try:
        yield
        ours.recv()
    finally:
        sender.join(30)
        sender.kill()
