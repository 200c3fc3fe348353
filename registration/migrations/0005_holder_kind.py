"""Who the customer is and who is here, in place of a yes or no for a proxy; and which document
somebody showed who has no card with a chip."""

from django.db import migrations, models

import registration.models.application


class Migration(migrations.Migration):
    dependencies = [("registration", "0004_read_refusal")]

    operations = [
        migrations.AddField(
            model_name='application',
            name='documents',
            field=models.JSONField(default=dict),
        ),
        migrations.AddField(
            model_name='application',
            name='holder_kind',
            field=models.CharField(choices=registration.models.application.holder_choices, default='self', max_length=10),
        ),
        migrations.AlterField(
            model_name='application',
            name='service',
            field=models.CharField(choices=registration.models.application.service_choices, max_length=20, verbose_name='业务'),
        ),
        migrations.AlterField(
            model_name='challenge',
            name='role',
            field=models.CharField(choices=[('holder', '机主'), ('proxy', '受托人'), ('guardian', '监护人'), ('handler', '经办人'), ('transferor', '原机主')], max_length=10),
        ),
        migrations.AlterField(
            model_name='party',
            name='role',
            field=models.CharField(choices=[('holder', '机主'), ('proxy', '受托人'), ('guardian', '监护人'), ('handler', '经办人'), ('transferor', '原机主')], max_length=10),
        ),
    ]
