from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("registration", "0047_vacuum_the_queue")]

    operations = [
        migrations.AddIndex(
            model_name="application",
            index=models.Index(
                condition=models.Q(("first_submitted_at__isnull", False)),
                fields=["-first_submitted_at", "-id"],
                include=("channel_path", "order"),
                name="application_newest",
            ),
        ),
        migrations.RemoveIndex(model_name="application", name="application_newest_first"),
    ]
