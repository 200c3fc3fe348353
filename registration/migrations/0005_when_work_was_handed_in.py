from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("registration", "0004_the_verifier_answers_a_check_list"),
    ]

    operations = [
        migrations.AddField(
            model_name="application",
            name="first_submitted_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="review",
            name="submitted_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddIndex(
            model_name="application",
            index=models.Index(
                fields=["channel_path", "first_submitted_at"],
                name="application_by_submission",
                opclasses=["varchar_pattern_ops", ""],
            ),
        ),
    ]
