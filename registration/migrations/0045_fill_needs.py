from django.db import migrations
from django.db.models import Q

UNITS = ("unit", "numbered")
FOREIGN = (
    *("permit", "foreigner_2017", "foreigner_2023"),
    *("passport", "hkm_permit", "taiwan_permit", "prc_passport"),
)
DEAD = ("refused", "abandoned")


def fill(apps, schema_editor):
    """Of what waits; what is decided is offered to nobody. May run twice."""
    party = apps.get_model("registration", "Party")
    waiting = apps.get_model("registration", "Review").objects.filter(status="open")
    waiting.filter(application__holder_kind__in=UNITS).update(needs_units=True)
    foreign = party.objects.filter(identity__card_type__in=FOREIGN)
    # Of an order the end users too, whose numbers are decided with it.
    with_order = foreign.exclude(application__status__in=DEAD)
    waiting.filter(
        Q(application__in=foreign.values("application"))
        | Q(application__in=with_order.values("application__order"))
    ).update(needs_foreign=True)


class Migration(migrations.Migration):
    dependencies = [("registration", "0044_needs")]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
