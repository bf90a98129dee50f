"""A claim changes its state only along its kind's transitions; its moves are append-only."""

from django.db import migrations

FORWARD = """
CREATE FUNCTION claims_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'rows of % are never changed', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER claims_claimmove_append_only BEFORE UPDATE OR DELETE ON claims_claimmove
    FOR EACH ROW EXECUTE FUNCTION claims_append_only();
CREATE FUNCTION claims_guard_state() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.kind <> OLD.kind THEN
        RAISE EXCEPTION 'a claim keeps its kind' USING ERRCODE = 'check_violation';
    END IF;
    IF NOT EXISTS (
        SELECT 1 FROM claims_transition
        WHERE kind = NEW.kind AND from_state = OLD.state AND to_state = NEW.state
    ) THEN
        RAISE EXCEPTION 'a % claim does not go from % to %', NEW.kind, OLD.state, NEW.state
            USING ERRCODE = 'check_violation', CONSTRAINT = 'claim_state_follows_machine';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER claims_claim_state BEFORE UPDATE OF state, kind ON claims_claim
    FOR EACH ROW WHEN (OLD.state IS DISTINCT FROM NEW.state OR OLD.kind IS DISTINCT FROM NEW.kind)
    EXECUTE FUNCTION claims_guard_state();
"""
BACKWARD = """
DROP TRIGGER claims_claim_state ON claims_claim;
DROP FUNCTION claims_guard_state();
DROP TRIGGER claims_claimmove_append_only ON claims_claimmove;
DROP FUNCTION claims_append_only();
"""


class Migration(migrations.Migration):
    dependencies = [("claims", "0001_claims_begin")]

    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
