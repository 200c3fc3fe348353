"""A key that changes at the very moment at which something else happens to it, on PostgreSQL."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.conf import settings
from django.db import connection, transaction

from outlets.bridge.people import PEOPLE
from outlets.models import Bridge
from outlets.services import reader, rotation
from portal.refusal import Refusal
from tests.cast import Cast
from tests.signing import SAM_ID, kid_of, public_text, sign_read, sign_rotation, utc

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]

SECONDS = 10
WAITING = """SELECT count(*) FROM pg_stat_activity
             WHERE datname = current_database() AND wait_event_type = 'Lock'"""


def enrolled() -> Cast:
    """Everybody, and the program of the outlet's counter PC."""
    cast = Cast()
    assert not cast.bridge.is_bound
    return cast


def meanwhile(first: Callable[[], Any], second: Callable[[], Any]) -> str:
    """Begin ``second`` while what ``first`` did is not committed; "" or its refusal's code."""

    def work() -> str:
        try:
            second()
        except Refusal as refusal:
            return refusal.code
        finally:
            connection.close()
        return ""

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            first()
            begun = pool.submit(work)
            wait_for(begun)
        return begun.result(SECONDS)


def wait_for(begun: Future[str]) -> None:
    """Until it stands before a row that this transaction holds, or has ended."""
    deadline = time.monotonic() + SECONDS
    with connection.cursor() as cursor:
        while not begun.done() and time.monotonic() < deadline:
            # A transaction would see the same activity for ever.
            cursor.execute("SELECT pg_stat_clear_snapshot()")
            cursor.execute(WAITING)
            if cursor.fetchone()[0]:
                return
            time.sleep(0.02)
    assert begun.done()


def rotate(cast: Cast, fresh: Ed25519PrivateKey, counter: int = 2) -> Bridge:
    jws = sign_rotation(cast.key_and_bridge[0], fresh, counter=counter, at=cast.now)
    return rotation.rotate(jws, now=cast.now)


def spend(cast: Cast, counter: int = 1) -> None:
    person = PEOPLE["wang"]
    message = sign_read(
        cast.key_and_bridge[0],
        challenge="challenge-1",
        counter=counter,
        block=person.block(),
        photo=person.photo(),
        origin=settings.ORIGIN,
        read_at=utc(cast.now),
    )
    read = reader.verify(message, outlet=cast.outlet, origin=settings.ORIGIN)
    with transaction.atomic():
        reader.spend_counter(read, now=cast.now)


@pytest.fixture
def fresh() -> Ed25519PrivateKey:
    return Ed25519PrivateKey.generate()


def newest(fresh: Ed25519PrivateKey) -> Bridge:
    found: Bridge = Bridge.objects.get(kid=kid_of(fresh))
    return found


def test_a_reader_that_is_bound_meanwhile_is_bound_to_the_new_key_too(
    fresh: Ed25519PrivateKey,
) -> None:
    cast = enrolled()

    said = meanwhile(lambda: spend(cast), lambda: rotate(cast, fresh))

    assert said == ""
    assert newest(fresh).sam_id == SAM_ID


def test_a_reader_that_is_freed_meanwhile_is_free_with_the_new_key(
    fresh: Ed25519PrivateKey,
) -> None:
    cast = enrolled()
    spend(cast)
    free: dict[str, Any] = {"reason": "换读卡器", "by": cast.manager, "now": cast.now}

    said = meanwhile(lambda: reader.rebind(cast.bridge, **free), lambda: rotate(cast, fresh))

    assert said == ""
    assert not newest(fresh).is_bound


def test_a_reader_that_is_freed_while_the_key_changes_is_free_with_the_new_key(
    fresh: Ed25519PrivateKey,
) -> None:
    cast = enrolled()
    spend(cast)
    old = cast.bridge
    free: dict[str, Any] = {"reason": "换读卡器", "by": cast.manager, "now": cast.now}

    said = meanwhile(lambda: rotate(cast, fresh), lambda: reader.rebind(old, **free))

    assert said == ""
    assert not newest(fresh).is_bound


