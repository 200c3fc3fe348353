"""CV-02 in the database itself: no column of a read changes, except its ciphertexts when the
data key is rotated (the hash of the clear block pins them)."""

from django.db import migrations

PINNED = (
    "outlet_id", "challenge_id", "bridge_id", "sam_id", "counter", "card_type", "trust",
    "block_sha256", "envelope", "number_index", "person_key", "read_at", "received_at",
)

SQLITE = [
    f"""CREATE TRIGGER identity_stays_as_read
        BEFORE UPDATE OF {", ".join(PINNED)} ON registration_identity
        BEGIN SELECT RAISE(ABORT, 'an identity stays as it was read'); END"""
]
POSTGRESQL = [
    """CREATE FUNCTION identity_stays_as_read() RETURNS trigger LANGUAGE plpgsql AS
       $$ BEGIN RAISE EXCEPTION 'an identity stays as it was read'
          USING ERRCODE = 'integrity_constraint_violation'; END $$""",
    f"""CREATE TRIGGER identity_stays_as_read
        BEFORE UPDATE OF {", ".join(PINNED)} ON registration_identity
        FOR EACH ROW EXECUTE FUNCTION identity_stays_as_read()""",
]


def make(apps, schema_editor):
    for statement in SQLITE if schema_editor.connection.vendor == "sqlite" else POSTGRESQL:
        schema_editor.execute(statement)


def drop(apps, schema_editor):
    if schema_editor.connection.vendor == "sqlite":
        schema_editor.execute("DROP TRIGGER identity_stays_as_read")
    else:
        schema_editor.execute("DROP TRIGGER identity_stays_as_read ON registration_identity")
        schema_editor.execute("DROP FUNCTION identity_stays_as_read")


class Migration(migrations.Migration):
    dependencies = [("registration", "0001_initial")]
    operations = [migrations.RunPython(make, drop)]
