"""What the rules were given when they judged; findings name it."""

import django.db.models.deletion
from django.db import migrations, models

import portal.fields


class Migration(migrations.Migration):
    dependencies = [("registration", "0008_papers_of_everybody")]

    operations = [
        migrations.CreateModel(
            name='Judgement',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('digest', models.CharField(max_length=64)),
                ('facts', portal.fields.EncryptedBinaryField()),
                ('rules_version', models.CharField(max_length=20)),
                ('judged_at', models.DateTimeField()),
            ],
        ),
        migrations.AddField(
            model_name='finding',
            name='facts_digest',
            field=models.CharField(blank=True, max_length=64),
        ),
        migrations.AddField(
            model_name='judgement',
            name='application',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='judgements', to='registration.application'),
        ),
        migrations.AddIndex(
            model_name='judgement',
            index=models.Index(fields=['judged_at'], name='judgement_by_day'),
        ),
        migrations.AddConstraint(
            model_name='judgement',
            constraint=models.UniqueConstraint(fields=('application', 'digest'), name='the_same_facts_are_judged_once'),
        ),
    ]
