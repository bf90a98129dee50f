"""Plays the outside world against a running product: sends by SMTP, API and signed webhook, repeats until accepted as the
platforms do, lets the staff answer, and reads everything back by SQL at the end."""

from __future__ import annotations

import contextlib
import email
import email.policy
import hashlib
import hmac
import json
import smtplib
import threading
import time
import uuid
from collections import Counter, defaultdict
from email.message import EmailMessage
from pathlib import Path

import httpx
import psycopg2

from tests.faults.ledger import Figures, Found, Item, Ledger, compare, digest

CONTACTS = 40


class World:
    """The senders of one run. `key` is an API key that may write tickets, `hook_secret` the webhook account's secret."""

    def __init__(
        self, *, address: str, mail_port: int, database_url: str, key: str, hook_secret: str, folder: Path
    ) -> None:
        self.address = address
        self.mail_port = mail_port
        self.database_url = database_url
        self.key = key
        self.hook_secret = hook_secret
        self.ledger = Ledger(folder / "ledger.jsonl")
        self.stop = threading.Event()
        self.threads: list[threading.Thread] = []
        self.run = uuid.uuid4().hex[:8]
        # what the demo tells of the past was never sent by us
        self.begun_at = time.time()
        self.answers: dict[str, str] = {}
        self.refusals: Counter[str] = Counter()

    # --- Sending -----------------------------------------------------------------------------------------------------
    def start(self, *, mails: float, posts: float, hooks: float, answers: float) -> None:
        """Begin sending at these rates a second."""
        for send, rate in ((self._mail, mails), (self._post, posts), (self._hook, hooks), (self._answer, answers)):
            if rate:
                thread = threading.Thread(target=self._pace, args=(send, rate), name=send.__name__, daemon=True)
                thread.start()
                self.threads.append(thread)

    def finish(self) -> None:
        """Stop making new items; every item that was begun goes on until it is accepted."""
        self.stop.set()
        for thread in self.threads:
            thread.join(timeout=60)
            assert not thread.is_alive(), (
                f"{thread.name} could not deliver its last item within a minute: {self.refusals}"
            )

    def _pace(self, send, rate: float) -> None:  # type: ignore[no-untyped-def]
        due, number = time.monotonic(), 0
        while not self.stop.is_set():
            send(number)
            number += 1
            due = max(due + 1 / rate, time.monotonic() - 0.5)
            time.sleep(max(0.0, due - time.monotonic()))

    def _item(self, channel: str, number: int, text: str) -> Item:
        contact = f"{channel}.c{number % CONTACTS}.{self.run}@contacts.example"
        item = Item(
            channel, f"{channel}-{number}-{self.run}@contacts.example", contact, number // CONTACTS, digest(text)
        )
        self.ledger.about_to_send(item)
        return item

    def _until_accepted(self, item: Item, attempt) -> None:  # type: ignore[no-untyped-def]
        """As the platforms do: the same item with the same id again until it is taken."""
        while True:
            try:
                if attempt():
                    self.ledger.was_accepted(item.external_id)
                    return
            except (httpx.HTTPError, smtplib.SMTPException, OSError) as error:
                self.refusals[type(error).__name__] += 1
            time.sleep(0.3)

    def _mail(self, number: int) -> None:
        text = f"Message {number} of run {self.run}. 洗衣机漏水 {uuid.uuid4()}"
        item = self._item("mail", number, text)
        mail = EmailMessage()
        mail["From"], mail["To"], mail["Subject"] = item.contact, "support@demo.example", f"Matter of {item.contact}"
        mail["Message-ID"] = f"<{item.external_id}>"
        mail["Auto-Submitted"] = "no"
        if item.seq:
            mail["References"] = f"<mail-{number % CONTACTS}-{self.run}@contacts.example>"
        mail.set_content(text)

        def attempt() -> bool:
            with smtplib.SMTP("127.0.0.1", self.mail_port, timeout=5) as server:
                server.send_message(mail)
            return True

        self._until_accepted(item, attempt)

    def _post(self, number: int) -> None:
        text = f"API message {number} of run {self.run} {uuid.uuid4()}"
        item = self._item("api", number, text)
        body = {
            "subject": "By API",
            "body": text,
            "requester": {"email": item.contact},
            "external_id": item.external_id,
        }

        def attempt() -> bool:
            answer = httpx.post(
                f"{self.address}/api/v1/tickets/",
                json=body,
                timeout=5,
                trust_env=False,
                headers={"Authorization": f"Bearer {self.key}"},
            )
            if answer.status_code not in {200, 201, 202}:
                self.refusals[str(answer.status_code)] += 1
            return answer.status_code in {200, 201, 202}

        self._until_accepted(item, attempt)

    def _hook(self, number: int) -> None:
        text = f"Webhook message {number} of run {self.run} {uuid.uuid4()}"
        item = self._item("hook", number, text)
        body = json.dumps(
            {"id": item.external_id, "sender": {"email": item.contact}, "subject": "By webhook", "text": text}
        ).encode()

        def attempt() -> bool:
            moment = str(int(time.time()))
            mac = hmac.new(self.hook_secret.encode(), f"{moment}.".encode() + body, hashlib.sha256).hexdigest()
            headers = {
                "X-Helpdesk-Timestamp": moment,
                "X-Helpdesk-Signature": f"sha256={mac}",
                "Content-Type": "application/json",
            }
            answer = httpx.post(
                f"{self.address}/hooks/webhook/faults/", content=body, timeout=5, trust_env=False, headers=headers
            )
            if answer.status_code >= 300:
                self.refusals[f"hook {answer.status_code}"] += 1
            return answer.status_code < 300

        self._until_accepted(item, attempt)

    def _answer(self, number: int) -> None:
        """Somebody of the staff answers one of the run's tickets over the API, with an idempotency key."""
        ticket = self._some_ticket()
        if ticket is None:
            return
        mark = f"answer-{number}-{self.run}"
        while True:
            with contextlib.suppress(httpx.HTTPError, OSError):
                answer = httpx.post(
                    f"{self.address}/api/v1/tickets/HD-{ticket}/messages/",
                    json={"text": f"Our answer {mark}", "direction": "out"},
                    timeout=5,
                    trust_env=False,
                    headers={"Authorization": f"Bearer {self.key}", "Idempotency-Key": mark},
                )
                if answer.status_code in {200, 201}:
                    self.answers[mark] = str(ticket)
                    return
                self.refusals[f"answer {answer.status_code}"] += 1
                if answer.status_code == 404:
                    return
            time.sleep(0.3)

    def _some_ticket(self) -> int | None:
        with contextlib.suppress(psycopg2.Error):
            rows = self._rows(
                "SELECT ticket_id FROM tickets_message WHERE external_id LIKE %s ORDER BY random() LIMIT 1",
                [f"mail-%-{self.run}@%"],
            )
            return int(rows[0][0]) if rows else None
        return None

    # --- Reading back ------------------------------------------------------------------------------------------------
    def _rows(self, sql: str, values: list[object] | None = None) -> list[tuple]:  # type: ignore[type-arg]
        connection = psycopg2.connect(self.database_url)
        try:
            with connection, connection.cursor() as cursor:
                cursor.execute(sql, values)
                return list(cursor.fetchall())
        finally:
            connection.close()

    def wait_until_quiet(self, seconds: float = 120) -> float:
        """Until nothing is left to work on; returns how long it took."""
        begun = time.monotonic()
        while time.monotonic() - begun < seconds:
            with contextlib.suppress(psycopg2.Error):
                left = self._rows(
                    """SELECT (SELECT count(*) FROM channels_app_inboundevent WHERE state IN ('ready', 'working', 'back_off'))
                            + (SELECT count(*) FROM core_delivery WHERE state IN ('ready', 'working', 'back_off'))
                            + (SELECT count(*) FROM core_event WHERE position IS NULL)"""
                )[0][0]
                if not left:
                    return time.monotonic() - begun
            time.sleep(0.5)
        raise AssertionError(f"work is left after {seconds} s: {self.leftovers()}")

    def leftovers(self) -> list[tuple]:  # type: ignore[type-arg]
        return self._rows(
            """SELECT 'in', id, state, attempts, deaths, reason FROM channels_app_inboundevent
               WHERE state NOT IN ('done', 'discarded')
               UNION ALL SELECT 'out', id, state, attempts, deaths, reason FROM core_delivery
               WHERE state NOT IN ('done', 'discarded') LIMIT 20"""
        )

    def figures(self) -> Figures:
        """Compare the ledger with the product's rows, both ways."""
        rows = self._rows(
            """SELECT m.external_id, m.author_address, m.ticket_id, m.text, m.id, m.channel_kind
               FROM tickets_message m WHERE m.direction = 'in' AND m.external_id LIKE %s ORDER BY m.id""",
            [f"%-{self.run}@contacts.example"],
        )
        found = [
            Found(external_id, contact, ticket, digest(text), pk)
            for external_id, contact, ticket, text, pk, _kind in rows
        ]
        mails = {key: item for key, item in self.ledger.items.items() if item.channel == "mail"}
        threaded = compare(mails.values(), set(), [row for row in found if row.external_id in mails])
        base = compare(self.ledger.items.values(), self.ledger.accepted, found, one_ticket=False)
        sent_twice, never_sent = self._outbound()
        orphan = self._rows(
            """SELECT count(*) FROM tickets_ticket t WHERE merged_into_id IS NULL AND parent_id IS NULL
               AND NOT EXISTS (SELECT 1 FROM tickets_message m WHERE m.ticket_id = t.id)"""
        )
        return Figures(
            **{
                **base.__dict__,
                "split": threaded.split,
                "orphan": orphan[0][0],
                "sent_twice": sent_twice,
                "never_sent": never_sent,
            }
        )

    def _outbound(self) -> tuple[int, int]:
        """Mails that arrived twice in the sink without being marked as such, and deliveries shown as sent that never came."""
        arrived: Counter[str] = Counter()
        for address, raw in self._rows("SELECT address, raw FROM channels_app_sinkmail WHERE raw IS NOT NULL"):
            parsed = email.message_from_bytes(bytes(raw), policy=email.policy.compat32)
            arrived[f"{str(parsed['Message-ID']).strip('<> ')}|{address}"] += 1
        by_id: dict[str, int] = defaultdict(int)
        for key, count in arrived.items():
            by_id[key.split("|")[0]] = max(by_id[key.split("|")[0]], count)
        rows = self._rows(
            """SELECT external_id, status, is_maybe_doubled FROM core_delivery
               WHERE external_id <> '' AND created_at > to_timestamp(%s)""",
            [self.begun_at],
        )
        twice = sum(1 for external_id, _status, maybe in rows if by_id[external_id] > 1 and not maybe)
        never = sum(
            1
            for external_id, status, _maybe in rows
            if status == "sent" and not by_id[external_id] and external_id.startswith("hd.")
        )
        return twice, never
