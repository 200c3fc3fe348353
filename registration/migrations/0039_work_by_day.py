from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [("registration", "0038_rollup")]

    operations = [
        migrations.AddIndex(
            "application",
            models.Index(
                fields=["first_submitted_at"],
                condition=Q(first_submitted_at__isnull=False),
                name="application_by_first_day",
            ),
        ),
        migrations.AddIndex(
            "line",
            models.Index(
                fields=["opened_at"], condition=Q(opened_at__isnull=False), name="line_by_day"
            ),
        ),
        migrations.AddIndex("readrefusal", models.Index(fields=["at"], name="read_refusal_by_day")),
    ]
