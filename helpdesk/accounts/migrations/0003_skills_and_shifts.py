"""Skills, capacities, shifts, and what people choose when they go online."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0002_team_calendar'),
    ]

    operations = [
        migrations.CreateModel(
            name='RoleCapacity',
            fields=[
                ('role', models.CharField(choices=[('agent', 'Agent'), ('lead', 'Team lead'), ('supervisor', 'Supervisor'), ('quality', 'Quality'), ('editor', 'Knowledge editor'), ('engineer', 'Engineer'), ('outlet', 'Service outlet'), ('store_clerk', 'Store clerk'), ('warehouse', 'Warehouse'), ('finance', 'Finance'), ('approver', 'Approver'), ('administrator', 'Administrator')], max_length=14, primary_key=True, serialize=False)),
                ('chats', models.PositiveSmallIntegerField(default=0)),
                ('calls', models.PositiveSmallIntegerField(default=0)),
                ('mails', models.PositiveSmallIntegerField(default=0)),
            ],
        ),
        migrations.CreateModel(
            name='Shift',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('weekday', models.PositiveSmallIntegerField(blank=True, null=True)),
                ('on', models.DateField(blank=True, null=True)),
                ('kind', models.CharField(choices=[('work', 'shift'), ('duty', 'night duty'), ('off', 'free')], default='work', max_length=4)),
                ('starts', models.PositiveSmallIntegerField(default=540)),
                ('ends', models.PositiveSmallIntegerField(default=1080)),
            ],
        ),
        migrations.CreateModel(
            name='Skill',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=60, unique=True)),
                ('name_zh', models.CharField(blank=True, default='', max_length=60)),
            ],
            options={
                'ordering': ['name'],
            },
        ),
        migrations.CreateModel(
            name='StaffSkill',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('level', models.PositiveSmallIntegerField(choices=[(1, 'basic'), (2, 'good'), (3, 'expert')], default=2)),
            ],
        ),
        migrations.CreateModel(
            name='WorkProfile',
            fields=[
                ('staff', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='work_profile', serialize=False, to=settings.AUTH_USER_MODEL)),
                ('seniority', models.PositiveSmallIntegerField(choices=[(1, 'junior'), (2, 'experienced'), (3, 'senior')], default=2)),
                ('chats', models.PositiveSmallIntegerField(blank=True, null=True)),
                ('calls', models.PositiveSmallIntegerField(blank=True, null=True)),
                ('mails', models.PositiveSmallIntegerField(blank=True, null=True)),
            ],
        ),
        migrations.AddField(
            model_name='presence',
            name='calls',
            field=models.PositiveSmallIntegerField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='presence',
            name='chats',
            field=models.PositiveSmallIntegerField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='presence',
            name='is_overtime',
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.AddField(
            model_name='presence',
            name='mails',
            field=models.PositiveSmallIntegerField(blank=True, null=True),
        ),
        migrations.AddConstraint(
            model_name='presence',
            constraint=models.CheckConstraint(condition=models.Q(('state__in', ['online', 'busy', 'away', 'offline'])), name='presence_state_known'),
        ),
        migrations.AddField(
            model_name='shift',
            name='staff',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='shifts', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='staffskill',
            name='skill',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='people', to='accounts.skill'),
        ),
        migrations.AddField(
            model_name='staffskill',
            name='staff',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='skills', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddConstraint(
            model_name='workprofile',
            constraint=models.CheckConstraint(condition=models.Q(('seniority__in', [1, 2, 3])), name='work_profile_seniority_known'),
        ),
        migrations.AddIndex(
            model_name='shift',
            index=models.Index(fields=['staff', 'on'], name='shift_of_staff'),
        ),
        migrations.AddConstraint(
            model_name='shift',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('on__isnull', True), ('weekday__isnull', False)), models.Q(('on__isnull', False), ('weekday__isnull', True)), _connector='OR'), name='shift_weekly_or_dated'),
        ),
        migrations.AddConstraint(
            model_name='shift',
            constraint=models.CheckConstraint(condition=models.Q(('weekday__isnull', True), ('weekday__lte', 6), _connector='OR'), name='shift_weekday_known'),
        ),
        migrations.AddConstraint(
            model_name='shift',
            constraint=models.CheckConstraint(condition=models.Q(('kind__in', ['work', 'duty', 'off'])), name='shift_kind_known'),
        ),
        migrations.AddConstraint(
            model_name='shift',
            constraint=models.CheckConstraint(condition=models.Q(('ends__lte', 1440), ('starts__lt', 1440)), name='shift_within_a_day'),
        ),
        migrations.AddConstraint(
            model_name='staffskill',
            constraint=models.UniqueConstraint(fields=('staff', 'skill'), name='staff_skill_once'),
        ),
        migrations.AddConstraint(
            model_name='staffskill',
            constraint=models.CheckConstraint(condition=models.Q(('level__in', [1, 2, 3])), name='staff_skill_level_known'),
        ),
    ]
