"""A letter of authority has a term and a scope, and its picture is looked for."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("registration", "0017_lines_change_hands")]

    operations = [
        migrations.AddField("application", "letter_until", models.DateField(null=True)),
        migrations.AddField(
            "application", "letter_scope", models.CharField(blank=True, max_length=20)
        ),
        migrations.AddIndex(
            "photo",
            models.Index(
                fields=["sha256"], condition=models.Q(kind="letter"), name="letter_by_picture"
            ),
        ),
    ]
