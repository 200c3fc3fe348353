from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [
        ("outlets", "0009_skills_and_who_paused"),
        ("registration", "0043_second_look"),
    ]

    operations = [
        migrations.AddField(
            "review", "needs_foreign", models.BooleanField(db_default=False, default=False)
        ),
        migrations.AddField(
            "review", "needs_units", models.BooleanField(db_default=False, default=False)
        ),
        # The new one first: at no moment is a claim without its index.
        migrations.AddIndex(
            "review",
            models.Index(
                fields=[
                    *("-priority", "due_at", "queued_at", "id"),
                    *("needs_units", "needs_foreign"),
                ],
                condition=Q(status="open"),
                name="review_turn",
            ),
        ),
        migrations.RemoveIndex("review", "review_queue"),
    ]
