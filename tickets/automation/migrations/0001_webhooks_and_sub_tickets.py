"""Web hooks with their calls, and how sub-tickets are handled."""

import django.contrib.postgres.fields
import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('accounts', '0005_notices_by_mail'),
    ]

    operations = [
        migrations.CreateModel(
            name='WebhookEndpoint',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=80)),
                ('url', models.CharField(max_length=500)),
                ('sealed', models.TextField(blank=True, default='')),
                ('events', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=60), blank=True, default=list, size=None)),
                ('is_active', models.BooleanField(default=True)),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('failures', models.PositiveIntegerField(default=0)),
                ('paused_until', models.DateTimeField(blank=True, null=True)),
                ('last_ok_at', models.DateTimeField(blank=True, null=True)),
                ('last_error_at', models.DateTimeField(blank=True, null=True)),
                ('last_error', models.CharField(blank=True, default='', max_length=500)),
            ],
            options={
                'ordering': ['name', 'pk'],
            },
        ),
        migrations.CreateModel(
            name='SubTicketSetting',
            fields=[
                ('id', models.PositiveSmallIntegerField(default=1, primary_key=True, serialize=False)),
                ('when_solving', models.CharField(choices=[('ask', 'ask whether they are sure'), ('refuse', 'refuse'), ('allow', 'let them')], default='ask', max_length=6)),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('id', 1)), name='sub_ticket_setting_one'), models.CheckConstraint(condition=models.Q(('when_solving__in', ['ask', 'refuse', 'allow'])), name='sub_ticket_solving_known')],
            },
        ),
        migrations.CreateModel(
            name='SubTicketTemplate',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=80)),
                ('name_zh', models.CharField(blank=True, default='', max_length=80)),
                ('kind', models.CharField(blank=True, choices=[('enquiry', 'Pre-sales enquiry'), ('logistics', 'Order and logistics'), ('return', 'Return or exchange'), ('repair', 'Repair or fault'), ('complaint', 'Complaint or suggestion'), ('technical', 'Technical support'), ('account', 'Account security'), ('other', 'Other')], default='', max_length=10)),
                ('subject', models.CharField(max_length=250)),
                ('text', models.TextField(blank=True, default='')),
                ('is_active', models.BooleanField(default=True)),
                ('position', models.PositiveSmallIntegerField(default=0)),
                ('team', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.team')),
            ],
            options={
                'ordering': ['position', 'name'],
                'constraints': [models.UniqueConstraint(fields=('name',), name='sub_ticket_template_name_once', violation_error_message='There is a template of this name already.')],
            },
        ),
        migrations.CreateModel(
            name='WebhookCall',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('state', models.CharField(choices=[('ready', 'waiting for a worker'), ('working', 'in work'), ('back_off', 'will be tried again'), ('done', 'done'), ('parked', 'parked'), ('discarded', 'discarded')], default='ready', max_length=10)),
                ('order_key', models.CharField(blank=True, default='', max_length=200)),
                ('attempts', models.PositiveSmallIntegerField(default=0)),
                ('deaths', models.PositiveSmallIntegerField(default=0)),
                ('lease_token', models.UUIDField(null=True)),
                ('leased_until', models.DateTimeField(null=True)),
                ('next_attempt_at', models.DateTimeField(null=True)),
                ('reason', models.TextField(blank=True, default='')),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('finished_at', models.DateTimeField(null=True)),
                ('event_name', models.CharField(max_length=60)),
                ('event_id', models.BigIntegerField(null=True)),
                ('ticket_id', models.BigIntegerField(null=True)),
                ('body', models.TextField()),
                ('key', models.UUIDField(unique=True)),
                ('dedupe_key', models.CharField(max_length=200, null=True, unique=True)),
                ('status_code', models.PositiveSmallIntegerField(null=True)),
                ('answer', models.CharField(blank=True, default='', max_length=2000)),
                ('took_ms', models.PositiveIntegerField(null=True)),
                ('sent_at', models.DateTimeField(null=True)),
                ('endpoint', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='calls', to='automation.webhookendpoint')),
            ],
            options={
                'indexes': [models.Index(condition=models.Q(('state__in', ['ready', 'working', 'back_off'])), fields=['order_key', 'id'], name='webhook_call_unfinished_key'), models.Index(condition=models.Q(('state__in', ['ready', 'working', 'back_off'])), fields=['id'], name='webhook_call_unfinished'), models.Index(condition=models.Q(('state', 'parked')), fields=['id'], name='webhook_call_parked'), models.Index(fields=['endpoint', '-id'], name='webhook_call_of_endpoint'), models.Index(condition=models.Q(('finished_at__isnull', False)), fields=['finished_at'], name='webhook_call_finished')],
            },
        ),
    ]
