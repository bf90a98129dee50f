"""A claim carries its ticket's team and owner, so that a person who sees some tickets finds their claims by an index.

The database copies them: no statement that moves a ticket or a claim can leave the copy behind, whoever writes it, and no
verb of a ticket pays a query for it. Verbs hold the ticket's lock before a claim's, as everywhere; the lock in the first
function is for those who do not.
"""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

FORWARD = """
CREATE FUNCTION claims_copy_of_ticket() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    SELECT t.team_id, t.owner_id INTO NEW.team_id, NEW.owner_id
    FROM tickets_ticket t WHERE t.id = NEW.ticket_id FOR SHARE;
    RETURN NEW;
END $$;
CREATE FUNCTION claims_follow_ticket() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE claims_claim SET team_id = NEW.team_id WHERE ticket_id = NEW.id;
    RETURN NULL;
END $$;
CREATE TRIGGER claims_ticket_moved AFTER UPDATE OF team_id, owner_id ON tickets_ticket
    FOR EACH ROW WHEN (OLD.team_id IS DISTINCT FROM NEW.team_id OR OLD.owner_id IS DISTINCT FROM NEW.owner_id)
    EXECUTE FUNCTION claims_follow_ticket();
-- nobody writes a ticket between that trigger and the end of this transaction, so nothing is missed
UPDATE claims_claim c SET team_id = t.team_id, owner_id = t.owner_id FROM tickets_ticket t WHERE t.id = c.ticket_id;
CREATE TRIGGER claims_claim_copies BEFORE INSERT OR UPDATE OF ticket_id, team_id, owner_id ON claims_claim
    FOR EACH ROW EXECUTE FUNCTION claims_copy_of_ticket();
"""
BACKWARD = """
DROP TRIGGER claims_ticket_moved ON tickets_ticket;
DROP FUNCTION claims_follow_ticket();
DROP TRIGGER claims_claim_copies ON claims_claim;
DROP FUNCTION claims_copy_of_ticket();
"""


def _copied(to: str) -> models.ForeignKey:
    return models.ForeignKey(
        to=to,
        on_delete=django.db.models.deletion.PROTECT,
        related_name="+",
        db_index=False,
        editable=False,
        null=True,
    )


class Migration(migrations.Migration):
    dependencies = [
        ("claims", "0007_external_number"),
        ("tickets", "0019_satisfaction_of_records"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField("claim", "team", _copied("accounts.team")),
        migrations.AddField("claim", "owner", _copied(settings.AUTH_USER_MODEL)),
        migrations.RunSQL(FORWARD, BACKWARD),
    ]
