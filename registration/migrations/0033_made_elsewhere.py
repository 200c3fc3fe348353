from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [("registration", "0032_likeness")]

    operations = [
        migrations.AddField(
            model_name='photo',
            name='made_elsewhere',
            field=models.BooleanField(default=False),
        ),
        migrations.AddIndex(
            model_name='photo',
            index=models.Index(condition=models.Q(('kind__in', ('live', 'proxy_live', 'guardian_live', 'handler_live', 'transferor_live'))), fields=['sha256'], name='live_by_picture'),
        ),
    ]
