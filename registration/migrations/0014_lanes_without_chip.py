"""Documents without a readable chip: what a zone says, and what was typed where no machine reads.

The trigger of 0003 is dropped first and made again at the end, with the new columns pinned too
(see there why).
"""

from importlib import import_module

from django.db import migrations, models

import portal.fields

first = import_module("registration.migrations.0002_identity_stays_as_read")
earlier = import_module("registration.migrations.0003_identity_of_every_reader")

CHIP_KINDS = ["resident", "permit", "foreigner_2017", "foreigner_2023"]
PINNED = f"{earlier.PINNED}, lane, stated_index"
SQLITE = [
    f"""CREATE TRIGGER identity_stays_as_read
        BEFORE UPDATE OF {PINNED} ON registration_identity
        BEGIN SELECT RAISE(ABORT, 'an identity stays as it was read'); END"""
]
POSTGRESQL = [
    first.POSTGRESQL[0],
    f"""CREATE TRIGGER identity_stays_as_read
        BEFORE UPDATE OF {PINNED} ON registration_identity
        FOR EACH ROW EXECUTE FUNCTION identity_stays_as_read()""",
]


def make(apps, schema_editor):
    for statement in SQLITE if schema_editor.connection.vendor == "sqlite" else POSTGRESQL:
        schema_editor.execute(statement)


class Migration(migrations.Migration):
    dependencies = [("registration", "0013_erasure")]
    operations = [
        migrations.RunPython(first.drop, earlier.make),
        migrations.AddField(
            model_name="photo", name="mrz", field=portal.fields.EncryptedTextField(null=True)
        ),
        migrations.AddField(
            model_name="application", name="pictured", field=models.JSONField(default=list)
        ),
        # Every identity so far was read from a chip.
        migrations.AddField(
            model_name="identity",
            name="lane",
            field=models.CharField(
                choices=[("chip", "chip"), ("mrz", "mrz"), ("sighted", "sighted")],
                default="chip",
                max_length=10,
            ),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="identity", name="stated", field=portal.fields.EncryptedTextField(null=True)
        ),
        migrations.AddField(
            model_name="identity",
            name="stated_index",
            field=portal.fields.BlindIndexField(blank=True, db_index=False, default=""),
            preserve_default=False,
        ),
        migrations.AlterField(
            model_name="identity",
            name="bridge",
            field=models.ForeignKey(
                null=True, on_delete=models.PROTECT, related_name="+", to="outlets.bridge"
            ),
        ),
        migrations.AlterField(
            model_name="identity", name="counter", field=models.BigIntegerField(null=True)
        ),
        migrations.AlterField(
            model_name="identity",
            name="trust",
            field=models.CharField(
                choices=[
                    ("L1", "解码服务解开（L1）"),
                    ("L0", "本店读卡程序这样说（L0）"),
                    ("mrz", "机读区，校验位全部相符"),
                    ("sighted", "人眼核对，没有芯片"),
                ],
                max_length=10,
            ),
        ),
        migrations.RemoveConstraint(model_name="identity", name="trust_is_never_typed"),
        migrations.AddConstraint(
            model_name="identity",
            constraint=models.CheckConstraint(
                condition=models.Q(trust__in=("L1", "L0", "mrz", "sighted")),
                name="trust_is_never_typed",
            ),
        ),
        migrations.AddConstraint(
            model_name="identity",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    lane="chip",
                    card_type__in=CHIP_KINDS,
                    trust__in=("L1", "L0"),
                    bridge__isnull=False,
                    counter__isnull=False,
                    stated__isnull=True,
                    stated_index="",
                )
                & ~models.Q(envelope="")
                | models.Q(
                    lane=models.F("trust"),
                    bridge__isnull=True,
                    counter__isnull=True,
                    stated__isnull=False,
                    envelope="",
                )
                & ~models.Q(card_type__in=CHIP_KINDS)
                & ~models.Q(stated_index=""),
                name="a_document_with_a_chip_is_never_typed",
            ),
        ),
        migrations.AlterField(
            model_name="onlinecheck",
            name="result",
            field=models.CharField(
                choices=[
                    ("waiting", "等待核验"),
                    ("unavailable", "核验服务暂不可用，自动重试中"),
                    ("match", "一致"),
                    ("mismatch", "不一致"),
                    ("not_found", "查无此号"),
                    ("no_register", "这种证件没有联网核验，由审核员核对"),
                ],
                default="waiting",
                max_length=12,
            ),
        ),
        migrations.RunPython(make, first.drop),
    ]
