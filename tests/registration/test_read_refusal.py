"""Reads that were refused: told to the clerk, written down, and kept for the managers."""

import base64
import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.urls import reverse
from pytest_django.fixtures import Settings

from outlets.services import bridge as bridges
from portal.models import AuditEntry
from portal.refusal import Refusal
from registration.models import Application, Challenge, Identity, ReadRefusal, Role
from registration.services import identity
from tests.cast import Cast
from tests.signing import OTHER_SAM_ID, sign_read, utc

pytestmark = pytest.mark.django_db

Code = ReadRefusal.Code
Message = dict[str, Any]


def spent(cast: Cast, application: Application) -> Message:
    """A second read for a question that was answered."""
    asked = cast.signed_read(application)
    cast.hand_over(application, asked)
    nonce = Challenge.objects.get(application=application).nonce
    return cast.signed_read(application, challenge=nonce)


def borrowed(cast: Cast, application: Application) -> Message:
    """Asked for by another application of the same clerk, in the same session."""
    return cast.signed_read(cast.draft())


def of_another_outlet(cast: Cast, application: Application) -> Message:
    """Right in everything, but signed by the sister's program."""
    private_key, _ = cast.enrolled(cast.sister)
    asked = identity.ask(
        application.pk,
        outlet=application.outlet,
        role=Role.HOLDER,
        clerk=cast.clerk,
        session_key="session",
        now=cast.now,
    )
    message = cast.signed_read(application)
    return sign_read(
        private_key,
        challenge=asked.nonce,
        counter=1,
        block=b"",
        photo=b"",
        parts={"block": _bytes(message, "block")},
        origin=settings.ORIGIN,
    )


def of_a_dead_key(cast: Cast, application: Application) -> Message:
    message = cast.signed_read(application)
    bridges.end(cast.bridge, "revoked", reason="样本原因", by=cast.manager, now=cast.now)
    return message


def of_two_bridges_with_one_key(cast: Cast, application: Application) -> Message:
    """A copied key: the copy's read comes in first, and the counter stands still for the other."""
    mine = cast.signed_read(application)
    cast.read(cast.draft(), "li")
    return mine


def by_another_reader(cast: Cast, application: Application) -> Message:
    cast.read(cast.draft(), "li")
    return cast.signed_read(application, sam_id=OTHER_SAM_ID)


def at_a_wrong_time(cast: Cast, application: Application) -> Message:
    return cast.signed_read(application, read_at=utc(cast.now - timedelta(minutes=11)))


def for_another_page(cast: Cast, application: Application) -> Message:
    return cast.signed_read(application, origin="http://elsewhere.example")


def of_an_unknown_card(cast: Cast, application: Application) -> Message:
    message = cast.signed_read(application)
    block = bytearray(_bytes(message, "block"))
    block[248:250] = "Q".encode("utf-16-le")
    return cast.signed_read(application, parts={"block": bytes(block)})


def of_a_card_that_is_another_kind(cast: Cast, application: Application) -> Message:
    return cast.signed_read(application, "hk", card_type="resident")


def of_nothing(cast: Cast, application: Application) -> Message:
    return {"jws": "nonsense"}


REFUSED: list[tuple[str, Callable[[Cast, Application], Message]]] = [
    (Code.SPENT, spent),
    (Code.WRONG_CHALLENGE, borrowed),
    (Code.WRONG_OUTLET, of_another_outlet),
    (Code.DEAD_KEY, of_a_dead_key),
    (Code.REPLAYED, of_two_bridges_with_one_key),
    (Code.WRONG_READER, by_another_reader),
    (Code.BAD_CLOCK, at_a_wrong_time),
    (Code.WRONG_ORIGIN, for_another_page),
    (Code.UNREADABLE, of_an_unknown_card),
    (Code.UNTRUSTED, of_a_card_that_is_another_kind),
    (Code.UNTRUSTED, of_nothing),
]


def _bytes(message: Message, name: str) -> bytes:
    return base64.b64decode(message["parts"][name])


@pytest.mark.parametrize(("code", "bent"), REFUSED, ids=[bent.__name__ for _, bent in REFUSED])
def test_a_refused_read_is_written_down_and_kept(
    cast: Cast, code: str, bent: Callable[[Cast, Application], Message]
) -> None:
    application = cast.draft()
    message = bent(cast, application)
    before = Identity.objects.count()

    with pytest.raises(Refusal) as caught:
        cast.hand_over(application, message)

    row = ReadRefusal.objects.get()
    assert (row.code, row.application, row.clerk) == (code, application, cast.clerk)
    assert (row.outlet, row.channel_path) == (cast.outlet, cast.outlet.channel.path)
    entry = AuditEntry.objects.get(action="identity.read_refused")
    assert (entry.subject_id, entry.actor) == (application.pk, cast.clerk)
    assert entry.detail == {"code": code, "kid": row.kid}
    assert Identity.objects.count() == before
    assert str(caught.value)


