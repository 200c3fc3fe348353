"""A key that is changed every month: by the program itself, once, and never by anybody else."""

import json
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.conf import settings
from django.core.cache import cache
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from outlets import api
from outlets.bridge.people import PEOPLE
from outlets.models import Bridge
from outlets.services import reader, rotation
from portal.models import AuditEntry
from tests.cast import Cast
from tests.signing import (
    OTHER_SAM_ID,
    SAM_ID,
    enrolled_bridge,
    kid_of,
    public_text,
    sign_read,
    sign_rotation,
    text,
)


@pytest.fixture(autouse=True)
def nobody_has_failed_yet() -> Iterator[None]:
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def fresh() -> Ed25519PrivateKey:
    """The key that the program has made to follow its old one."""
    return Ed25519PrivateKey.generate()


def asked(cast: Cast, fresh: Ed25519PrivateKey, **changes: Any) -> str:
    """What the enrolled program signs; ``changes`` bend it."""
    facts: dict[str, Any] = {"counter": cast.bridge.counter + 1, "at": cast.now}
    return sign_rotation(cast.key_and_bridge[0], fresh, **(facts | changes))


def signed(cast: Cast, key: Ed25519PrivateKey, counter: int, **claims: Any) -> dict[str, Any]:
    person = PEOPLE["wang"]
    return sign_read(
        key,
        challenge="challenge-1",
        counter=counter,
        block=person.block(),
        photo=person.photo(),
        origin=settings.ORIGIN,
        **claims,
    )


def spend(cast: Cast, key: Ed25519PrivateKey, counter: int, *, at: datetime, **claims: Any) -> None:
    message = signed(cast, key, counter, **claims)
    read = reader.verify(message, outlet=cast.outlet, origin=settings.ORIGIN)
    reader.spend_counter(read, now=at)


# ---------------------------------------------------------------- the change


def test_a_new_key_takes_the_place_of_the_old_one(cast: Cast, fresh: Ed25519PrivateKey) -> None:
    spend(cast, cast.key_and_bridge[0], 7, at=cast.now)
    old = cast.bridge

    new = rotation.rotate(asked(cast, fresh), now=cast.now)

    assert (cast.bridge.status, cast.bridge.rotated_at) == (Bridge.Status.ROTATED, cast.now)
    assert (new.kid, new.status, new.rotated_from) == (kid_of(fresh), Bridge.Status.ACTIVE, old)
    assert (new.outlet, new.sam_id, new.reader_name) == (cast.outlet, SAM_ID, "serial")
    assert (new.host, new.counter, new.rotations) == ("柜台一", 8, 1)
    assert (new.enrolled_at, new.read_at) == (old.enrolled_at, cast.now)
    entry = AuditEntry.objects.get(action="bridge.rotated")
    assert (entry.subject_id, entry.detail) == (new.pk, {"kid": new.kid, "before": old.kid})


def test_the_new_key_reads_on_where_the_old_one_stopped(
    cast: Cast, fresh: Ed25519PrivateKey
) -> None:
    new = rotation.rotate(asked(cast, fresh, counter=8), now=cast.now)

    with pytest.raises(reader.ReplayedRead):
        spend(cast, fresh, 8, at=cast.now)
    spend(cast, fresh, 9, at=cast.now)

    assert Bridge.objects.get(pk=new.pk).counter == 9


def test_a_read_under_way_when_the_key_changes_is_taken_for_ten_minutes(
    cast: Cast, fresh: Ed25519PrivateKey
) -> None:
    old = cast.key_and_bridge[0]
    rotation.rotate(asked(cast, fresh, counter=8), now=cast.now)

    spend(cast, old, 7, at=cast.now + timedelta(minutes=9))
    with pytest.raises(reader.KeyRotated) as refused:
        spend(cast, old, 9, at=cast.now + timedelta(minutes=10))

    assert isinstance(refused.value, reader.BridgeRevoked)
    assert cast.bridge.counter == 7


def test_what_the_old_key_signed_can_still_be_verified(
    cast: Cast, fresh: Ed25519PrivateKey
) -> None:
    message = signed(cast, cast.key_and_bridge[0], 1)

    rotation.rotate(asked(cast, fresh), now=cast.now)

    read = reader.verify(message, outlet=cast.outlet, origin=settings.ORIGIN)
    assert read.bridge == cast.bridge


