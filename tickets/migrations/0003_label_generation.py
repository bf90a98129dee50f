"""The label generation: a number that rises with any name that a cached row shows; and the index of the solved view."""

from django.db import migrations, models
from django.db.models import Q

# Row triggers with a condition: renames are rare, and whoever renames (page, API, command, psql) is seen.
WATCHED = {
    "tickets_statuslabel": ("name", "name_zh", "category"),
    "accounts_staff": ("name",),
    "accounts_team": ("name", "name_zh"),
}


def _triggers() -> str:
    made = []
    for table, columns in WATCHED.items():
        differs = " OR ".join(f"OLD.{column} IS DISTINCT FROM NEW.{column}" for column in columns)
        made.append(
            f"CREATE TRIGGER tickets_label_generation AFTER UPDATE OF {', '.join(columns)} ON {table} "
            f"FOR EACH ROW WHEN ({differs}) EXECUTE FUNCTION tickets_raise_label_generation();"
        )
    return "\n".join(made)


FORWARD = (
    "INSERT INTO tickets_labelgeneration (id, number) VALUES (1, 1) ON CONFLICT DO NOTHING;"
    """
CREATE FUNCTION tickets_raise_label_generation() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO tickets_labelgeneration AS g (id, number) VALUES (1, 2)
    ON CONFLICT (id) DO UPDATE SET number = g.number + 1;
    RETURN NULL;
END $$;
"""
    + _triggers()
)
BACKWARD = (
    "".join(f"DROP TRIGGER tickets_label_generation ON {table};" for table in WATCHED)
    + "DROP FUNCTION tickets_raise_label_generation();"
)


class Migration(migrations.Migration):
    dependencies = [("tickets", "0002_counts"), ("accounts", "0001_initial")]

    operations = [
        migrations.CreateModel(
            name="LabelGeneration",
            fields=[
                ("id", models.SmallIntegerField(default=1, primary_key=True, serialize=False)),
                ("number", models.BigIntegerField(default=1)),
            ],
            options={
                "constraints": [models.CheckConstraint(condition=Q(id=1), name="label_generation_single")],
            },
        ),
        migrations.RunSQL(FORWARD, BACKWARD),
        migrations.AddIndex(
            model_name="ticket",
            index=models.Index(
                fields=["-last_activity_at", "-id"],
                condition=Q(status_category="solved", is_spam=False),
                name="ticket_solved",
            ),
        ),
        migrations.AddIndex(
            model_name="ticket",
            index=models.Index(
                fields=["-created_at", "-id"],
                condition=Q(("status_category__in", ["new", "open", "pending", "on_hold"]), ("is_spam", False)),
                name="ticket_desk_by_creation",
            ),
        ),
    ]
