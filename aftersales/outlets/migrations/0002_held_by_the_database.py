"""Moves of a stock are append-only, and a settlement that was paid does not change."""

from django.db import migrations

FORWARD = """
CREATE FUNCTION outlets_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'rows of % are never changed', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER outlets_stockmove_append_only BEFORE UPDATE OR DELETE ON outlets_stockmove
    FOR EACH ROW EXECUTE FUNCTION outlets_append_only();
CREATE TRIGGER outlets_settlement_paid BEFORE UPDATE OR DELETE ON outlets_settlement
    FOR EACH ROW WHEN (OLD.state = 'paid') EXECUTE FUNCTION outlets_append_only();
"""
BACKWARD = """
DROP TRIGGER outlets_settlement_paid ON outlets_settlement;
DROP TRIGGER outlets_stockmove_append_only ON outlets_stockmove;
DROP FUNCTION outlets_append_only();
"""


class Migration(migrations.Migration):
    dependencies = [("outlets", "0001_outlets_begin")]

    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
