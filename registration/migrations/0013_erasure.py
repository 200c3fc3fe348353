"""What came to nothing is erased after some days; the proof stays."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("registration", "0012_turndown")]

    operations = [
        migrations.AddField(
            model_name='application',
            name='erased_at',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddIndex(
            model_name='application',
            index=models.Index(condition=models.Q(('erased_at__isnull', True), ('legal_hold_at__isnull', True), ('status__in', ('refused', 'abandoned'))), fields=['channel_path', 'touched_at'], name='application_to_erase'),
        ),
        migrations.AddConstraint(
            model_name='application',
            constraint=models.CheckConstraint(
                condition=models.Q(('erased_at__isnull', True), models.Q(('legal_hold_at__isnull', True), ('number__isnull', True), ('number_index', ''), ('status__in', ('refused', 'abandoned'))), _connector='OR'),
                name='only_what_came_to_nothing_is_erased',
            ),
        ),
        migrations.CreateModel(
            name='Erasure',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('erased_at', models.DateTimeField()),
                ('after_days', models.PositiveSmallIntegerField()),
                ('pictures', models.PositiveSmallIntegerField()),
                ('pictures_digest', models.CharField(max_length=64)),
                ('people', models.PositiveSmallIntegerField()),
                ('record', models.CharField(max_length=64)),
                ('application', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='erasure', to='registration.application')),
            ],
        ),
    ]