def test_a_lost_reply_costs_nothing(cast: Cast, fresh: Ed25519PrivateKey) -> None:
    first = rotation.rotate(asked(cast, fresh), now=cast.now)
    # The program asks anew, with a counter of its own, when it is back days later.
    later = cast.now + timedelta(days=3)

    again = rotation.rotate(asked(cast, fresh, counter=9, at=later), now=later)

    assert again == first
    assert AuditEntry.objects.filter(action="bridge.rotated").count() == 1
    assert not Bridge.objects.filter(contested_at__isnull=False)


def test_a_key_is_changed_month_after_month(cast: Cast) -> None:
    key, now = cast.key_and_bridge[0], cast.now
    for month in range(1, 4):
        fresh, now = Ed25519PrivateKey.generate(), now + timedelta(days=30)
        jws = sign_rotation(key, fresh, counter=month, at=now)
        newest = rotation.rotate(jws, now=now)
        key = fresh

    assert list(Bridge.objects.current()) == [newest]
    assert newest.rotations == 3
    assert newest.enrolled_at == cast.now


# ---------------------------------------------------------------- two programs with one key


def test_of_two_new_keys_for_one_old_key_the_first_wins_and_the_manager_sees_it(
    cast: Cast, fresh: Ed25519PrivateKey
) -> None:
    new = rotation.rotate(asked(cast, fresh), now=cast.now)
    other = Ed25519PrivateKey.generate()

    with pytest.raises(rotation.KeyContested, match="两台电脑"):
        rotation.rotate(asked(cast, other, counter=9), now=cast.now)

    assert Bridge.objects.get(pk=new.pk).contested_at == cast.now
    assert not Bridge.objects.filter(kid=kid_of(other))
    actions = AuditEntry.objects.order_by("pk").values_list("action", flat=True)
    assert list(actions)[-2:] == ["bridge.rotation_refused", "bridge.contested"]


def test_a_program_that_asks_without_end_is_written_down_once_until_it_is_settled(
    cast: Cast, fresh: Ed25519PrivateKey
) -> None:
    new = rotation.rotate(asked(cast, fresh), now=cast.now)

    def ask_again() -> int:
        for counter in (9, 10, 11):
            jws = asked(cast, Ed25519PrivateKey.generate(), counter=counter)
            with pytest.raises(rotation.KeyContested):
                rotation.rotate(jws, now=cast.now)
        return AuditEntry.objects.filter(action="bridge.rotation_refused").count()

    assert ask_again() == 1
    reader.settle(new, reason="查明", by=cast.manager, now=cast.now)
    assert ask_again() == 2


def test_the_mark_of_two_programs_goes_on_to_the_next_key(
    cast: Cast, fresh: Ed25519PrivateKey
) -> None:
    reader.contest(cast.bridge.pk, now=cast.now)

    new = rotation.rotate(asked(cast, fresh), now=cast.now)

    assert new.contested_at == cast.now


def test_the_mark_is_made_on_the_newest_key_and_once(cast: Cast, fresh: Ed25519PrivateKey) -> None:
    new = rotation.rotate(asked(cast, fresh), now=cast.now)

    for minutes in (1, 2):
        reader.contest(cast.bridge.pk, now=cast.now + timedelta(minutes=minutes))

    marked = Bridge.objects.get(contested_at__isnull=False)
    assert (marked, marked.contested_at) == (new, cast.now + timedelta(minutes=1))
    assert AuditEntry.objects.filter(action="bridge.contested").count() == 1


# ---------------------------------------------------------------- ended keys


@pytest.mark.parametrize("status", [Bridge.Status.RETIRED, Bridge.Status.REVOKED])
def test_an_ended_key_is_not_changed(cast: Cast, fresh: Ed25519PrivateKey, status: str) -> None:
    reader.end(cast.bridge, status, reason="电脑遗失", by=cast.manager, now=cast.now)

    with pytest.raises(rotation.EndedKey):
        rotation.rotate(asked(cast, fresh), now=cast.now)

    assert Bridge.objects.count() == 1


