from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("registration", "0006_fill_when_work_was_handed_in"),
    ]

    operations = [
        migrations.AlterField(
            model_name="review",
            name="submitted_at",
            field=models.DateTimeField(),
        ),
    ]
