"""The oldest version of the program that may still read, and what it may still finish."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings as configured

from outlets.bridge.people import PEOPLE
from outlets.services import reader
from outlets.services.agent import is_outdated
from tests.cast import Cast
from tests.signing import sign_read


def read_by(cast: Cast, agent: str) -> reader.SignedRead:
    person = PEOPLE["wang"]
    message = sign_read(
        cast.key_and_bridge[0],
        challenge="challenge-1",
        counter=1,
        block=person.block(),
        photo=person.photo(),
        origin=configured.ORIGIN,
    )
    read = reader.verify(message, outlet=cast.outlet, origin=configured.ORIGIN)
    return replace(read, agent=agent)


@pytest.mark.parametrize(
    ("agent", "is_old"),
    [
        ("0.1.0", True),
        ("0.1.99", True),
        ("0.2.0", False),
        ("0.10.0", False),
        ("1.0.0", False),
        # What no version of ours is called.
        ("", True),
        ("0.2", True),
        ("0.2.0.0", True),
        ("v0.2.0", True),
        ("0.2.0rc1", True),
        ("-1.2.3", True),
        ("９.９.９", True),
    ],
)
def test_a_version_below_the_floor_is_outdated(settings: Any, agent: str, is_old: bool) -> None:
    settings.BRIDGE_FLOOR = "0.2.0"

    assert is_outdated(agent) is is_old


def test_an_outdated_program_reads_nothing_new(cast: Cast, settings: Any) -> None:
    settings.BRIDGE_FLOOR, settings.BRIDGE_FLOOR_FROM = "0.2.0", None

    with pytest.raises(reader.OutdatedBridge, match="下载"):
        reader.check_agent(read_by(cast, "0.1.0"), begun_at=cast.now, has_party=False)
    reader.check_agent(read_by(cast, "0.2.0"), begun_at=cast.now, has_party=False)


def test_an_outdated_program_finishes_what_has_a_card_in_it(cast: Cast, settings: Any) -> None:
    settings.BRIDGE_FLOOR, settings.BRIDGE_FLOOR_FROM = "0.2.0", None

    reader.check_agent(read_by(cast, "0.1.0"), begun_at=cast.now, has_party=True)


@pytest.mark.parametrize(("minutes", "is_refused"), [(-1, False), (0, True), (1, True)])
def test_an_outdated_program_finishes_what_was_begun_before_the_floor(
    cast: Cast, settings: Any, minutes: int, is_refused: bool
) -> None:
    settings.BRIDGE_FLOOR, settings.BRIDGE_FLOOR_FROM = "0.2.0", cast.now
    begun_at = cast.now + timedelta(minutes=minutes)
    refused = []

    try:
        reader.check_agent(read_by(cast, "0.1.0"), begun_at=begun_at, has_party=False)
    except reader.OutdatedBridge as refusal:
        refused.append(refusal)

    assert bool(refused) is is_refused
