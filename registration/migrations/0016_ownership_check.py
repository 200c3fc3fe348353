"""Whether a number is registered with a document."""

import uuid

import django.db.models.deletion
from django.db import migrations, models

import portal.fields


class Migration(migrations.Migration):
    dependencies = [("registration", "0015_numbers_in_use")]

    operations = [
        migrations.CreateModel(
            name='OwnershipCheck',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number_index', portal.fields.BlindIndexField(db_index=True)),
                ('result', models.CharField(choices=[('waiting', '等待核对'), ('unavailable', '运营商系统暂不可用，自动重试中'), ('match', '与登记的机主一致'), ('mismatch', '与登记的机主不一致')], default='waiting', max_length=12)),
                ('key', models.UUIDField(default=uuid.uuid4, unique=True)),
                ('attempts', models.PositiveIntegerField(default=0)),
                ('due_at', models.DateTimeField()),
                ('checked_at', models.DateTimeField(null=True)),
            ],
        ),
        migrations.AddField(
            model_name='ownershipcheck',
            name='application',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='ownership_checks', to='registration.application'),
        ),
        migrations.AddField(
            model_name='ownershipcheck',
            name='identity',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='registration.identity'),
        ),
        migrations.AddIndex(
            model_name='ownershipcheck',
            index=models.Index(condition=models.Q(('result__in', ('waiting', 'unavailable'))), fields=['due_at'], name='ownership_check_due'),
        ),
        migrations.AddConstraint(
            model_name='ownershipcheck',
            constraint=models.UniqueConstraint(fields=('identity', 'number_index'), name='ownership_is_asked_once_a_read'),
        ),
    ]
