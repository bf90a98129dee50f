"""The ledger of clocks and the versions of policies are append-only, held by the database; the book gets its one row."""

from django.db import migrations

FORWARD = """
CREATE FUNCTION sla_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'rows of % are never changed', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER sla_clockevent_append_only BEFORE UPDATE OR DELETE ON sla_clockevent
    FOR EACH ROW EXECUTE FUNCTION sla_append_only();
CREATE TRIGGER sla_policyversion_append_only BEFORE UPDATE OR DELETE ON sla_policyversion
    FOR EACH ROW EXECUTE FUNCTION sla_append_only();
CREATE TRIGGER sla_target_append_only BEFORE UPDATE OR DELETE ON sla_target
    FOR EACH ROW EXECUTE FUNCTION sla_append_only();
CREATE TRIGGER sla_escalationstep_append_only BEFORE UPDATE OR DELETE ON sla_escalationstep
    FOR EACH ROW EXECUTE FUNCTION sla_append_only();
INSERT INTO sla_policybook (id, version) VALUES (1, gen_random_uuid()) ON CONFLICT DO NOTHING;
"""
BACKWARD = """
DROP TRIGGER sla_clockevent_append_only ON sla_clockevent;
DROP TRIGGER sla_policyversion_append_only ON sla_policyversion;
DROP TRIGGER sla_target_append_only ON sla_target;
DROP TRIGGER sla_escalationstep_append_only ON sla_escalationstep;
DROP FUNCTION sla_append_only();
"""


class Migration(migrations.Migration):
    dependencies = [("sla", "0001_initial")]

    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
