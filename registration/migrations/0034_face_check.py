"""What an engine said of a face: score, engine and threshold, and nothing of the face."""

import uuid

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('registration', '0033_made_elsewhere'),
    ]

    operations = [
        migrations.CreateModel(
            name='FaceCheck',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('role', models.CharField(choices=[('holder', '机主'), ('proxy', '受托人'), ('guardian', '监护人'), ('handler', '经办人'), ('transferor', '原机主'), ('end_user', '使用人')], max_length=10)),
                ('portrait', models.CharField(blank=True, choices=[('chip', '芯片照片'), ('page', '证件影像')], max_length=10)),
                ('result', models.CharField(choices=[('waiting', '等待比对'), ('unavailable', '比对服务暂不可用，自动重试中'), ('alike', '相似'), ('unsure', '拿不准，请人工核对'), ('differs', '差别较大，请人工核对'), ('no_face', '没有找到可比对的人脸'), ('several', '现场照上不止一个人'), ('not_compared', '没有本人同意，未做比对')], default='waiting', max_length=12)),
                ('score', models.FloatField(null=True)),
                ('threshold', models.FloatField(null=True)),
                ('engine', models.CharField(blank=True, max_length=60)),
                ('key', models.UUIDField(default=uuid.uuid4, unique=True)),
                ('attempts', models.PositiveIntegerField(default=0)),
                ('due_at', models.DateTimeField()),
                ('checked_at', models.DateTimeField(null=True)),
                ('application', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='face_checks', to='registration.application')),
                ('live', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='registration.photo')),
                ('page', models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='registration.photo')),
            ],
            options={
                'indexes': [models.Index(condition=models.Q(('result__in', ('waiting', 'unavailable'))), fields=['due_at'], name='face_check_due')],
                'constraints': [models.UniqueConstraint(fields=('application', 'role', 'live', 'page'), name='a_face_is_compared_once_with_a_page'), models.UniqueConstraint(condition=models.Q(('page__isnull', True)), fields=('application', 'role', 'live'), name='a_face_is_compared_once_without_a_page'), models.CheckConstraint(condition=models.Q(('score__isnull', True), models.Q(('checked_at__isnull', False), ('threshold__isnull', False), models.Q(('engine', ''), _negated=True)), _connector='OR'), name='a_score_names_engine_and_threshold')],
            },
        ),
    ]
