"""Reads that were not taken are kept, so that a manager sees them."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("outlets", "0001_initial"),
        ("registration", "0003_identity_of_every_reader"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]
    operations = [
        migrations.CreateModel(
            name="ReadRefusal",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("channel_path", models.CharField(editable=False, max_length=120)),
                ("code", models.CharField(max_length=20, choices=[
                    ("untrusted_read", "没有通过验证"),
                    ("wrong_outlet", "其他网点的读卡程序"),
                    ("wrong_origin", "不是为这个网址做的读卡"),
                    ("wrong_challenge", "借用了为别处要的读卡"),
                    ("spent_challenge", "重复使用的读卡"),
                    ("replayed_read", "序号没有上升，疑似重放"),
                    ("dead_key", "已停用或吊销的密钥"),
                    ("rotated_key", "已经换掉的密钥"),
                    ("wrong_reader", "不是登记的读卡器"),
                    ("bad_clock", "电脑时钟不准"),
                    ("outdated_bridge", "读卡程序版本过旧"),
                    ("unreadable_card", "证件内容无法识别"),
                    ("undecoded_read", "解码服务不认"),
                ])),
                ("kid", models.CharField(blank=True, max_length=16)),
                ("at", models.DateTimeField()),
                ("application", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="read_refusals", to="registration.application")),
                ("clerk", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL)),
                ("outlet", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="outlets.outlet")),
            ],
            options={
                "indexes": [models.Index(fields=["channel_path", "at"], name="read_refusal_by_path", opclasses=["varchar_pattern_ops", ""])],
            },
        ),
    ]
