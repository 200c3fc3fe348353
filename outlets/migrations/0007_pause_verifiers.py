from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("outlets", "0006_check_licences")]

    operations = [
        migrations.AddField("post", "paused_at", models.DateTimeField(editable=False, null=True)),
    ]
