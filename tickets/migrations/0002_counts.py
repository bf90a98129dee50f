"""Counters of the standard views: statement triggers append what each write changed, whoever writes (also COPY)."""

from django.db import migrations

COLUMNS = "team_id, owner_id, status_category, is_snoozed, is_spam"


def _rows(table: str, sign: int) -> str:
    return (
        f"SELECT team_id, owner_id, status_category, snoozed_until IS NOT NULL AS is_snoozed, is_spam, {sign} AS d "
        f"FROM {table} WHERE status_category NOT IN ('solved', 'closed')"
    )


def _function(name: str, source: str) -> str:
    return f"""
CREATE FUNCTION tickets_count_{name}() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO tickets_ticketcount ({COLUMNS}, number)
    SELECT {COLUMNS}, sum(d) FROM ({source}) AS rows GROUP BY {COLUMNS} HAVING sum(d) <> 0;
    RETURN NULL;
END $$;
"""


FORWARD = (
    _function("insert", _rows("new_rows", 1))
    + _function("update", f"{_rows('old_rows', -1)} UNION ALL {_rows('new_rows', 1)}")
    + _function("delete", _rows("old_rows", -1))
    + """
CREATE TRIGGER tickets_count_insert AFTER INSERT ON tickets_ticket
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION tickets_count_insert();
CREATE TRIGGER tickets_count_update AFTER UPDATE ON tickets_ticket
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION tickets_count_update();
CREATE TRIGGER tickets_count_delete AFTER DELETE ON tickets_ticket
    REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION tickets_count_delete();
"""
)
BACKWARD = "".join(
    f"DROP TRIGGER tickets_count_{name} ON tickets_ticket; DROP FUNCTION tickets_count_{name}();"
    for name in ("insert", "update", "delete")
)


class Migration(migrations.Migration):
    dependencies = [("tickets", "0001_initial")]

    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
