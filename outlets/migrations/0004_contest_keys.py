from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [("outlets", "0003_rotate_keys")]

    operations = [
        migrations.AddField(
            model_name="bridge",
            name="contested_at",
            field=models.DateTimeField(null=True),
        ),
    ]
