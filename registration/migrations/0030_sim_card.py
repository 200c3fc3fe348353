from django.db import migrations, models

LIVE = ~models.Q(iccid="") & ~models.Q(status__in=("active", "refused", "abandoned"))
EDITABLE = ("draft", "returned")


def free_twice_used(apps, schema_editor):
    """A card that lies on several drafts stays on the first; the counter asks the others again."""
    rows = apps.get_model("registration", "Application").objects
    twice = rows.filter(LIVE).values("iccid").annotate(n=models.Count("pk")).filter(n__gt=1)
    for iccid in twice.values_list("iccid", flat=True):
        same = rows.filter(LIVE, iccid=iccid)
        kept = same.exclude(status__in=EDITABLE).order_by("pk").first() or same.order_by("pk").first()
        same.filter(status__in=EDITABLE).exclude(pk=kept.pk).update(iccid="")


class Migration(migrations.Migration):

    dependencies = [("registration", "0029_photo_quality")]

    operations = [
        migrations.AddField(
            model_name="application",
            name="reserved_iccid",
            field=models.CharField(blank=True, max_length=20),
        ),
        migrations.RunPython(free_twice_used, migrations.RunPython.noop, elidable=True),
    ]
