import django.db.models.deletion
from django.db import migrations, models


def retire_rotated(apps, schema_editor):
    """The way back: the status of before that also lets such a key sign nothing more."""
    bridges = apps.get_model("outlets", "Bridge").objects
    bridges.filter(status="rotated").update(status="retired")


class Migration(migrations.Migration):

    dependencies = [("outlets", "0002_bind_bridges_to_readers")]

    operations = [
        migrations.AlterField(
            model_name="bridge",
            name="status",
            field=models.CharField(
                choices=[
                    ("active", "在用"),
                    ("retired", "停用"),
                    ("revoked", "吊销"),
                    ("rotated", "已换新密钥"),
                ],
                default="active",
                max_length=10,
            ),
        ),
        migrations.AddField(
            model_name="bridge",
            name="rotated_from",
            field=models.OneToOneField(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="successor",
                to="outlets.bridge",
            ),
        ),
        migrations.AddField(
            model_name="bridge",
            name="rotated_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="bridge",
            name="rotations",
            field=models.PositiveIntegerField(default=0),
        ),
        migrations.RunPython(migrations.RunPython.noop, retire_rotated),
        migrations.AddConstraint(
            model_name="bridge",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("status", "rotated"), _negated=True),
                    ("rotated_at__isnull", False),
                    _connector="OR",
                ),
                name="a_rotated_key_has_its_time",
            ),
        ),
        migrations.AddConstraint(
            model_name="bridge",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("status", "active"), _negated=True),
                    ("rotated_at__isnull", True),
                    _connector="OR",
                ),
                name="a_key_in_use_is_not_rotated",
            ),
        ),
        migrations.AddConstraint(
            model_name="bridge",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("rotated_from__isnull", True),
                    models.Q(("rotated_from", models.F("pk")), _negated=True),
                    _connector="OR",
                ),
                name="a_key_follows_another_one",
            ),
        ),
    ]
