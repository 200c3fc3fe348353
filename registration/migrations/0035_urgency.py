import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("registration", "0034_face_check"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            "application", "customer_left_at", models.DateTimeField(null=True)
        ),
        migrations.AddField("review", "due_at", models.DateTimeField(null=True)),
        migrations.AddField(
            "review",
            "kept_for",
            models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField("review", "kept_until", models.DateTimeField(null=True)),
    ]
