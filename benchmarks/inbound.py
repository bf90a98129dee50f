"""Mail by real SMTP: how many a second are stored and acknowledged, and how many become tickets."""

from __future__ import annotations

import multiprocessing
import random
import secrets
import smtplib
import threading
import time
from multiprocessing.connection import Connection
from typing import Any

from django.db.models import Max, QuerySet
from django.utils import timezone

from benchmarks import load, texts
from benchmarks.measuring import Quiet, settle
from benchmarks.stack import Stack

SENDERS = 8
RECIPIENT = "support@demo.example"


def send_main(pipe: Connection, port: int, mails: int, run: str) -> None:
    """The sending servers: a process of its own with eight connections, each sending one mail after another."""
    known, rng = texts.pools(), random.Random(run)
    made = [texts.mail(nth, rng=rng, known=known, recipient=RECIPIENT, run=run) for nth in range(mails)]
    numbers, lock = iter(range(mails)), threading.Lock()
    waited: list[float] = []

    def work() -> None:
        with smtplib.SMTP("127.0.0.1", port, local_hostname="bench", timeout=60) as server:
            while True:
                with lock:
                    number = next(numbers, None)
                if number is None:
                    return
                sender, raw = made[number]
                began = time.perf_counter()
                server.sendmail(sender, [RECIPIENT], raw)
                waited.append(time.perf_counter() - began)

    pipe.send("ready")
    pipe.recv()
    began = time.time()
    threads = [threading.Thread(target=work) for _ in range(SENDERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    pipe.send({"began": began, "ended": time.time(), "waited": waited, "bytes": sum(len(raw) for _, raw in made)})


def measure(
    stack: Stack, *, mails: int, quiet: Quiet, is_answered: bool = False, seconds: float = 300
) -> dict[str, Any]:
    """Send so many mails of as many senders; wait until each is a ticket and, with `is_answered`, until each sender has
    been sent the acknowledgement that the product sends unless it is switched off."""
    from channels_app.models import InboundEvent
    from helpdesk.core.models import ChannelAccount, Delivery

    ChannelAccount.objects.filter(address=RECIPIENT).update(config={"acknowledge": is_answered})
    run = f"in{secrets.token_hex(3)}"
    ours, theirs = multiprocessing.get_context("spawn").Pipe()
    sender = multiprocessing.get_context("spawn").Process(target=send_main, args=(theirs, stack.mail_port, mails, run))
    sender.start()
    ours.recv()
    before, at, began_at = stack.sample(), time.monotonic(), timezone.now()
    ours.send("go")
    told = ours.recv()
    sender.join()
    finished = _wait(InboundEvent.objects.filter(external_id__startswith=f"{run}."), mails, seconds)
    answered = _wait(Delivery.objects.filter(created_at__gte=began_at), mails, seconds) if is_answered else None
    settle()
    spent = quiet.without(stack.sample().since(before), time.monotonic() - at)
    stored = told["ended"] - told["began"]
    done = max(0.001, finished["last"] - told["began"])
    return {
        "mails": mails,
        "bytes_each": round(told["bytes"] / mails),
        "stored_per_second": round(mails / stored, 1),
        "answer_p50_ms": round(load.percentile(told["waited"], 0.5) * 1000, 1),
        "answer_p99_ms": round(load.percentile(told["waited"], 0.99) * 1000, 1),
        "tickets": finished["done"],
        "tickets_per_second": round(finished["done"] / done, 1),
        "answered_per_second": round(answered["done"] / max(0.001, answered["last"] - told["began"]), 1)
        if answered
        else None,
        "parked": finished["parked"],
        "cpu_ms_per_mail": {name: round(ms / mails, 2) for name, ms in sorted(spent.items())},
    }


def _wait(rows: QuerySet[Any], expected: int, seconds: float) -> dict[str, Any]:
    """Until so many leased rows are finished: how many are done, how many parked, and when the last one was."""
    ends = time.monotonic() + seconds
    while time.monotonic() < ends and rows.filter(finished_at__isnull=False).count() < expected:
        time.sleep(0.5)
    last = rows.aggregate(last=Max("finished_at"))["last"]
    return {
        "last": last.timestamp() if last else time.time(),
        "done": rows.filter(state="done").count(),
        "parked": rows.filter(state="parked").count(),
    }
