"""Sent away at the counter for a coded reason; forged or borrowed papers are kept as evidence."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import registration.models.turndown


class Migration(migrations.Migration):
    dependencies = [("registration", "0011_consent"), migrations.swappable_dependency(settings.AUTH_USER_MODEL)]

    operations = [
        migrations.AddField(
            model_name='application',
            name='legal_hold_at',
            field=models.DateTimeField(null=True),
        ),
        migrations.RemoveConstraint(model_name='application', name='what_left_the_counter_was_submitted'),
        migrations.AddConstraint(
            model_name='application',
            constraint=models.CheckConstraint(
                condition=models.Q(('status__in', ('draft', 'abandoned', 'refused')), models.Q(('submit_key__isnull', False), ('submitted_at__isnull', False)), _connector='OR'),
                name='what_left_the_counter_was_submitted',
            ),
        ),
        migrations.CreateModel(
            name='Turndown',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(choices=registration.models.turndown.code_choices, max_length=20)),
                ('article', models.CharField(max_length=80)),
                ('at', models.DateTimeField()),
                ('application', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='turndown', to='registration.application')),
                ('by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=~models.Q(code='') & ~models.Q(article=''), name='nobody_is_sent_away_without_a_reason')],
            },
        ),
    ]
