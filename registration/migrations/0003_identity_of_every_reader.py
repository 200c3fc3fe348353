"""What every reader and every card adds to a read: the adapter, how the bytes came about, a
new address, the document that it names, and two more levels of trust.

The trigger of 0002 stands in the way on PostgreSQL (a pinned column changes its type) and would be
lost on SQLite (Django makes the table anew): it is dropped first and made again at the end, with
the new columns pinned too. Whatever changes this table later has to do the same.
"""

from importlib import import_module

from django.db import migrations, models

import portal.fields

earlier = import_module("registration.migrations.0002_identity_stays_as_read")

PINNED = ", ".join((*earlier.PINNED, "reader", "source", "link_index", "decode_reference"))
SQLITE = [
    f"""CREATE TRIGGER identity_stays_as_read
        BEFORE UPDATE OF {PINNED} ON registration_identity
        BEGIN SELECT RAISE(ABORT, 'an identity stays as it was read'); END"""
]
POSTGRESQL = [
    earlier.POSTGRESQL[0],
    f"""CREATE TRIGGER identity_stays_as_read
        BEFORE UPDATE OF {PINNED} ON registration_identity
        FOR EACH ROW EXECUTE FUNCTION identity_stays_as_read()""",
]


def make(apps, schema_editor):
    for statement in SQLITE if schema_editor.connection.vendor == "sqlite" else POSTGRESQL:
        schema_editor.execute(statement)


class Migration(migrations.Migration):
    dependencies = [("registration", "0002_identity_stays_as_read")]
    operations = [
        migrations.RunPython(earlier.drop, earlier.make),
        # Every read so far came from a serial reader.
        migrations.AddField(
            model_name="identity",
            name="reader",
            field=models.CharField(default="serial", max_length=20),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="identity",
            name="source",
            field=models.CharField(default="chip", max_length=10),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="identity",
            name="decode_reference",
            field=models.CharField(blank=True, default="", max_length=60),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="identity",
            name="link_index",
            field=portal.fields.BlindIndexField(blank=True, db_index=True, default=""),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="identity",
            name="address_block",
            field=portal.fields.EncryptedBinaryField(null=True),
        ),
        migrations.AlterField(
            model_name="identity",
            name="photo",
            field=portal.fields.EncryptedBinaryField(null=True),
        ),
        migrations.AlterField(
            model_name="identity", name="card_type", field=models.CharField(max_length=20)
        ),
        migrations.AlterField(
            model_name="identity",
            name="trust",
            field=models.CharField(
                choices=[
                    ("L1", "解码服务解开（L1）"),
                    ("L0", "本店读卡程序这样说（L0）"),
                    ("sighted", "人眼核对，没有芯片"),
                ],
                max_length=10,
            ),
        ),
        migrations.AddConstraint(
            model_name="identity",
            constraint=models.CheckConstraint(
                condition=models.Q(trust__in=("L1", "L0", "sighted")), name="trust_is_never_typed"
            ),
        ),
        migrations.AddConstraint(
            model_name="identity",
            constraint=models.CheckConstraint(
                condition=(models.Q(trust="L1", source="cipher") & ~models.Q(decode_reference=""))
                | (~models.Q(trust="L1") & ~models.Q(source="cipher")),
                name="only_what_was_decoded_is_cloud_trusted",
            ),
        ),
        migrations.RunPython(make, earlier.drop),
    ]
