"""Numbers and the carrier: a real fake carrier process, slow, down, repeating itself."""

import time
import uuid
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from portal.gateways import carrier
from registration import flow
from registration.models import Application, CarrierOrder, Decision, Line
from registration.services import application as applications
from registration.services import line
from tests.cast import Cast
from tests.portal.services import running_carrier

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    with running_carrier(tmp_path_factory.mktemp("carrier")) as service:
        yield service


@pytest.fixture
def boss(running: Any, settings: Any) -> Iterator[Any]:
    """The carrier's system, in its ordinary mode again after every test."""
    settings.CARRIER_URL = running.url
    settings.GATEWAY_TIMEOUT = 1.0
    yield running
    running.mode("ok")


def _send(order: CarrierOrder, cast: Cast, **later: float) -> None:
    order.refresh_from_db()
    now = cast.now + timedelta(**later)
    line.send(order, opened=flow.opened, refused=flow.not_opened, now=now)


def _opening() -> CarrierOrder:
    return CarrierOrder.objects.get(command=CarrierOrder.Command.OPEN)


def _approved(cast: Cast) -> Application:
    application = cast.ready()
    number = carrier.client().numbers("DL", 1)[0]
    line.reserve(application, number, by=cast.clerk, now=cast.now)
    applications.confirm(application, now=cast.now)
    cast.matched(flow.submit(application, by=cast.clerk, key=uuid.uuid4(), now=cast.now))
    case = cast.claimed()
    flow.decide(
        case,
        claim_no=case.claim_no,
        verdict=Decision.Verdict.APPROVE,
        by=cast.verifier,
        now=cast.now,
    )
    return Application.objects.get(pk=application.pk)


def test_a_number_is_reserved_for_one_draft_only(cast: Cast, boss: Any) -> None:
    number = line.pool(cast.outlet)[0]
    line.reserve(cast.draft(), number, by=cast.clerk, now=cast.now)

    with pytest.raises(line.NumberTaken):
        line.reserve(cast.draft(), number, by=cast.clerk, now=cast.now)


def test_choosing_another_number_gives_the_first_one_back(cast: Cast, boss: Any) -> None:
    application = cast.draft()
    first, second = line.pool(cast.outlet)[:2]
    line.reserve(application, first, by=cast.clerk, now=cast.now)

    line.reserve(application, second, by=cast.clerk, now=cast.now)
    _send(CarrierOrder.objects.get(), cast)

    line.reserve(cast.draft(), first, by=cast.clerk, now=cast.now)
    assert application.number == second


def test_a_lost_reply_does_not_cost_the_number(cast: Cast, boss: Any) -> None:
    application = cast.draft()
    number = line.pool(cast.outlet)[0]
    boss.mode("slow", seconds=2)
    with pytest.raises(line.CarrierAway):
        line.reserve(application, number, by=cast.clerk, now=cast.now)

    boss.mode("ok")
    line.reserve(application, number, by=cast.clerk, now=cast.now)

    assert application.number == number


def test_an_approved_line_is_opened_by_the_carrier(cast: Cast, boss: Any) -> None:
    application = _approved(cast)

    _send(_opening(), cast)

    application.refresh_from_db()
    assert application.status == Application.Status.ACTIVE
    assert application.line.status == Line.Status.ACTIVE
    assert application.line.order_no


def test_a_carrier_that_is_down_is_asked_again_later(cast: Cast, boss: Any) -> None:
    application = _approved(cast)
    boss.mode("down")
    order = _opening()

    _send(order, cast)

    order.refresh_from_db()
    assert (order.status, order.attempts) == (CarrierOrder.Status.DUE, 1)
    assert order.due_at > cast.now
    boss.mode("ok")
    _send(order, cast, seconds=5)
    application.refresh_from_db()
    assert application.status == Application.Status.ACTIVE


def test_a_command_sent_twice_opens_one_line(cast: Cast, boss: Any) -> None:
    _approved(cast)
    order = _opening()
    boss.mode("slow", seconds=2)
    _send(order, cast)
    boss.mode("ok")

    _send(order, cast, seconds=5)
    _send(order, cast, seconds=6)

    assert Line.objects.get().status == Line.Status.ACTIVE
    assert _opening().status == CarrierOrder.Status.DONE


def test_a_number_the_carrier_will_not_open_goes_back_to_the_clerk(cast: Cast, boss: Any) -> None:
    application = _approved(cast)
    boss.mode("wrong")

    _send(_opening(), cast)

    application.refresh_from_db()
    assert application.status == Application.Status.RETURNED
    assert application.redo == ["number"]
    assert application.number is None
    assert application.line.status == Line.Status.FAILED
    assert application.parties.exists()


def test_a_reservation_that_lapsed_is_made_again_before_opening(
    cast: Cast, settings: Any, tmp_path: Path
) -> None:
    with running_carrier(tmp_path, "--hold-seconds", "3") as boss:
        settings.CARRIER_URL = boss.url
        application = _approved(cast)
        time.sleep(3.1)

        _send(_opening(), cast, seconds=4)

    application.refresh_from_db()
    assert application.status == Application.Status.ACTIVE


def test_a_lapsed_number_is_not_released_from_under_its_next_owner(cast: Cast, boss: Any) -> None:
    application = cast.ready()
    line.reserve(application, line.pool(cast.outlet)[0], by=cast.clerk, now=cast.now)
    flow.abandon(application, by=cast.clerk, now=cast.now)
    order = CarrierOrder.objects.latest("pk")
    boss.mode("down")

    _send(order, cast, days=2)

    order.refresh_from_db()
    assert order.status == CarrierOrder.Status.DONE
