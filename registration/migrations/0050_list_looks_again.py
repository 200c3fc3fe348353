from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [("registration", "0049_order_what_is_kept")]

    operations = [
        migrations.AddIndex(
            model_name="review",
            index=models.Index(
                fields=["expires_at"],
                condition=Q(kind__in=("second", "third"), status="open"),
                name="review_looks",
            ),
        ),
    ]
