"""特殊协助: who stands by at an application, and why."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('registration', '0018_letter_term'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name='application',
            name='assisted_at',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name='application',
            name='assisted_by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='application',
            name='assisted_reason',
            field=models.CharField(blank=True, choices=[('sight', '视力障碍'), ('hands', '不能书写'), ('speech', '听力或言语障碍'), ('age', '年老行动不便'), ('illness', '因病不便'), ('other', '其他不便')], max_length=10),
        ),
        migrations.AddConstraint(
            model_name='application',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('assisted_at__isnull', True), ('assisted_by__isnull', True), ('assisted_reason', '')), models.Q(models.Q(('assisted_reason', ''), _negated=True), ('assisted_at__isnull', False), ('assisted_by__isnull', False)), _connector='OR'), name='help_has_a_reason_and_a_witness'),
        ),
    ]
