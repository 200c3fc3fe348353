"""What is kept of a read: every kind of card, every reader, and what can never change."""

from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from outlets.bridge.people import PEOPLE
from outlets.frames import CardKind
from portal import crypto
from portal.services import person
from registration.models import Identity, Trust
from tests.cast import Cast
from tests.signing import JPEG

pytestmark = pytest.mark.django_db

KINDS = {
    "wang": CardKind.RESIDENT,
    "hk": CardKind.PERMIT,
    "foreign": CardKind.FOREIGNER_2017,
    "resident_foreigner": CardKind.FOREIGNER_2023,
}
ADDRESS = "示例省新住址县样本镇".ljust(35).encode("utf-16-le")


def document(number: str) -> str:
    return crypto.keyring().blind_index(number, "document")


def parts(name: str = "wang", **others: bytes) -> dict[str, bytes]:
    return {"block": PEOPLE[name].block()} | others


# Every kind of card ---------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "kind"), KINDS.items())
def test_every_kind_of_card_is_kept_and_read_again_from_its_bytes(
    cast: Cast, name: str, kind: CardKind
) -> None:
    identity = cast.read(cast.draft(), name).identity

    kept = Identity.objects.get(pk=identity.pk)
    assert (kept.card_type, kept.card.kind, kept.card.name) == (kind, kind, PEOPLE[name].name)
    assert kept.number_index == document(PEOPLE[name].number)
    assert kept.is_as_read


@pytest.mark.parametrize(("name", "permit"), [("hk", "H99000012"), ("tw", "99000034")])
def test_a_residence_permit_and_its_travel_permit_are_one_person(
    cast: Cast, name: str, permit: str
) -> None:
    identity = cast.read(cast.draft(), name).identity

    assert identity.person_key == person.key(permit)
    assert identity.person_key != person.key(PEOPLE[name].number)
    assert identity.link_index == document(permit)


def test_the_link_to_the_number_before_2023_is_kept(cast: Cast) -> None:
    identity = cast.read(cast.draft(), "resident_foreigner").identity

    assert identity.link_index == document(identity.card.linked_number)
    assert identity.person_key == person.key(PEOPLE["resident_foreigner"].number)


@pytest.mark.parametrize("name", ["wang", "foreign"])
def test_a_card_that_names_no_other_document_links_to_none(cast: Cast, name: str) -> None:
    assert cast.read(cast.draft(), name).identity.link_index == ""


# Every reader ---------------------------------------------------------------------------------


def test_a_read_without_a_portrait_is_kept_without_one(cast: Cast) -> None:
    identity = cast.read(cast.draft(), parts=parts()).identity

    assert Identity.objects.get(pk=identity.pk).photo is None


def test_a_vendors_read_is_kept_as_put_together_from_fields(cast: Cast) -> None:
    said: dict[str, Any] = {"reader": "zkteco", "source": "fields", "sam_id": ""}

    identity = cast.read(cast.draft(), parts=parts(jpeg=JPEG), **said).identity

    kept = Identity.objects.get(pk=identity.pk)
    assert (kept.reader, kept.source, kept.sam_id) == ("zkteco", "fields", "")
    assert kept.photo == JPEG
    assert kept.trust == Trust.BRIDGE


def test_a_new_address_takes_the_place_of_the_printed_one(cast: Cast) -> None:
    identity = cast.read(cast.draft(), parts=parts(address=ADDRESS)).identity

    kept = Identity.objects.get(pk=identity.pk)
    assert kept.card.address == "示例省新住址县样本镇"
    assert kept.is_as_read


def test_a_blank_new_address_changes_nothing(cast: Cast) -> None:
    identity = cast.read(cast.draft(), parts=parts(address=b" \0" * 35)).identity

    assert identity.card.address == PEOPLE["wang"].address


# What can never change ------------------------------------------------------------------------

PINNED = {
    "outlet_id": "outlet_id + 1",
    "challenge_id": "challenge_id + 1",
    "bridge_id": "bridge_id + 1",
    "counter": "counter + 1",
    "sam_id": "'other'",
    "reader": "'other'",
    "source": "'fields'",
    "card_type": "'permit'",
    "trust": "'L1'",
    "decode_reference": "'other'",
    "block_sha256": "'0'",
    "envelope": "'other'",
    "number_index": "'0'",
    "person_key": "'0'",
    "link_index": "'0'",
    "lane": "'mrz'",
    "stated_index": "'0'",
    "read_at": "received_at",
    "received_at": "read_at",
}


@pytest.mark.parametrize("column", PINNED)
def test_after_all_migrations_the_database_still_pins_every_column_of_a_read(
    cast: Cast, column: str
) -> None:
    cast.read(cast.draft())
    change = f"UPDATE registration_identity SET {column} = {PINNED[column]}"

    with (
        pytest.raises(IntegrityError, match="stays as it was read"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(change)


def test_the_pinned_columns_are_all_but_the_ciphertexts() -> None:
    columns = {field.column for field in Identity._meta.local_fields}

    assert columns - set(PINNED) == {"id", "block", "address_block", "photo", "stated"}


@pytest.mark.parametrize(
    "columns",
    [
        {"trust": "typed"},
        {"trust": ""},
        {"trust": "L1"},
        {"trust": "L0", "source": "cipher"},
        {"trust": "L1", "source": "cipher", "decode_reference": ""},
        # A document with a chip is never typed, nor its zone read.
        {"lane": "sighted"},
        {"lane": "sighted", "trust": "sighted", "bridge_id": None, "envelope": "", "stated": "{}"},
        {"lane": "mrz", "trust": "mrz"},
        {"trust": "mrz"},
        {"bridge_id": None},
        {"card_type": "passport"},
        {"stated": "{}"},
    ],
)
def test_no_read_is_trusted_more_than_how_it_came(cast: Cast, columns: dict[str, Any]) -> None:
    row = cast.read(cast.draft()).identity
    other = cast.read(cast.draft(), "li").identity
    values = {
        field.attname: getattr(row, field.attname)
        for field in Identity._meta.local_fields
        if field.attname != "id"
    }
    unused = other.challenge
    other.party.delete()
    Identity.objects.filter(pk=other.pk).delete()

    with pytest.raises(IntegrityError), transaction.atomic():
        Identity.objects.create(**(values | {"challenge_id": unused.pk, "counter": 99} | columns))


def test_a_typed_document_cannot_be_made_a_card_with_a_chip(cast: Cast) -> None:
    row = cast.travel(cast.draft(by=cast.hall_clerk, outlet=cast.hall)).identity
    values = {
        field.attname: getattr(row, field.attname)
        for field in Identity._meta.local_fields
        if field.attname not in ("id", "challenge_id")
    }
    unused = cast.read(cast.draft()).identity
    unused.party.delete()
    Identity.objects.filter(pk=unused.pk).delete()

    with pytest.raises(IntegrityError), transaction.atomic():
        Identity.objects.create(
            **(values | {"challenge_id": unused.challenge_id, "card_type": "resident"})
        )


@pytest.mark.parametrize("trust", Trust)
def test_each_level_of_trust_says_in_a_sentence_what_it_does_not_prove(trust: Trust) -> None:
    assert "不能证明" in trust.proves
    assert "typed" not in Trust.values
