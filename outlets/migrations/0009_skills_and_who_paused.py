import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("outlets", "0008_index_lists"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            "post",
            "knows_foreign",
            models.BooleanField(db_default=True, default=True, editable=False),
        ),
        migrations.AddField(
            "post",
            "knows_units",
            models.BooleanField(db_default=True, default=True, editable=False),
        ),
        migrations.AddField(
            "post",
            "paused_by",
            models.ForeignKey(
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
    ]
