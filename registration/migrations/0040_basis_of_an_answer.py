"""What a verifier's yes rests on, so that the next round can tell whether it still stands."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("registration", "0039_rollup"),
    ]

    operations = [
        migrations.AddField(
            model_name="decision",
            name="basis",
            field=models.JSONField(
                default=dict, db_default=models.Value({}, models.JSONField())
            ),
        ),
    ]
