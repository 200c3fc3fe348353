"""A unit's order: what its papers say, its numbers as applications of their own, end users."""

import django.db.models.deletion
from django.db import migrations, models

import portal.fields
import registration.models.unit


class Migration(migrations.Migration):

    dependencies = [
        ('registration', '0021_claim'),
    ]

    operations = [
        migrations.CreateModel(
            name='Unit',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=registration.models.unit.kind_choices, max_length=12)),
                ('name', portal.fields.EncryptedTextField()),
                ('number', portal.fields.EncryptedTextField(blank=True)),
                ('address', portal.fields.EncryptedTextField()),
                ('purpose', models.CharField(max_length=100)),
                ('letter_until', models.DateField()),
                ('letter_names_handler', models.BooleanField(default=False)),
                ('letter_states_scope', models.BooleanField(default=False)),
                ('letter_is_sealed', models.BooleanField(default=False)),
                ('note_number', portal.fields.EncryptedTextField(blank=True)),
                ('note_date', models.DateField(null=True)),
                ('level', models.CharField(blank=True, choices=registration.models.unit.level_choices, max_length=10)),
                ('papers', models.JSONField(default=list)),
                ('shown', models.JSONField(default=dict)),
            ],
        ),
        migrations.AddField(
            model_name='application',
            name='order',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='numbers', to='registration.application'),
        ),
        migrations.AlterField(
            model_name='challenge',
            name='role',
            field=models.CharField(choices=[('holder', '机主'), ('proxy', '受托人'), ('guardian', '监护人'), ('handler', '经办人'), ('transferor', '原机主'), ('end_user', '使用人')], max_length=10),
        ),
        migrations.AlterField(
            model_name='party',
            name='role',
            field=models.CharField(choices=[('holder', '机主'), ('proxy', '受托人'), ('guardian', '监护人'), ('handler', '经办人'), ('transferor', '原机主'), ('end_user', '使用人')], max_length=10),
        ),
        migrations.AddConstraint(
            model_name='application',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('holder_kind', 'numbered'), ('order__isnull', False)), models.Q(models.Q(('holder_kind', 'numbered'), _negated=True), ('order__isnull', True)), _connector='OR'), name='a_unit_s_number_is_of_an_order'),
        ),
        migrations.AddConstraint(
            model_name='application',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('holder_kind', 'unit'), _negated=True), ('number__isnull', True), _connector='OR'), name='an_order_has_no_number_itself'),
        ),
        migrations.AddField(
            model_name='unit',
            name='application',
            field=models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='unit', to='registration.application'),
        ),
        migrations.AddConstraint(
            model_name='unit',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('kind', 'embassy'), _negated=True), ('note_date__isnull', False), _connector='OR'), name='an_embassy_brings_a_dated_note'),
        ),
        migrations.AddConstraint(
            model_name='unit',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('kind', 'army'), _negated=True), models.Q(('level', ''), _negated=True), _connector='OR'), name='an_army_unit_has_its_level'),
        ),
        migrations.AddConstraint(
            model_name='unit',
            constraint=models.CheckConstraint(condition=models.Q(('purpose', ''), _negated=True), name='a_unit_says_what_its_numbers_are_for'),
        ),
    ]
