"""What the customer was shown, answered and signed."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("registration", "0010_policy_row")]

    operations = [
        migrations.CreateModel(
            name='Consent',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(max_length=20)),
                ('version', models.CharField(max_length=20)),
                ('given', models.BooleanField()),
                ('at', models.DateTimeField()),
                ('application', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='consents', to='registration.application')),
                ('signature', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='registration.photo')),
            ],
            options={
                'constraints': [
                    models.UniqueConstraint(fields=('application', 'kind'), name='each_consent_is_answered_once'),
                    models.CheckConstraint(condition=~models.Q(version=''), name='a_consent_names_its_text'),
                ],
            },
        ),
    ]
