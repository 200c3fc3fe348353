"""The holder kind tells it now."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("registration", "0006_fill_holder_kind")]

    operations = [
        migrations.RemoveField(
            model_name='application',
            name='by_proxy',
        ),
    ]
