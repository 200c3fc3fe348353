"""Policies set at a node of the tree."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("registration", "0009_judgement"), ("outlets", "0006_check_licences"), migrations.swappable_dependency(settings.AUTH_USER_MODEL)]

    operations = [
        migrations.CreateModel(
            name='PolicyRow',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.CharField(max_length=60)),
                ('value', models.JSONField(null=True)),
                ('from_date', models.DateField()),
                ('reason', models.CharField(max_length=200)),
                ('set_at', models.DateTimeField()),
            ],
        ),
        migrations.AddField(
            model_name='policyrow',
            name='channel',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='policies', to='outlets.channel'),
        ),
        migrations.AddField(
            model_name='policyrow',
            name='set_by',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddIndex(
            model_name='policyrow',
            index=models.Index(fields=['channel', 'from_date'], name='policy_by_node'),
        ),
        migrations.AddConstraint(
            model_name='policyrow',
            constraint=models.CheckConstraint(condition=models.Q(('reason', ''), _negated=True), name='a_policy_is_set_for_a_reason'),
        ),
    ]
