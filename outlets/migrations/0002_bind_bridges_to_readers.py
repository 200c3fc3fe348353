from django.db import migrations, models


class Migration(migrations.Migration):
    """Empty is "not bound yet": the next read binds a program that was enrolled before."""

    dependencies = [("outlets", "0001_initial")]

    operations = [
        migrations.AddField(
            model_name="bridge",
            name="sam_id",
            field=models.CharField(blank=True, default="", max_length=60, verbose_name="SAM 号"),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="bridge",
            name="reader_name",
            field=models.CharField(blank=True, default="", max_length=20, verbose_name="读卡方式"),
            preserve_default=False,
        ),
    ]