def test_the_mark_of_two_programs_is_made_on_the_key_that_comes_meanwhile(
    fresh: Ed25519PrivateKey,
) -> None:
    cast = enrolled()
    old = cast.bridge.pk

    meanwhile(lambda: rotate(cast, fresh), lambda: reader.contest(old, now=cast.now))

    assert newest(fresh).contested_at == cast.now


def test_the_mark_of_two_programs_that_is_made_meanwhile_goes_on_to_the_new_key(
    fresh: Ed25519PrivateKey,
) -> None:
    cast = enrolled()

    meanwhile(lambda: reader.contest(cast.bridge.pk, now=cast.now), lambda: rotate(cast, fresh))

    assert newest(fresh).contested_at == cast.now


def test_a_key_that_is_revoked_while_it_changes_has_no_successor_that_reads(
    fresh: Ed25519PrivateKey,
) -> None:
    cast = enrolled()
    old = cast.bridge
    how: dict[str, Any] = {"reason": "样本原因", "by": cast.manager, "now": cast.now}

    said = meanwhile(
        lambda: rotate(cast, fresh), lambda: reader.end(old, Bridge.Status.REVOKED, **how)
    )

    assert said == ""
    assert newest(fresh).status == Bridge.Status.REVOKED
    assert cast.bridge.status == Bridge.Status.REVOKED


def test_a_key_that_is_revoked_first_does_not_come_back_by_a_change_in_flight(
    fresh: Ed25519PrivateKey,
) -> None:
    cast = enrolled()
    how: dict[str, Any] = {"reason": "样本原因", "by": cast.manager, "now": cast.now}

    said = meanwhile(
        lambda: reader.end(cast.bridge, Bridge.Status.REVOKED, **how),
        lambda: rotate(cast, fresh),
    )

    assert said == "dead_key"
    assert Bridge.objects.count() == 1


def test_a_read_that_overtakes_the_change_makes_the_program_ask_again(
    fresh: Ed25519PrivateKey,
) -> None:
    cast = enrolled()

    said = meanwhile(lambda: spend(cast, 5), lambda: rotate(cast, fresh, counter=4))

    assert said == "overtaken_rotation"
    assert cast.bridge.status == Bridge.Status.ACTIVE


def test_of_two_programs_that_change_one_key_at_once_one_wins_and_the_manager_sees_it() -> None:
    cast = enrolled()
    keys = [Ed25519PrivateKey.generate() for _ in range(4)]
    start = threading.Barrier(len(keys))

    def work(key: Ed25519PrivateKey) -> str:
        start.wait()
        try:
            rotate(cast, key)
        except Refusal as refusal:
            return refusal.code
        finally:
            connection.close()
        return "changed"

    with ThreadPoolExecutor(len(keys)) as pool:
        said = sorted(pool.map(work, keys))

    assert said == ["changed"] + ["key_contested"] * 3
    [new] = Bridge.objects.filter(rotated_from=cast.bridge)
    assert new.contested_at == cast.now


def test_one_program_that_asks_many_times_at_once_gets_one_key(fresh: Ed25519PrivateKey) -> None:
    cast = enrolled()
    jws = sign_rotation(cast.key_and_bridge[0], fresh, counter=2, at=cast.now)
    start = threading.Barrier(16)

    def ask(_number: int) -> str:
        start.wait()
        try:
            return rotation.rotate(jws, now=cast.now).kid
        finally:
            connection.close()

    with ThreadPoolExecutor(16) as pool:
        kids = set(pool.map(ask, range(16)))

    assert kids == {kid_of(fresh)}
    assert Bridge.objects.count() == 2
    assert newest(fresh).contested_at is None


def test_one_key_that_is_enrolled_twice_at_once_is_enrolled_once(fresh: Ed25519PrivateKey) -> None:
    cast = enrolled()
    codes = [reader.issue_code(cast.outlet, by=cast.manager, now=cast.now) for _ in range(2)]
    facts: dict[str, Any] = {
        "public_key": public_text(fresh),
        "agent": "0.2.0",
        "host": "A",
        "now": cast.now,
    }

    said = meanwhile(
        lambda: reader.enrol(code=codes[0], **facts),
        lambda: reader.enrol(code=codes[1], **facts),
    )

    assert said == reader.BadKey.code
    assert Bridge.objects.filter(kid=kid_of(fresh)).count() == 1
