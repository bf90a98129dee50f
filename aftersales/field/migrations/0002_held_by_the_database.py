"""What was done and signed does not change."""

from django.db import migrations

FORWARD = """
CREATE FUNCTION field_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'rows of % are never changed', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER field_fieldentry_append_only BEFORE UPDATE OR DELETE ON field_fieldentry
    FOR EACH ROW EXECUTE FUNCTION field_append_only();
CREATE TRIGGER field_signature_append_only BEFORE UPDATE OR DELETE ON field_signature
    FOR EACH ROW EXECUTE FUNCTION field_append_only();
"""
BACKWARD = """
DROP TRIGGER field_signature_append_only ON field_signature;
DROP TRIGGER field_fieldentry_append_only ON field_fieldentry;
DROP FUNCTION field_append_only();
"""


class Migration(migrations.Migration):
    dependencies = [("field", "0001_field_begin")]

    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
