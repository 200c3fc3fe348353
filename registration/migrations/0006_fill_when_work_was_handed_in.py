from django.db import migrations
from django.db.models import F, Min, OuterRef, Subquery
from django.db.models.functions import Coalesce

BATCH = 2000


def fill(apps, schema_editor):
    """The queue opened seconds after the submit; nearer than that nothing was kept."""
    reviews = apps.get_model("registration", "Review").objects.all()
    applications = apps.get_model("registration", "Application").objects.all()
    _in_batches(reviews.filter(submitted_at=None), submitted_at=F("queued_at"))
    queued = reviews.filter(application=OuterRef("pk")).values("application")
    first = queued.annotate(first=Min("queued_at")).values("first")
    _in_batches(
        applications.filter(first_submitted_at=None, submitted_at__isnull=False),
        first_submitted_at=Coalesce(Subquery(first), F("submitted_at")),
    )


def _in_batches(rows, **values):
    while pks := list(rows.values_list("pk", flat=True)[:BATCH]):
        rows.filter(pk__in=pks).update(**values)


class Migration(migrations.Migration):

    dependencies = [
        ("registration", "0005_when_work_was_handed_in"),
    ]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
