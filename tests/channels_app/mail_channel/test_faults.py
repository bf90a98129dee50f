"""Races, deaths and outages at the mail door."""

from __future__ import annotations

import os
import signal
import smtplib
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import OperationalError, connection, transaction
from django.utils import timezone

from channels_app.email import group_commit
from channels_app.email.smtp_listener import Listener
from channels_app.email.upkeep import drop_old_sources, restore_files
from channels_app.models import InboundEvent
from helpdesk.core import leasing
from helpdesk.core.models import ChannelAccount
from helpdesk.customers.models import Customer
from tests.channels_app.mail_channel.mails import mail_in, make_mail
from tickets.models import Attachment, Message

pytestmark = pytest.mark.django_db(transaction=True)


def send(port: int, raw: bytes) -> None:
    with smtplib.SMTP("127.0.0.1", port, timeout=20) as client:
        client.sendmail("li.na@customer.example", ["support@company.example"], raw)


def in_threads(count: int, work: Callable[[int], None]) -> None:
    """Run `work` in threads whose database connections end with them."""

    def run(nth: int) -> None:
        try:
            work(nth)
        finally:
            connection.close()

    with ThreadPoolExecutor(count) as pool:
        list(pool.map(run, range(count)))


@pytest.mark.req("A1", "e-mail")
def test_ten_first_mails_of_one_new_address_at_once_on_two_workers_make_one_customer(listener: Listener) -> None:
    in_threads(10, lambda nth: send(listener.port, make_mail(f"Mail {nth}", subject=f"Matter {nth}")))
    # without their order two workers really meet at the customer
    InboundEvent.objects.update(order_key="")
    ids = list(InboundEvent.objects.values_list("pk", flat=True))
    start = threading.Barrier(2)

    def work(nth: int) -> None:
        start.wait()
        for pk in ids if nth else reversed(ids):
            leasing.run(InboundEvent, pk)

    in_threads(2, work)
    assert InboundEvent.objects.filter(state="done").count() == 10
    assert Customer.objects.count() == 1
    assert Message.objects.filter(direction="in").count() == 10


@pytest.mark.req("A4", "processed once")
def test_mails_of_one_sender_are_worked_in_their_order_by_two_workers(listener: Listener) -> None:
    for nth in range(8):
        send(listener.port, make_mail(f"Mail {nth}"))
    ids = list(InboundEvent.objects.order_by("pk").values_list("pk", flat=True))

    def work(_nth: int) -> None:
        for _ in range(40):
            for pk in ids:
                leasing.run(InboundEvent, pk)

    in_threads(2, work)
    texts = list(Message.objects.filter(direction="in").order_by("pk").values_list("text", flat=True))
    assert texts == [f"Mail {nth}" for nth in range(8)]


