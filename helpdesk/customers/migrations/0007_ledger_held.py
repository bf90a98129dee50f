"""The ledger is append-only, and every transaction adds up to nought in each unit when it is committed."""

from django.db import migrations

FORWARD = """
CREATE FUNCTION ledger_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'rows of % are never changed', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER ledger_transaction_append_only BEFORE UPDATE OR DELETE ON customers_ledgertransaction
    FOR EACH ROW EXECUTE FUNCTION ledger_append_only();
CREATE TRIGGER ledger_entry_append_only BEFORE UPDATE OR DELETE ON customers_ledgerentry
    FOR EACH ROW EXECUTE FUNCTION ledger_append_only();
CREATE FUNCTION ledger_adds_up() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT 1 FROM customers_ledgerentry e JOIN customers_ledgeraccount a ON a.id = e.account_id
        WHERE e.transaction_id = NEW.transaction_id GROUP BY a.unit HAVING sum(e.amount) <> 0
    ) THEN
        RAISE EXCEPTION 'ledger transaction % does not add up', NEW.transaction_id USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER ledger_entry_adds_up AFTER INSERT ON customers_ledgerentry
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION ledger_adds_up();
"""
BACKWARD = """
DROP TRIGGER ledger_entry_adds_up ON customers_ledgerentry;
DROP FUNCTION ledger_adds_up();
DROP TRIGGER ledger_entry_append_only ON customers_ledgerentry;
DROP TRIGGER ledger_transaction_append_only ON customers_ledgertransaction;
DROP FUNCTION ledger_append_only();
"""


class Migration(migrations.Migration):
    dependencies = [("customers", "0006_ledger")]

    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
