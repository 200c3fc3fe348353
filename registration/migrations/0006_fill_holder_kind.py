"""A proxy was a yes; a customer alone was a no."""

from django.db import migrations


def fill(apps, schema_editor):
    applications = apps.get_model("registration", "Application").objects
    applications.filter(by_proxy=True).update(holder_kind="proxy")


def empty(apps, schema_editor):
    applications = apps.get_model("registration", "Application").objects
    applications.filter(holder_kind="proxy").update(by_proxy=True)


class Migration(migrations.Migration):
    dependencies = [("registration", "0005_holder_kind")]

    operations = [migrations.RunPython(fill, empty)]
