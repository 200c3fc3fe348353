import base64
from datetime import UTC, date, datetime
from typing import Any, ClassVar

import pytest
from django.core.exceptions import FieldError, ValidationError
from django.db import connection, models
from django.db.backends.postgresql.base import DatabaseWrapper as Postgres
from django.db.migrations.writer import MigrationWriter
from django.test.utils import isolate_apps

from portal import crypto, fields

MASTER = bytes(range(32))

with isolate_apps():

    class Paper(models.Model):  # noqa: DJ008
        name = fields.EncryptedTextField(max_length=30)
        note = fields.EncryptedTextField(null=True)
        block = fields.EncryptedBinaryField(null=True)
        birth_date = fields.EncryptedDateField(null=True)
        number_index = fields.BlindIndexField(null=True)
        objects: ClassVar[models.Manager[Any]]

        class Meta:
            app_label = "portal"


@pytest.fixture(autouse=True)
def _own_keyring(tmp_path, settings):
    settings.KEYRING_FILE = tmp_path / "keyring.json"
    settings.MASTER_KEY = base64.b64encode(MASTER).decode()
    crypto.create(settings.KEYRING_FILE, MASTER)


@pytest.fixture
def papers(db):
    """The manager of a table that exists for this test only."""
    editor = connection.SchemaEditorClass(connection)
    editor.deferred_sql = []
    sql, params = editor.table_sql(Paper)
    with connection.cursor() as cursor:
        cursor.execute(sql, params or None)
    return Paper.objects


def column(name):
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {name} FROM portal_paper")
        (value,) = cursor.fetchone()
    return value if value is None else bytes(value)


def test_every_kind_of_value_comes_back_clear(papers):
    papers.create(name="王样本", note="", block=b"\x00\xff" * 128, birth_date=date(1990, 1, 1))

    paper = papers.get()

    assert (paper.name, paper.note) == ("王样本", "")
    assert paper.block == b"\x00\xff" * 128
    assert paper.birth_date == date(1990, 1, 1)


def test_the_column_holds_a_token_and_not_the_text(papers):
    papers.create(name="王样本", birth_date=date(1990, 1, 1))

    assert "王样本".encode() not in column("name")
    assert b"1990" not in column("birth_date")
    aad = b"portal.paper.name"
    assert crypto.keyring().decrypt(column("name"), aad) == "王样本".encode()


def test_null_stays_null_and_can_be_asked_for(papers):
    papers.create(name="王样本")

    assert column("note") is None
    assert papers.get().note is None
    assert papers.filter(note__isnull=True, name__isnull=False).count() == 1


def test_values_updates_and_bulk_verbs_are_encrypted_too(papers):
    papers.bulk_create([Paper(name="王样本"), Paper(name="李样例")])
    papers.filter(pk=papers.earliest("pk").pk).update(name="张示范")
    papers.bulk_update([Paper(pk=papers.latest("pk").pk, note="改过")], ["note"])

    rows = papers.order_by("pk").values_list("name", "note")

    assert list(rows) == [("张示范", None), ("李样例", "改过")]
    assert "张示范".encode() not in column("name")


@pytest.mark.parametrize(
    "question",
    [
        {"name": "王样本"},
        {"name": None},
        {"name__in": ["王样本"]},
        {"name__startswith": "王"},
        {"name__lower__contains": "王"},
        {"birth_date__year": 1990},
        {"birth_date__gt": date(1990, 1, 1)},
        {"block": b"\x00"},
    ],
)
def test_an_encrypted_column_refuses_to_be_searched(question):
    with pytest.raises(FieldError, match="encrypted"):
        Paper.objects.filter(**question)


def test_a_value_of_another_type_is_refused_without_being_shown(papers):
    with pytest.raises(TypeError, match=r"portal\.Paper\.name takes str, not int") as refused:
        papers.create(name=99110119900101)

    assert "99110119900101" not in str(refused.value)


def test_of_a_datetime_only_the_day_is_kept(papers):
    papers.create(name="王样本", birth_date=datetime(1990, 1, 1, 12, tzinfo=UTC))

    assert papers.get().birth_date == date(1990, 1, 1)


def test_a_token_moved_to_another_column_does_not_open(papers):
    papers.create(name="王样本", note="甲")
    papers.update(note=models.F("name"))

    with pytest.raises(crypto.DecryptError):
        papers.get()


def test_a_rotation_finds_stale_tokens_and_replaces_exactly_those(papers, settings):
    papers.create(name="王样本")
    crypto.add_data_key(settings.KEYRING_FILE, MASTER)
    paper = papers.annotate(token=fields.token_of("name")).get()
    assert crypto.stale(paper.token)

    same = papers.annotate(token=fields.token_of("name")).filter(token=paper.token)
    assert same.update(name=paper.name) == 1

    assert not crypto.stale(column("name"))
    assert papers.get().name == "王样本"
    assert same.update(name=paper.name) == 0


def test_forms_read_dates_and_limit_text():
    field = Paper._meta.get_field("birth_date")
    assert field.to_python("1990-01-01") == date(1990, 1, 1)
    assert field.to_python(None) is None
    for wrong in ("昨天", "1990-02-30"):
        with pytest.raises(ValidationError):
            field.to_python(wrong)

    with pytest.raises(ValidationError):
        Paper._meta.get_field("name").clean("长" * 31, None)


@pytest.mark.parametrize("name", ["name", "note", "block", "birth_date", "number_index"])
def test_a_field_survives_the_journey_through_a_migration(name):
    field: Any = Paper._meta.get_field(name)

    _, path, args, kwargs = field.deconstruct()
    text, imports = MigrationWriter.serialize(field)
    again = type(field)(*args, **kwargs)

    assert path == f"portal.fields.{type(field).__name__}"
    assert "import portal.fields" in imports
    assert text.startswith("portal.fields.")
    assert again.deconstruct()[1:] == (path, args, kwargs)


def test_a_blind_index_may_leave_the_index_to_the_model():
    field = fields.BlindIndexField(db_index=False)

    _, _, args, kwargs = field.deconstruct()

    assert kwargs == {"db_index": False}
    assert type(field)(*args, **kwargs).db_index is False


def test_a_blind_index_is_searched_like_any_text(papers):
    index = crypto.keyring().blind_index("99110119900101001X", "number")
    papers.create(name="王样本", number_index=index)

    assert papers.filter(number_index=index).count() == 1


def test_postgresql_gets_one_plain_bytewise_index_and_none_for_like():
    editor: Any = Postgres({**connection.settings_dict, "OPTIONS": {}}).SchemaEditorClass(
        Postgres({**connection.settings_dict, "OPTIONS": {}})
    )
    field = Paper._meta.get_field("number_index")

    assert field.db_type(editor.connection) == "character varying(64)"
    assert field.db_parameters(editor.connection)["collation"] == "C"
    assert editor._create_like_index_sql(Paper, field) is None


def test_unique_on_ciphertext_is_found_by_the_system_check():
    with isolate_apps():

        class Wrong(models.Model):  # noqa: DJ008
            name = fields.EncryptedTextField(unique=True)

            class Meta:
                app_label = "portal"

    assert [found.id for found in Wrong._meta.get_field("name").check()] == ["portal.E001"]
