from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [("registration", "0030_sim_card")]

    operations = [
        migrations.AddConstraint(
            model_name="application",
            constraint=models.UniqueConstraint(
                condition=models.Q(
                    models.Q(("iccid", ""), _negated=True),
                    models.Q(("status__in", ("active", "refused", "abandoned")), _negated=True),
                ),
                fields=("iccid",),
                name="one_live_application_per_sim_card",
            ),
        ),
    ]