def test_the_end_of_the_new_key_ends_the_last_minutes_of_the_old_one(
    cast: Cast, fresh: Ed25519PrivateKey
) -> None:
    new = rotation.rotate(asked(cast, fresh), now=cast.now)

    reader.end(new, "revoked", reason="电脑遗失", by=cast.manager, now=cast.now)

    for key in (cast.key_and_bridge[0], fresh):
        with pytest.raises(reader.BridgeRevoked):
            spend(cast, key, 20, at=cast.now)
    with pytest.raises(rotation.EndedKey):
        rotation.rotate(asked(cast, fresh), now=cast.now)


def test_a_manager_whose_page_is_older_than_the_key_ends_the_new_one(
    cast: Cast, fresh: Ed25519PrivateKey
) -> None:
    seen = cast.bridge
    new = rotation.rotate(asked(cast, fresh), now=cast.now)

    reader.end(seen, "revoked", reason="电脑遗失", by=cast.manager, now=cast.now)

    assert Bridge.objects.get(pk=new.pk).status == Bridge.Status.REVOKED


# ---------------------------------------------------------------- requests that do not hold


def proof_of(key: Ed25519PrivateKey, words: str) -> str:
    return text(key.sign(words.encode()))


Bend = Callable[[Cast, Ed25519PrivateKey], Any]

BENT: dict[str, Bend] = {
    "signed by another key": lambda cast, fresh: sign_rotation(
        Ed25519PrivateKey.generate(),
        fresh,
        counter=1,
        at=cast.now,
        kid=cast.bridge.kid,
        headers={"kid": cast.bridge.kid},
    ),
    "signed by the new key": lambda cast, fresh: sign_rotation(
        fresh,
        fresh,
        counter=1,
        at=cast.now,
        kid=cast.bridge.kid,
        headers={"kid": cast.bridge.kid},
    ),
    "a key that nobody knows": lambda cast, fresh: sign_rotation(
        fresh, fresh, counter=1, at=cast.now
    ),
    "a read": lambda cast, fresh: signed(cast, cast.key_and_bridge[0], 1)["jws"],
    "a read said to be a rotation": lambda cast, fresh: signed(
        cast, cast.key_and_bridge[0], 1, headers={"typ": "shiming-rotate+jws"}
    )["jws"],
    "the type of a read": lambda cast, fresh: asked(
        cast, fresh, headers={"typ": "shiming-read+jws"}
    ),
    "another version": lambda cast, fresh: asked(cast, fresh, ver=2),
    "a version that is a truth value": lambda cast, fresh: asked(cast, fresh, ver=True),
    "another key's id in the claims": lambda cast, fresh: asked(cast, fresh, kid="0" * 16),
    "a claim left out": lambda cast, fresh: asked(cast, fresh, host=None),
    "a claim too many": lambda cast, fresh: asked(cast, fresh, outlet="西区手机店"),
    "no proof": lambda cast, fresh: asked(cast, fresh, proof=""),
    "a proof by the old key": lambda cast, fresh: asked(
        cast, fresh, proof=proof_of(cast.key_and_bridge[0], f"shiming-rotate {cast.bridge.kid}")
    ),
    "a proof for another key": lambda cast, fresh: asked(
        cast, fresh, proof=proof_of(fresh, "shiming-rotate 0000000000000000")
    ),
    "a proof that is not base64": lambda cast, fresh: asked(cast, fresh, proof="王样本"),
    "somebody else's new key": lambda cast, fresh: asked(
        cast, fresh, public_key=public_text(Ed25519PrivateKey.generate())
    ),
    "a new key that is too long": lambda cast, fresh: asked(
        cast, fresh, public_key=text(bytes(33))
    ),
    "a new key that is none": lambda cast, fresh: asked(cast, fresh, public_key="AAAA"),
    "the old key for the new one": lambda cast, fresh: asked(cast, cast.key_and_bridge[0]),
    "a counter of zero": lambda cast, fresh: asked(cast, fresh, counter=0),
    "a counter with a point": lambda cast, fresh: asked(cast, fresh, counter=1.0),
    "a counter that no column holds": lambda cast, fresh: asked(cast, fresh, counter=2**63),
    "a computer's name with a null": lambda cast, fresh: asked(cast, fresh, host="A\0"),
    "a computer's name with half a letter": lambda cast, fresh: asked(cast, fresh, host="\ud800"),
    "a time that is none": lambda cast, fresh: asked(cast, fresh, said_at="now"),
    "a time of another zone": lambda cast, fresh: asked(
        cast, fresh, said_at="2026-11-22T02:25:47+08:00"
    ),
    "no text": lambda cast, fresh: 7,
    "nothing": lambda cast, fresh: None,
}


