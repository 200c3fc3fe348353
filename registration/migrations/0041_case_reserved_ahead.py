"""A case that is kept for a minute for the verifier who is about to be ready for it."""

from django.conf import settings
from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("registration", "0040_basis_of_an_answer"),
    ]

    operations = [
        migrations.AddField(
            model_name="review",
            name="reserved_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddConstraint(
            model_name="review",
            constraint=models.UniqueConstraint(
                fields=["kept_for"],
                condition=Q(reserved_at__isnull=False, status="open"),
                name="one_case_reserved_per_verifier",
            ),
        ),
    ]
