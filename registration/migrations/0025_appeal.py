"""An appeal against a refusal is a case of its own (RF-06)."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import portal.fields


class Migration(migrations.Migration):

    dependencies = [
        ('registration', '0024_pages_of_an_end_user'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Appeal',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('channel_path', models.CharField(editable=False, max_length=120)),
                ('way', models.CharField(choices=[('hotline', '客服热线'), ('office', '到公司或营业厅提出'), ('regulator', '12300 转来')], max_length=10)),
                ('words', portal.fields.EncryptedTextField()),
                ('made_at', models.DateTimeField()),
                ('due_date', models.DateField()),
                ('outcome', models.CharField(blank=True, choices=[('upheld', '申诉成立'), ('rejected', '申诉不成立')], max_length=10)),
                ('answer', portal.fields.EncryptedTextField(null=True)),
                ('decided_at', models.DateTimeField(null=True)),
                ('application', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='appeals', to='registration.application')),
                ('decided_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('made_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'indexes': [models.Index(condition=models.Q(('outcome', '')), fields=['channel_path', 'due_date'], name='appeal_open_by_path', opclasses=['varchar_pattern_ops', ''])],
                'constraints': [models.UniqueConstraint(condition=models.Q(('outcome', '')), fields=('application',), name='one_open_appeal_per_application'), models.CheckConstraint(condition=models.Q(models.Q(('answer__isnull', True), ('decided_at__isnull', True), ('decided_by__isnull', True), ('outcome', '')), models.Q(('answer__isnull', False), ('decided_at__isnull', False), ('decided_by__isnull', False), ('outcome__in', ('upheld', 'rejected'))), _connector='OR'), name='an_appeal_is_answered_whole_or_not_at_all')],
            },
        ),
    ]
