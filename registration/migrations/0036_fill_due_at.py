from datetime import timedelta

from django.db import migrations
from django.db.models import F

# What was in force for all when nobody could set it.
DEFAULT = timedelta(minutes=30)
BATCH = 10_000


def fill(apps, schema_editor):
    rows = apps.get_model("registration", "Review").objects.filter(due_at=None)
    while pks := list(rows.values_list("pk", flat=True)[:BATCH]):
        rows.filter(pk__in=pks).update(due_at=F("queued_at") + DEFAULT)


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("registration", "0035_urgency")]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
