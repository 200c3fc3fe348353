"""The outlet's phone as a camera, for one application and a few minutes."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('outlets', '0006_check_licences'),
        ('portal', '0001_initial'),
        ('registration', '0026_study'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='PhoneLink',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('round', models.PositiveSmallIntegerField()),
                ('token_hash', models.CharField(max_length=64, unique=True)),
                ('phone_hash', models.CharField(blank=True, max_length=64)),
                ('uploads', models.PositiveSmallIntegerField(default=0)),
                ('made_at', models.DateTimeField()),
                ('expires_at', models.DateTimeField()),
                ('opened_at', models.DateTimeField(null=True)),
                ('closed_at', models.DateTimeField(null=True)),
                ('application', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='phone_links', to='registration.application')),
                ('made_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('outlet', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='outlets.outlet')),
                ('session', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='portal.session')),
            ],
            options={
                'indexes': [models.Index(condition=models.Q(('closed_at__isnull', True), models.Q(('phone_hash', ''), _negated=True)), fields=['phone_hash'], name='phone_link_by_phone')],
                'constraints': [models.UniqueConstraint(condition=models.Q(('closed_at__isnull', True)), fields=('application',), name='one_open_phone_link_per_application'), models.CheckConstraint(condition=models.Q(models.Q(('opened_at__isnull', True), ('phone_hash', '')), models.Q(('opened_at__isnull', False), models.Q(('phone_hash', ''), _negated=True)), _connector='OR'), name='a_phone_link_is_opened_by_a_phone')],
            },
        ),
    ]
