"""The event log is append-only, held by the database: its one allowed update gives a committed event its position, once."""

from django.db import migrations

FORWARD = """
CREATE FUNCTION core_event_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND OLD.position IS NULL AND NEW.position IS NOT NULL
       AND (to_jsonb(OLD) - 'position') = (to_jsonb(NEW) - 'position') THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'the event log is append-only' USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER core_event_append_only BEFORE UPDATE OR DELETE ON core_event
    FOR EACH ROW EXECUTE FUNCTION core_event_append_only();
INSERT INTO core_loghead (id, position) VALUES (1, 0) ON CONFLICT DO NOTHING;
"""
BACKWARD = """
DROP TRIGGER core_event_append_only ON core_event;
DROP FUNCTION core_event_append_only();
"""


class Migration(migrations.Migration):
    dependencies = [("core", "0001_initial")]

    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
