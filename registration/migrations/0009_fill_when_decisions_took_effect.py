from django.db import migrations
from django.db.models import F


def fill(apps, schema_editor):
    """Decisions made so far took effect at once."""
    decisions = apps.get_model("registration", "Decision").objects
    decisions.filter(settled_at__isnull=True).update(settled_at=F("decided_at"))


class Migration(migrations.Migration):

    dependencies = [
        ("registration", "0008_a_decision_takes_effect_later"),
    ]

    operations = [
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]
