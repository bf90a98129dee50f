"""Queue rows, offers, and the rules that people edit."""

import django.db.models.deletion
import django.utils.timezone
import uuid
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0003_skills_and_shifts'),
        ('customers', '0004_identity_may_sign_in'),
        ('routing', '0001_initial'),
        ('tickets', '0013_desk_by_deadline'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='RoutingBook',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('version', models.UUIDField(default=uuid.uuid4)),
            ],
        ),
        migrations.CreateModel(
            name='Turn',
            fields=[
                ('staff', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='turn', serialize=False, to=settings.AUTH_USER_MODEL)),
                ('given_at', models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name='AccountOwner',
            fields=[
                ('customer', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='account_owner', serialize=False, to='customers.customer')),
                ('staff', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='owned_accounts', to=settings.AUTH_USER_MODEL)),
            ],
        ),
        migrations.CreateModel(
            name='GradeRule',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('version', models.PositiveIntegerField(unique=True)),
                ('urgency', models.JSONField()),
                ('complexity', models.JSONField()),
                ('value', models.JSONField()),
                ('complex_from', models.PositiveSmallIntegerField(default=6)),
                ('made_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('made_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['-version'],
            },
        ),
        migrations.CreateModel(
            name='QueueSettings',
            fields=[
                ('team', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='queue', serialize=False, to='accounts.team')),
                ('strategy', models.CharField(choices=[('manual', 'People take tickets themselves'), ('least_loaded', 'Whoever has the most room'), ('round_robin', 'In turn')], default='manual', max_length=12)),
                ('is_direct', models.BooleanField(default=False)),
                ('offer_seconds', models.PositiveSmallIntegerField(default=60)),
                ('chat_grace_seconds', models.PositiveIntegerField(blank=True, default=60, null=True)),
                ('grace_hours', models.PositiveIntegerField(blank=True, default=72, null=True)),
                ('is_round_the_clock', models.BooleanField(default=False)),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('strategy__in', ['manual', 'least_loaded', 'round_robin'])), name='queue_strategy_known'), models.CheckConstraint(condition=models.Q(('offer_seconds__gte', 10), ('offer_seconds__lte', 900)), name='queue_offer_seconds_in_bounds', violation_error_message='An offer waits between 10 seconds and 15 minutes.')],
            },
        ),
        migrations.CreateModel(
            name='Offer',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('load_kind', models.CharField(choices=[('chat', 'chat'), ('call', 'call'), ('mail', 'mail')], max_length=4)),
                ('state', models.CharField(choices=[('open', 'waits for an answer'), ('accepted', 'accepted'), ('declined', 'declined'), ('lapsed', 'not answered'), ('withdrawn', 'no longer on offer'), ('given', 'handed over'), ('pulled', 'taken as the next one')], default='open', max_length=9)),
                ('reasons', models.JSONField(default=list)),
                ('offered_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('expires_at', models.DateTimeField(null=True)),
                ('ended_at', models.DateTimeField(null=True)),
                ('ended_why', models.CharField(blank=True, default='', max_length=10)),
                ('staff', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='offers', to=settings.AUTH_USER_MODEL)),
                ('ticket', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='offers', to='tickets.ticket')),
            ],
            options={
                'indexes': [models.Index(condition=models.Q(('state', 'open')), fields=['staff', 'load_kind'], name='offer_open_of_staff'), models.Index(condition=models.Q(('state', 'open')), fields=['expires_at'], name='offer_expires'), models.Index(fields=['ticket', '-id'], name='offer_of_ticket'), models.Index(condition=models.Q(('ended_at__isnull', False)), fields=['-ended_at'], name='offer_ended')],
                'constraints': [models.CheckConstraint(condition=models.Q(('state__in', ['open', 'accepted', 'declined', 'lapsed', 'withdrawn', 'given', 'pulled'])), name='offer_state_known'), models.UniqueConstraint(condition=models.Q(('state', 'open')), fields=('ticket',), name='offer_one_open_a_ticket'), models.CheckConstraint(condition=models.Q(models.Q(('state', 'open'), _negated=True), models.Q(('ended_at__isnull', True), ('expires_at__isnull', False)), _connector='OR'), name='offer_open_ends')],
            },
        ),
        migrations.CreateModel(
            name='QueueEntry',
            fields=[
                ('ticket', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='queue_entry', serialize=False, to='tickets.ticket')),
                ('load_kind', models.CharField(choices=[('chat', 'chat'), ('call', 'call'), ('mail', 'mail')], max_length=4)),
                ('lane', models.PositiveSmallIntegerField()),
                ('urgency', models.PositiveSmallIntegerField()),
                ('due_at', models.DateTimeField(null=True)),
                ('entered_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('needs', models.JSONField(default=dict)),
                ('needs_key', models.CharField(blank=True, default='', max_length=200)),
                ('is_ready', models.BooleanField(default=True)),
                ('not_before', models.DateTimeField(default=django.utils.timezone.now)),
                ('offered_until', models.DateTimeField(null=True)),
                ('team', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.team')),
            ],
            options={
                'indexes': [models.Index(condition=models.Q(('is_ready', True), ('offered_until__isnull', True)), fields=['team', 'load_kind', 'needs_key', 'lane', 'urgency', 'due_at', 'entered_at', 'ticket'], name='queue_entry_to_match'), models.Index(fields=['team', 'lane', 'urgency', 'due_at', 'entered_at', 'ticket'], name='queue_entry_rank')],
                'constraints': [models.CheckConstraint(condition=models.Q(('load_kind__in', ['chat', 'call', 'mail'])), name='queue_entry_load_kind_known')],
            },
        ),
        migrations.CreateModel(
            name='SkillNeed',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('level', models.PositiveSmallIntegerField(choices=[(1, 'basic'), (2, 'good'), (3, 'expert')], default=1)),
                ('kind', models.CharField(blank=True, choices=[('enquiry', 'Pre-sales enquiry'), ('logistics', 'Order and logistics'), ('return', 'Return or exchange'), ('repair', 'Repair or fault'), ('complaint', 'Complaint or suggestion'), ('technical', 'Technical support'), ('account', 'Account security'), ('other', 'Other')], default='', max_length=10)),
                ('language', models.CharField(blank=True, default='', max_length=10)),
                ('tag', models.CharField(blank=True, default='', max_length=40)),
                ('skill', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='needs', to='accounts.skill')),
                ('team', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.team')),
            ],
            options={
                'ordering': ['skill__name', 'pk'],
                'constraints': [models.CheckConstraint(condition=models.Q(('level__in', [1, 2, 3])), name='skill_need_level_known'), models.UniqueConstraint(fields=('skill', 'team', 'kind', 'language', 'tag'), name='skill_need_once', nulls_distinct=False)],
            },
        ),
    ]
