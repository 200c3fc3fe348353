from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [("outlets", "0004_contest_keys")]

    operations = [
        migrations.AddField(
            model_name="reader",
            name="left_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddIndex(
            model_name="reader",
            index=models.Index(
                condition=models.Q(("left_at__isnull", True)),
                fields=["sam_id", "seen_at"],
                name="readers_by_sam_id",
            ),
        ),
    ]