@pytest.mark.parametrize("bent", [spent, of_another_outlet, of_a_dead_key])
def test_the_key_that_the_message_names_is_kept_with_it(
    cast: Cast, bent: Callable[[Cast, Application], Message]
) -> None:
    application = cast.draft()
    message = bent(cast, application)

    with pytest.raises(Refusal):
        cast.hand_over(application, message)

    outlet = cast.sister if bent is of_another_outlet else cast.outlet
    assert ReadRefusal.objects.get().kid == cast.enrolled(outlet)[1].kid


def test_a_refused_read_spends_nothing(cast: Cast) -> None:
    application = cast.draft()
    counter = cast.bridge.counter

    with pytest.raises(Refusal):
        cast.hand_over(application, at_a_wrong_time(cast, application))

    assert cast.bridge.counter == counter
    assert cast.read(application).application == application


def test_an_outdated_program_is_refused_and_finishes_what_was_begun(
    cast: Cast, settings: Settings
) -> None:
    settings.BRIDGE_FLOOR = "9.0.0"
    settings.BRIDGE_FLOOR_FROM = cast.now + timedelta(hours=1)
    begun = cast.draft()
    cast.now += timedelta(hours=2)
    application = cast.draft()

    with pytest.raises(Refusal):
        cast.read(application)

    assert ReadRefusal.objects.get().code == Code.OUTDATED
    assert cast.read(begun).application == begun


def test_what_says_nothing_against_the_read_is_no_point(cast: Cast) -> None:
    application = cast.draft()
    message = cast.signed_read(application)
    cast.now += timedelta(minutes=2)

    with pytest.raises(identity.ChallengeExpired):
        cast.hand_over(application, message)

    assert not ReadRefusal.objects.exists()


def test_the_very_read_that_was_taken_is_refused_and_written_down_but_no_point(
    cast: Cast,
) -> None:
    """A reply may have been lost on its way: that is not the outlet's fault."""
    application = cast.draft()
    message = cast.signed_read(application)
    cast.hand_over(application, message)

    with pytest.raises(identity.RepeatedRead):
        cast.hand_over(application, message)

    assert not ReadRefusal.objects.exists()
    assert AuditEntry.objects.get(action="identity.read_refused").detail == {
        "code": "repeated_read",
        "kid": cast.bridge.kid,
    }


def test_a_counter_that_does_not_rise_marks_the_key_for_the_manager(cast: Cast) -> None:
    application = cast.draft()
    message = of_two_bridges_with_one_key(cast, application)

    with pytest.raises(Refusal):
        cast.hand_over(application, message)

    assert cast.bridge.contested_at == cast.now


def test_the_page_s_refusal_stays_when_the_read_was_rolled_back(cast: Cast) -> None:
    application, client = cast.draft(), cast.signed_in(cast.clerk)
    url = reverse("identity_take", args=[application.pk, "holder"])

    answers = [
        client.post(url, body, content_type="application/json", headers={"Accept": "*/json"})
        for body in (
            json.dumps({"jws": "x"}),
            "no json",
            "[]",
            "[" * 100_000,
            b"\xff\xfe",
            b" " * (settings.DATA_UPLOAD_MAX_MEMORY_SIZE + 1),
        )
    ]

    assert {answer.status_code for answer in answers} == {409}
    assert ReadRefusal.objects.count() == 6


def test_nothing_of_the_person_is_kept_with_a_refusal(cast: Cast) -> None:
    application = cast.draft()
    message = of_an_unknown_card(cast, application)

    with pytest.raises(Refusal) as caught:
        cast.hand_over(application, message)

    said = f"{caught.value} {ReadRefusal.objects.get()} {AuditEntry.objects.latest('pk').detail}"
    assert "王样本" not in said
    assert message["parts"]["block"] not in said


def test_every_code_of_a_kept_refusal_is_the_code_of_a_refusal() -> None:
    def below(kind: type[Refusal]) -> set[type[Refusal]]:
        return {kind}.union(*(below(each) for each in kind.__subclasses__()))

    assert set(Code.values) <= {kind.code for kind in below(Refusal)}


def test_a_replay_at_another_application_says_that_it_is_not_its_own(cast: Cast) -> None:
    first, second = cast.draft(), cast.draft()
    message = cast.signed_read(first)
    cast.hand_over(first, message)

    with pytest.raises(identity.WrongChallenge):
        cast.hand_over(second, message)

    assert Challenge.objects.filter(application=second).count() == 0
    assert ReadRefusal.objects.get().application == second
