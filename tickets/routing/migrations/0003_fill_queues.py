"""A queue row for every ticket that waits already; skills are needed by nothing yet."""

from django.db import migrations

FORWARD = """
INSERT INTO routing_queueentry
    (ticket_id, team_id, load_kind, lane, urgency, due_at, entered_at, needs, needs_key, is_ready, not_before)
SELECT t.id, t.team_id,
    CASE WHEN t.channel_kind IN ('chat', 'wechat', 'wecom', 'weibo', 'douyin', 'xiaohongshu') THEN 'chat'
         WHEN t.channel_kind = 'phone' THEN 'call' ELSE 'mail' END,
    CASE c.level WHEN 'core' THEN 0 WHEN 'important' THEN 1 ELSE 2 END,
    CASE t.priority WHEN 'urgent' THEN 0 WHEN 'high' THEN 2 WHEN 'normal' THEN 4 ELSE 6 END
        + CASE WHEN t.grade = 'complex' THEN 0 ELSE 1 END,
    NULL, t.created_at, '{}', '', t.status_category IN ('new', 'open') AND t.snoozed_until IS NULL, now()
FROM tickets_ticket t JOIN customers_customer c ON c.id = t.customer_id
WHERE t.holder = 'queue' AND t.status_category NOT IN ('solved', 'closed') AND NOT t.is_spam
ON CONFLICT DO NOTHING;
INSERT INTO routing_routingbook (id, version) VALUES (1, gen_random_uuid()) ON CONFLICT DO NOTHING;
"""


class Migration(migrations.Migration):
    dependencies = [("routing", "0002_queues_and_offers")]

    # the way back drops the table, which the migration before does
    operations = [migrations.RunSQL(FORWARD, migrations.RunSQL.noop)]
