"""Uploads that were never sent go after two days; what somebody takes or stores at that moment stays."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.storage import FileSystemStorage, default_storage
from django.db import connection, transaction
from django.utils import timezone

from helpdesk.core.actors import Actor
from tests.factories import make_staff, make_team, make_ticket
from tickets.models import Attachment, Draft, Ticket
from tickets.services.files import NewFile, attach, store, sweep_uploads, take_uploads, upload
from tickets.services.replying import add_note

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.req("E5", "attachments")]


@pytest.fixture
def by() -> Actor:
    return Actor.of_staff(make_staff("ann", teams=(make_team("Support", is_default=True),)))


@pytest.fixture
def ticket(by: Actor) -> Ticket:
    return make_ticket()


def old_upload(by: Actor, data: bytes) -> Attachment:
    kept = upload(NewFile("leak.txt", "text/plain", data), by=by)
    Attachment.objects.filter(pk=kept.pk).update(created_at=timezone.now() - timedelta(days=3))
    return kept


def path_of(file: Attachment) -> str:
    return str(file.file.name)


class Meanwhile:
    """Something that another transaction is in the middle of: its first half is done when the block begins, its second half
    and the commit follow when the block ends, or after a second if the block cannot end before."""

    def __init__(self, first: Callable[[], Any], second: Callable[[Any], None]) -> None:
        self.begun, self.go_on = threading.Event(), threading.Event()
        self.thread = threading.Thread(target=self._run, args=(first, second))

    def _run(self, first: Callable[[], Any], second: Callable[[Any], None]) -> None:
        try:
            with transaction.atomic():
                value = first()
                self.begun.set()
                self.go_on.wait(1)
                second(value)
        finally:
            connection.close()

    def __enter__(self) -> None:
        self.thread.start()
        assert self.begun.wait(10)

    def __exit__(self, *_error: object) -> None:
        self.go_on.set()
        self.thread.join()


def test_upload_that_was_never_sent_goes_with_its_bytes(by: Actor) -> None:
    old, fresh = old_upload(by, b"old"), upload(NewFile("a.txt", "text/plain", b"fresh"), by=by)
    assert sweep_uploads() == 1
    assert list(Attachment.objects.values_list("pk", flat=True)) == [fresh.pk]
    assert not default_storage.exists(path_of(old))
    assert default_storage.exists(path_of(fresh))


def test_bytes_stay_while_another_row_has_them(by: Actor) -> None:
    old_upload(by, b"shared")
    other = upload(NewFile("b.txt", "text/plain", b"shared"), by=by)
    assert sweep_uploads() == 1
    assert default_storage.exists(path_of(other))


def test_upload_that_a_message_is_just_taking_stays(by: Actor, ticket: Ticket) -> None:
    file = old_upload(by, b"taken")
    message = ticket.messages.get(direction="in")
    with Meanwhile(lambda: take_uploads([file.pk], by=by), lambda files: attach(message, files)):
        assert sweep_uploads() == 0
    file.refresh_from_db()
    assert file.message_id == message.pk
    assert default_storage.exists(path_of(file))


def test_upload_that_was_sent_after_the_sweep_had_listed_it_stays(by: Actor, ticket: Ticket, monkeypatch: Any) -> None:
    files = [old_upload(by, b"one"), old_upload(by, b"two")]
    delete = FileSystemStorage.delete
    taken: list[int] = []

    def delete_and_send(self: Any, name: str) -> None:
        if not taken:
            (left,) = [file.pk for file in files if path_of(file) != name]
            taken.append(left)
            add_note(ticket.pk, "with a file", by=by, attachment_ids=[left])
        delete(self, name)

    monkeypatch.setattr(FileSystemStorage, "delete", delete_and_send)
    assert sweep_uploads() == 1
    (left,) = Attachment.objects.filter(pk__in=[file.pk for file in files])
    assert left.pk == taken[0]
    assert left.message_id is not None
    assert default_storage.exists(path_of(left))


def test_bytes_that_are_being_stored_once_more_stay(by: Actor) -> None:
    old_upload(by, b"twice")
    with Meanwhile(lambda: store(NewFile("again.txt", "text/plain", b"twice")), lambda row: row.save()):
        sweep_uploads()
    again = Attachment.objects.get(name="again.txt")
    assert default_storage.exists(path_of(again))


@pytest.mark.req("E5", "drafts that survive")
def test_file_of_a_draft_stays_as_long_as_the_draft(by: Actor, ticket: Ticket) -> None:
    file = old_upload(by, b"half an answer")
    draft = Draft.objects.create(ticket=ticket, staff_id=by.id, visibility="public", attachment_ids=[file.pk])
    assert sweep_uploads() == 0
    draft.delete()
    assert sweep_uploads() == 1