@pytest.mark.parametrize("how", BENT)
def test_a_request_that_is_not_ours_changes_nothing(
    cast: Cast, fresh: Ed25519PrivateKey, how: str
) -> None:
    jws = BENT[how](cast, fresh)

    with pytest.raises(rotation.BadRotation) as refused:
        rotation.rotate(jws, now=cast.now)

    assert (refused.value.code, refused.value.status) == ("bad_rotation", 403)
    assert cast.bridge.status == Bridge.Status.ACTIVE
    assert Bridge.objects.count() == 1


def test_a_rotation_never_passes_as_a_read_nor_a_read_as_a_rotation(
    cast: Cast, fresh: Ed25519PrivateKey
) -> None:
    read, request = signed(cast, cast.key_and_bridge[0], 1), asked(cast, fresh)

    with pytest.raises(reader.UntrustedRead):
        reader.verify(read | {"jws": request}, outlet=cast.outlet, origin=settings.ORIGIN)
    with pytest.raises(rotation.BadRotation):
        rotation.rotate(read["jws"], now=cast.now)


def test_a_key_that_is_enrolled_elsewhere_is_no_new_key(cast: Cast) -> None:
    known = enrolled_bridge(cast.sister, now=cast.now)[0]

    with pytest.raises(rotation.BadRotation):
        rotation.rotate(asked(cast, known), now=cast.now)

    assert cast.bridge.status == Bridge.Status.ACTIVE


def test_a_request_that_a_later_read_has_overtaken_may_be_made_again(
    cast: Cast, fresh: Ed25519PrivateKey
) -> None:
    early = asked(cast, fresh, counter=5)
    spend(cast, cast.key_and_bridge[0], 6, at=cast.now)

    with pytest.raises(rotation.OvertakenRotation):
        rotation.rotate(early, now=cast.now)
    again = rotation.rotate(asked(cast, fresh, counter=7), now=cast.now)

    assert again.kid == kid_of(fresh)


@pytest.mark.parametrize("minutes", [-11, 11])
def test_a_computer_whose_clock_is_wrong_is_told_so(
    cast: Cast, fresh: Ed25519PrivateKey, minutes: int
) -> None:
    jws = asked(cast, fresh, at=cast.now + timedelta(minutes=minutes))

    with pytest.raises(rotation.WrongClock, match="校准"):
        rotation.rotate(jws, now=cast.now)


# ---------------------------------------------------------------- what the database keeps true


@pytest.mark.parametrize(
    "lie",
    [
        {"status": Bridge.Status.ROTATED, "rotated_at": None},
        {"status": Bridge.Status.ACTIVE, "rotated_at": datetime.fromisoformat("2026-11-22T00:00Z")},
    ],
)
def test_a_key_is_rotated_when_it_has_a_time(cast: Cast, lie: dict[str, Any]) -> None:
    with pytest.raises(IntegrityError, match="key"), transaction.atomic():
        Bridge.objects.filter(pk=cast.bridge.pk).update(**lie)


def test_a_key_follows_another_one_and_no_key_has_two_that_follow(
    cast: Cast, fresh: Ed25519PrivateKey
) -> None:
    rotation.rotate(asked(cast, fresh), now=cast.now)
    other = enrolled_bridge(cast.outlet, now=cast.now)[1]

    for before in (cast.bridge, other):
        with pytest.raises(IntegrityError), transaction.atomic():
            Bridge.objects.filter(pk=other.pk).update(rotated_from=before)


# ---------------------------------------------------------------- the door


def post(body: Any, content_type: str = "application/json", **headers: Any) -> Any:
    client = Client(enforce_csrf_checks=True)
    if not isinstance(body, (str, bytes)):
        body = json.dumps(body)
    return client.post(reverse("bridge_rotate"), body, content_type=content_type, **headers)


