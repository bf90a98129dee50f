"""Business calendars: weekly hours, days that differ, and the blocks of both."""

import django.contrib.postgres.constraints
import django.contrib.postgres.fields.ranges
import django.db.models.deletion
import django.db.models.expressions
import uuid
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('core', '0004_audit_indexes'),
    ]

    operations = [
        migrations.CreateModel(
            name='BusinessCalendar',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=80, unique=True)),
                ('name_zh', models.CharField(blank=True, default='', max_length=80)),
                ('timezone', models.CharField(max_length=64)),
                ('is_24x7', models.BooleanField(default=False)),
                ('country', models.CharField(blank=True, default='', max_length=2)),
                ('adjusted_weekday', models.PositiveSmallIntegerField(default=0)),
                ('is_default', models.BooleanField(default=False)),
                ('version', models.UUIDField(default=uuid.uuid4, editable=False)),
                ('filled_on', models.DateField(editable=False, null=True)),
            ],
            options={
                'ordering': ['-is_default', 'name', 'pk'],
                'constraints': [models.UniqueConstraint(condition=models.Q(('is_default', True)), fields=('is_default',), name='calendar_one_default', violation_error_message='There is already a default calendar.'), models.CheckConstraint(condition=models.Q(('is_24x7', False), ('country', ''), _connector='OR'), name='calendar_24x7_without_holidays', violation_error_message='Around the clock knows no holidays: leave the country empty.'), models.CheckConstraint(condition=models.Q(('timezone', ''), _negated=True), name='calendar_has_a_zone'), models.CheckConstraint(condition=models.Q(('adjusted_weekday__lte', 6)), name='calendar_adjusted_weekday')],
            },
        ),
        migrations.CreateModel(
            name='CalendarDay',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('on', models.DateField()),
                ('kind', models.CharField(choices=[('holiday', 'Holiday'), ('adjusted', 'Adjusted working day'), ('company', 'Own hours'), ('ordinary', 'As in the week')], max_length=10)),
                ('name', models.CharField(blank=True, default='', max_length=200)),
                ('name_zh', models.CharField(blank=True, default='', max_length=200)),
                ('source', models.CharField(choices=[('chinesecalendar', 'chinesecalendar'), ('holidays', 'holidays'), ('person', 'Edited by hand')], max_length=20)),
                ('is_provisional', models.BooleanField(default=False)),
                ('calendar', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='days', to='core.businesscalendar')),
            ],
            options={
                'ordering': ['on'],
            },
        ),
        migrations.CreateModel(
            name='DayBlock',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('start', models.PositiveSmallIntegerField()),
                ('end', models.PositiveSmallIntegerField()),
                ('day', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='blocks', to='core.calendarday')),
            ],
            options={
                'ordering': ['start'],
            },
        ),
        migrations.CreateModel(
            name='WeeklyBlock',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('start', models.PositiveSmallIntegerField()),
                ('end', models.PositiveSmallIntegerField()),
                ('weekday', models.PositiveSmallIntegerField()),
                ('calendar', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='weekly_blocks', to='core.businesscalendar')),
            ],
            options={
                'ordering': ['weekday', 'start'],
            },
        ),
        migrations.AddConstraint(
            model_name='calendarday',
            constraint=models.UniqueConstraint(fields=('calendar', 'on'), name='calendar_day_once', violation_error_message='This day is already in the calendar.'),
        ),
        migrations.AddConstraint(
            model_name='calendarday',
            constraint=models.CheckConstraint(condition=models.Q(('kind__in', ['holiday', 'adjusted', 'company', 'ordinary'])), name='calendar_day_kind_known'),
        ),
        migrations.AddConstraint(
            model_name='calendarday',
            constraint=models.CheckConstraint(condition=models.Q(('source__in', ['chinesecalendar', 'holidays', 'person'])), name='calendar_day_source_known'),
        ),
        migrations.AddConstraint(
            model_name='calendarday',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('source', 'person'), _negated=True), ('is_provisional', False), _connector='OR'), name='calendar_day_of_person_is_certain'),
        ),
        migrations.AddConstraint(
            model_name='calendarday',
            constraint=models.CheckConstraint(condition=models.Q(('source', 'person'), ('kind__in', ['holiday', 'adjusted']), _connector='OR'), name='calendar_day_of_library'),
        ),
        migrations.AddConstraint(
            model_name='dayblock',
            constraint=models.CheckConstraint(condition=models.Q(('start__lt', models.F('end')), ('end__lte', 1440)), name='day_block_ends', violation_error_message='A block begins before it ends, at 24:00 at the latest.'),
        ),
        migrations.AddConstraint(
            model_name='dayblock',
            constraint=django.contrib.postgres.constraints.ExclusionConstraint(expressions=[(models.Func(django.db.models.expressions.CombinedExpression(django.db.models.expressions.CombinedExpression(models.F('day_id'), '*', models.Value(1440, output_field=models.BigIntegerField())), '+', models.F('start')), django.db.models.expressions.CombinedExpression(django.db.models.expressions.CombinedExpression(models.F('day_id'), '*', models.Value(1440, output_field=models.BigIntegerField())), '+', models.F('end')), function='int8range', output_field=django.contrib.postgres.fields.ranges.BigIntegerRangeField()), '&&')], name='day_blocks_apart', violation_error_message='Two blocks of one day overlap.'),
        ),
        migrations.AddConstraint(
            model_name='weeklyblock',
            constraint=models.CheckConstraint(condition=models.Q(('start__lt', models.F('end')), ('end__lte', 1440)), name='weekly_block_ends', violation_error_message='A block begins before it ends, at 24:00 at the latest.'),
        ),
        migrations.AddConstraint(
            model_name='weeklyblock',
            constraint=models.CheckConstraint(condition=models.Q(('weekday__lte', 6)), name='weekly_block_weekday'),
        ),
        migrations.AddConstraint(
            model_name='weeklyblock',
            constraint=django.contrib.postgres.constraints.ExclusionConstraint(expressions=[(models.Func(django.db.models.expressions.CombinedExpression(django.db.models.expressions.CombinedExpression(django.db.models.expressions.CombinedExpression(django.db.models.expressions.CombinedExpression(models.F('calendar_id'), '*', models.Value(7, output_field=models.BigIntegerField())), '+', models.F('weekday')), '*', models.Value(1440, output_field=models.BigIntegerField())), '+', models.F('start')), django.db.models.expressions.CombinedExpression(django.db.models.expressions.CombinedExpression(django.db.models.expressions.CombinedExpression(django.db.models.expressions.CombinedExpression(models.F('calendar_id'), '*', models.Value(7, output_field=models.BigIntegerField())), '+', models.F('weekday')), '*', models.Value(1440, output_field=models.BigIntegerField())), '+', models.F('end')), function='int8range', output_field=django.contrib.postgres.fields.ranges.BigIntegerRangeField()), '&&')], name='weekly_blocks_apart', violation_error_message='Two blocks of one day overlap.'),
        ),
    ]
