"""Lines that end, and every service's command."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("registration", "0016_ownership_check")]

    operations = [
        migrations.RemoveConstraint(
            model_name='carrierorder',
            name='a_line_is_ordered_once_at_a_time',
        ),
        migrations.RemoveConstraint(
            model_name='line',
            name='one_line_per_number',
        ),
        migrations.AddField(
            model_name='carrierorder',
            name='done_at',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name='carrierorder',
            name='order_no',
            field=models.CharField(blank=True, max_length=60),
        ),
        migrations.AddField(
            model_name='line',
            name='quarantine_until',
            field=models.DateTimeField(null=True),
        ),
        migrations.AlterField(
            model_name='carrierorder',
            name='command',
            field=models.CharField(choices=[('open', '开通'), ('install', '装机'), ('move', '移机'), ('transfer', '过户'), ('reissue', '补换卡'), ('close', '销号'), ('register', '登记'), ('release', '退还号码')], max_length=10),
        ),
        migrations.AlterField(
            model_name='line',
            name='status',
            field=models.CharField(choices=[('pending', '开通中'), ('active', '正常'), ('failed', '未能开通'), ('quarantine', '已销号，冷冻中'), ('closed', '已销号')], default='pending', max_length=12),
        ),
        migrations.AddIndex(
            model_name='line',
            index=models.Index(condition=models.Q(('status', 'quarantine')), fields=['quarantine_until'], name='line_in_quarantine'),
        ),
        migrations.AddConstraint(
            model_name='carrierorder',
            constraint=models.UniqueConstraint(condition=models.Q(('status', 'due'), models.Q(('command', 'release'), _negated=True)), fields=('application',), name='a_line_is_ordered_once_at_a_time'),
        ),
        migrations.AddConstraint(
            model_name='line',
            constraint=models.UniqueConstraint(condition=models.Q(('status__in', ('failed', 'quarantine', 'closed')), _negated=True), fields=('number_index',), name='one_line_per_number'),
        ),
        migrations.AddConstraint(
            model_name='line',
            constraint=models.CheckConstraint(condition=models.Q(('quarantine_until__isnull', False), models.Q(('status', 'quarantine'), _negated=True), _connector='OR'), name='a_quarantine_has_an_end'),
        ),
    ]