def test_a_program_that_asks_learns_its_new_name(cast: Cast, fresh: Ed25519PrivateKey) -> None:
    question = {"jws": asked(cast, fresh)}

    first, again = post(question), post(question)

    assert (first.status_code, again.status_code) == (201, 201)
    answer = first.json()
    now = datetime.fromisoformat(answer.pop("now"))
    assert abs(now - cast.now) < timedelta(minutes=5)
    assert answer == {
        "kid": kid_of(fresh),
        "outlet": "样本通讯店",
        "origin": settings.ORIGIN,
        "floor": settings.BRIDGE_FLOOR,
    }


def test_the_second_of_two_programs_with_one_key_is_told_so(
    cast: Cast, fresh: Ed25519PrivateKey
) -> None:
    post({"jws": asked(cast, fresh)})

    answer = post({"jws": asked(cast, Ed25519PrivateKey.generate())})

    assert answer.status_code == 409
    assert "吊销并查明" in answer.json()["error"]
    # In spite of the refusal.
    assert Bridge.objects.get(kid=kid_of(fresh)).contested_at is not None


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ("{", 400),
        ("[]", 400),
        ({}, 403),
        ({"jws": ["a"]}, 403),
        ({"jws": "a.b.c"}, 403),
        ({"jws": "[" * 3000}, 403),
        (b"{" + b" " * api.LARGEST, 413),
    ],
)
def test_garbage_is_answered_in_a_sentence(db: None, body: Any, status: int) -> None:
    answer = post(body)

    assert answer.status_code == status
    assert answer.json()["error"].endswith("。")


def test_a_guesser_is_sent_away_and_shuts_nobody_out(cast: Cast, fresh: Ed25519PrivateKey) -> None:
    """Behind a proxy all shops have one address."""
    for _guess in range(api.FAILURES):
        assert post({"jws": "a.b.c"}).status_code == 403

    sent_away = post({"jws": "a.b.c"})

    assert sent_away.status_code == 429
    assert post({"jws": "a.b.c"}, REMOTE_ADDR="192.0.2.7").status_code == 403
    assert post({"jws": asked(cast, fresh)}).status_code == 201
    question = {"code": "AAAA-BBBB-CCCC", "public_key": "AAAA", "agent": "0.2.0", "host": "A"}
    enrolment = Client().post(
        reverse("bridge_enrol"), json.dumps(question), content_type="application/json"
    )
    assert enrolment.status_code == 403


def test_a_computer_whose_clock_is_wrong_is_no_guesser(
    cast: Cast, fresh: Ed25519PrivateKey
) -> None:
    late = {"jws": asked(cast, fresh, at=cast.now - timedelta(hours=1))}

    said = {post(late).status_code for _try in range(api.FAILURES + 1)}

    assert said == {422}


def test_a_program_that_was_bound_stays_bound(cast: Cast, fresh: Ed25519PrivateKey) -> None:
    spend(cast, cast.key_and_bridge[0], 1, at=cast.now)
    rotation.rotate(asked(cast, fresh, counter=2), now=cast.now)

    with pytest.raises(reader.WrongReader):
        spend(cast, fresh, 3, at=cast.now, sam_id=OTHER_SAM_ID)


def test_two_keys_of_one_program_do_not_bind_two_readers(
    cast: Cast, fresh: Ed25519PrivateKey
) -> None:
    """The old key reads on for ten minutes; neither had a reader when the key was changed."""
    rotation.rotate(asked(cast, fresh, counter=2), now=cast.now)
    spend(cast, cast.key_and_bridge[0], 1, at=cast.now)

    with pytest.raises(reader.WrongReader):
        spend(cast, fresh, 3, at=cast.now, sam_id=OTHER_SAM_ID)

    spend(cast, fresh, 3, at=cast.now)
    assert Bridge.objects.get(kid=kid_of(fresh)).sam_id == SAM_ID


def test_an_old_key_binds_no_reader_when_the_new_one_has_another(
    cast: Cast, fresh: Ed25519PrivateKey
) -> None:
    rotation.rotate(asked(cast, fresh, counter=2), now=cast.now)
    spend(cast, fresh, 3, at=cast.now)

    with pytest.raises(reader.WrongReader), transaction.atomic():
        spend(cast, cast.key_and_bridge[0], 1, at=cast.now, sam_id=OTHER_SAM_ID)

    assert not cast.bridge.is_bound
