"""One decision on a unit's order covers the numbers that the verifier had before them."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("registration", "0022_unit_s_order")]

    operations = [
        migrations.AddField(
            model_name='decision',
            name='numbers',
            field=models.JSONField(default=list),
        ),
        migrations.AddField(
            model_name='decision',
            name='numbers_back',
            field=models.JSONField(default=list),
        ),
    ]