@pytest.mark.req("A7", "retry and reason")
def test_without_the_database_the_answer_is_451_and_nothing_is_lost(
    listener: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    send(listener.port, make_mail())
    real = group_commit.store_batch

    def away(batch: object) -> None:
        raise OperationalError("the server closed the connection")

    monkeypatch.setattr(group_commit, "store_batch", away)
    with pytest.raises(smtplib.SMTPDataError) as refused:
        send(listener.port, make_mail("later"))
    assert refused.value.smtp_code == 451
    monkeypatch.setattr(group_commit, "store_batch", real)
    send(listener.port, make_mail("later"))
    assert InboundEvent.objects.count() == 2


def test_a_mail_that_cannot_be_stored_does_not_cost_its_neighbours(
    listener: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = group_commit.store_batch

    def picky(batch: list[group_commit.Submission]) -> None:
        time.sleep(0.05)
        if any(b"poison" in item.mail.raw for item in batch):
            raise OperationalError("no")
        real(batch)

    monkeypatch.setattr(group_commit, "store_batch", picky)
    answers: list[int] = []

    def work(nth: int) -> None:
        try:
            send(listener.port, make_mail("poison" if nth == 3 else f"good {nth}"))
            answers.append(250)
        except smtplib.SMTPDataError as error:
            answers.append(error.smtp_code)

    in_threads(8, work)
    assert sorted(answers) == [250] * 7 + [451]
    assert InboundEvent.objects.count() == 7


@pytest.mark.req("A4", "parked with its reason")
def test_a_file_that_a_full_disk_refused_is_stored_when_there_is_room_again(
    account: ChannelAccount, settings: object
) -> None:
    room = settings.MEDIA_ROOT  # type: ignore[attr-defined]
    settings.MEDIA_ROOT = "/dev/full"  # type: ignore[attr-defined]
    mail_in(make_mail(files=(("a.txt", "text/plain", b"ok"),)))
    assert restore_files() == 0
    settings.MEDIA_ROOT = room  # type: ignore[attr-defined]
    assert restore_files() == 1
    file = Attachment.objects.get()
    assert (file.warning, file.file.read()) == ("", b"ok")


def test_sources_go_after_the_retention_time_and_the_account_of_them_stays(account: ChannelAccount) -> None:
    raw = make_mail()
    mail_in(raw)
    InboundEvent.objects.update(finished_at=timezone.now() - timedelta(days=400))
    assert drop_old_sources() == 1
    assert mail_in(raw)["state"] == "duplicate"


# --- A killed listener -----------------------------------------------------------------------------------------------
def free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


def start_listener(port: int) -> subprocess.Popen[bytes]:
    values = connection.settings_dict
    url = f"postgres://{values['USER']}:{values['PASSWORD']}@{values['HOST']}:{values['PORT']}/{values['NAME']}"
    process = subprocess.Popen(
        [sys.executable, "manage.py", "run_mail_listener", "--port", str(port)],
        env={**os.environ, "DATABASE_URL": url},
        stdout=subprocess.DEVNULL,
    )
    for _ in range(300):
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return process
        except OSError:
            time.sleep(0.1)
    raise AssertionError("the listener did not start")


@pytest.mark.req("A7", "retry and reason")
def test_a_listener_killed_in_the_middle_keeps_every_mail_it_acknowledged_once(account: ChannelAccount) -> None:
    port, stopping = free_port(), threading.Event()
    acknowledged: set[str] = set()

    def drive(nth: int) -> None:
        number = 0
        while not stopping.is_set():
            mail_id = f"kill-{nth}-{number}@customer.example"
            try:
                # what was not acknowledged is sent again under the same id, as a real server does
                send(port, make_mail(f"Mail {number}", message_id=mail_id))
            except (OSError, smtplib.SMTPException):
                time.sleep(0.05)
                continue
            acknowledged.add(mail_id)
            number += 1

    process = start_listener(port)
    drivers = [threading.Thread(target=drive, args=(nth,)) for nth in range(4)]
    for driver in drivers:
        driver.start()
    try:
        for _ in range(2):
            time.sleep(1.0)
            process.send_signal(signal.SIGKILL)
            process.wait()
            process = start_listener(port)
        time.sleep(1.0)
    finally:
        stopping.set()
        for driver in drivers:
            driver.join()
        process.terminate()
        assert process.wait(20) == 0
    stored = list(InboundEvent.objects.values_list("external_id", flat=True))
    assert len(stored) == len(set(stored))
    assert acknowledged
    assert acknowledged <= set(stored)


@pytest.mark.req("A4", "stored raw before acknowledged")
def test_a_sender_that_vanishes_while_its_mail_is_being_stored_stops_nobody_else(listener: Listener) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        # as long as this lock stands, the listener can store nothing
        cursor.execute("LOCK TABLE channels_app_inboundevent IN EXCLUSIVE MODE")
        for nth in range(3):
            client = smtplib.SMTP("127.0.0.1", listener.port, timeout=20)
            client.ehlo()
            client.mail("li.na@customer.example")
            client.rcpt("support@company.example")
            client.docmd("DATA")
            client.send(make_mail("Never mind", message_id=f"gone-{nth}@customer.example") + b"\r\n.\r\n")
            time.sleep(0.2)
            assert client.sock is not None
            client.sock.close()
        time.sleep(0.2)
    send(listener.port, make_mail("Still there?", message_id="next@customer.example"))
    assert InboundEvent.objects.filter(external_id="next@customer.example").exists()
