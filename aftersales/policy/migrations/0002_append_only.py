"""Versions of rule sets are append-only, held by the database; the book gets its one row."""

from django.db import migrations

FORWARD = """
CREATE FUNCTION claim_policy_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'rows of % are never changed', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER claim_policy_rulesetversion_append_only BEFORE UPDATE OR DELETE ON claim_policy_rulesetversion
    FOR EACH ROW EXECUTE FUNCTION claim_policy_append_only();
INSERT INTO claim_policy_policybook (id, version) VALUES (1, gen_random_uuid()) ON CONFLICT DO NOTHING;
"""
BACKWARD = """
DROP TRIGGER claim_policy_rulesetversion_append_only ON claim_policy_rulesetversion;
DROP FUNCTION claim_policy_append_only();
"""


class Migration(migrations.Migration):
    dependencies = [("claim_policy", "0001_rule_sets")]

    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
