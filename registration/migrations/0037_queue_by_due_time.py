from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [("registration", "0036_fill_due_at")]

    operations = [
        migrations.AlterField("review", "due_at", models.DateTimeField()),
        migrations.RemoveIndex("review", "review_queue"),
        migrations.AddIndex(
            "review",
            models.Index(
                fields=["-priority", "due_at", "queued_at", "id"],
                condition=Q(status="open"),
                name="review_queue",
            ),
        ),
        migrations.AddIndex(
            "review",
            models.Index(
                fields=["kept_for"],
                condition=Q(status="open", kept_for__isnull=False),
                name="review_kept",
            ),
        ),
    ]
