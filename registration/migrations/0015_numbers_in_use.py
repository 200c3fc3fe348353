"""What the carrier says of a customer's own number, and what is done leaves its number."""

from django.db import migrations, models

import portal.fields
import registration.models.application


class Migration(migrations.Migration):
    dependencies = [("registration", "0014_lanes_without_chip")]

    operations = [
        migrations.RemoveConstraint(
            model_name='application',
            name='one_live_application_per_number',
        ),
        migrations.AddField(
            model_name='application',
            name='address',
            field=portal.fields.EncryptedTextField(null=True),
        ),
        migrations.AddField(
            model_name='application',
            name='category',
            field=models.CharField(blank=True, choices=registration.models.application.category_choices, max_length=12),
        ),
        migrations.AddField(
            model_name='application',
            name='is_barred',
            field=models.BooleanField(default=False),
        ),
        migrations.AddField(
            model_name='application',
            name='proofs',
            field=models.JSONField(default=list),
        ),
        migrations.AddField(
            model_name='application',
            name='standing',
            field=models.CharField(blank=True, choices=[('registered', '已实名登记'), ('unregistered', '未实名登记')], max_length=12),
        ),
        migrations.AlterField(
            model_name='application',
            name='status',
            field=models.CharField(choices=[('draft', '草稿'), ('submitted', '已提交，核验中'), ('in_review', '审核中'), ('returned', '退回待改'), ('refused', '已拒绝'), ('approved', '已通过，办理中'), ('active', '已办结'), ('abandoned', '已放弃')], default='draft', max_length=10, verbose_name='状态'),
        ),
        migrations.AddConstraint(
            model_name='application',
            constraint=models.UniqueConstraint(condition=models.Q(models.Q(('number_index', ''), _negated=True), models.Q(('status__in', ('active', 'refused', 'abandoned')), _negated=True)), fields=('number_index',), name='one_live_application_per_number'),
        ),
    ]
