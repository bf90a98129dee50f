"""Migrations while processes of an older release still run: what they do not know, the database fills in."""

from __future__ import annotations

import pytest
from django.apps import apps
from django.db import connection
from django.db.migrations import AddField, CreateModel
from django.db.migrations.loader import MigrationLoader
from django.db.models import ManyToManyField

from helpdesk.accounts.models import Notification
from tests.factories import make_staff

# Of the first slice, which no release came before.
_OF_THE_FIRST_SLICE = {
    ("channels_app", "mailbox", "on_server"),
    ("customers", "signintoken", "language"),
    ("customers", "signintoken", "sealed"),
    ("tickets", "customfield", "choices_zh"),
    # claims had no release before it, and a trigger fills it
    ("claims", "claim", "team"),
}


def test_a_column_added_to_a_table_may_be_empty_or_has_a_default_of_the_database() -> None:
    lacking = set()
    for (app, _name), migration in MigrationLoader(None).disk_migrations.items():
        made = {step.name_lower for step in migration.operations if isinstance(step, CreateModel)}
        for step in migration.operations:
            if not isinstance(step, AddField) or step.model_name_lower in made or app in {"auth", "contenttypes"}:
                continue
            try:
                field = apps.get_model(app, step.model_name)._meta.get_field(step.name)
            except LookupError:
                continue  # the table, or the column, is gone again
            if isinstance(field, ManyToManyField) or field.null or field.has_db_default():
                continue
            lacking.add((app, step.model_name_lower, step.name))
    assert lacking <= _OF_THE_FIRST_SLICE


@pytest.mark.django_db
def test_an_older_process_writes_a_notification_which_then_goes_its_way() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            """INSERT INTO accounts_notification (staff_id, kind, data, created_at)
               VALUES (%s, 'ticket.assigned', '{}', now()) RETURNING id""",
            [make_staff("ann").pk],
        )
        row = Notification.objects.get(pk=cursor.fetchone()[0])
    assert row.mail_state == "new"
