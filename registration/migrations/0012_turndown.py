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
        migrations.AlterField(
            model_name='decision',
            name='reason',
            field=models.CharField(blank=True, choices=[('REFUSED_DOC', '客户拒绝出示证件'), ('REFUSED_DATA', '客户拒绝提供登记资料'), ('IMPERSONATION', '冒用他人证件'), ('FORGED', '证件伪造或变造'), ('ONLINE_MISMATCH', '联网核验不一致'), ('ABNORMAL', '异常办卡'), ('BLACKLISTED', '在联合惩戒期内'), ('IMAGE_UNREADABLE', '影像不清晰，看不清文字'), ('FACE_MISMATCH', '现场照与证件不是同一人'), ('WRONG_PICTURE', '照片放错位置或不是该证件'), ('LETTER_DEFECT', '委托书缺项或与证件不符'), ('OTHER', '其他（请写明）')], max_length=20),
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
