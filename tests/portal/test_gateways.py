"""The gateways against the stand-ins, over real HTTP between real processes."""

import traceback
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from pytest_django.fixtures import Settings

from outlets.bridge.people import PEOPLE
from portal.fakes import lines
from portal.fakes.carrier import packed_card
from portal.gateways import Rejected, Unavailable, carrier, identity_check
from portal.gateways.carrier import Carrier, HttpCarrier, Lookup, Standing
from portal.gateways.http import connection
from portal.gateways.identity_check import Answer, HttpIdentityCheck, IdentityCheck, Result
from tests.portal.services import (
    RunningService,
    running_carrier,
    running_identity_check,
)

ICCID = "89860012345678901238"
NAME, NUMBER = "王样本", "990101199003070015"
PATIENT, HURRIED = 10.0, 0.4  # seconds that a gateway waits; slow mode takes a little longer
SLOW = HURRIED + 0.3


@pytest.fixture(scope="module")
def carrier_process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningService]:
    with running_carrier(tmp_path_factory.mktemp("carrier")) as service:
        yield service


@pytest.fixture
def boss_service(carrier_process: RunningService) -> Iterator[RunningService]:
    yield carrier_process
    carrier_process.mode("ok")


@pytest.fixture
def boss(boss_service: RunningService) -> Carrier:
    return HttpCarrier(connection(boss_service.url, "demo", PATIENT))


@pytest.fixture
def hurried_boss(boss_service: RunningService) -> Carrier:
    return HttpCarrier(connection(boss_service.url, "demo", HURRIED))


@pytest.fixture(scope="module")
def register_process() -> Iterator[RunningService]:
    with running_identity_check() as service:
        yield service


@pytest.fixture
def register_service(register_process: RunningService) -> Iterator[RunningService]:
    yield register_process
    register_process.mode("ok")


@pytest.fixture
def register(register_service: RunningService) -> IdentityCheck:
    return HttpIdentityCheck(connection(register_service.url, "demo", PATIENT))


@pytest.fixture
def hurried_register(register_service: RunningService) -> IdentityCheck:
    return HttpIdentityCheck(connection(register_service.url, "demo", HURRIED))


def key() -> str:
    return str(uuid4())


def free_number(boss: Carrier) -> str:
    return boss.numbers("W-0001", 1)[0]


def reserved_number(boss: Carrier) -> str:
    return boss.reserve(free_number(boss), key()).number


def rejection(ask: Callable[[], object]) -> str:
    with pytest.raises(Rejected) as caught:
        ask()
    return caught.value.code


def unavailability(ask: Callable[[], object]) -> str:
    with pytest.raises(Unavailable) as caught:
        ask()
    return caught.value.reason


# ---------------------------------------------------------------- carrier


def test_the_pool_shows_as_many_free_fictional_numbers_as_asked_for(boss: Carrier) -> None:
    numbers = boss.numbers("W-0001")

    assert len(set(numbers)) == 12
    assert all(number.startswith(("1700000", "1380000")) for number in numbers)


def test_a_number_comes_with_no_card_of_its_own_unless_the_carrier_packs_one(
    boss: Carrier, tmp_path: Path
) -> None:
    with running_carrier(tmp_path, "--packed") as service:
        packing = HttpCarrier(connection(service.url, "demo", PATIENT))
        mobile, fixed = packing.numbers("W-0001", 1)[0], packing.numbers("W-0001", 1, "fixed")[0]
        cards = [packing.reserve(number, key()).iccid for number in (mobile, fixed)]

    assert cards == [packed_card(mobile), ""]
    assert boss.reserve(free_number(boss), key()).iccid == ""


def test_a_number_is_reserved_for_a_day(boss: Carrier) -> None:
    number = free_number(boss)

    reservation = boss.reserve(number, key())

    left = reservation.expires_at - datetime.now(UTC)
    assert reservation.number == number
    assert timedelta(hours=23, minutes=59) < left <= timedelta(hours=24)


def test_a_reserved_number_is_not_to_be_had_and_not_shown(boss: Carrier) -> None:
    number = reserved_number(boss)

    assert rejection(lambda: boss.reserve(number, key())) == "number_taken"
    shown = {each for _ in range(5) for each in boss.numbers("W-0001", 50)}
    assert number not in shown


def test_a_released_number_can_be_reserved_again(boss: Carrier) -> None:
    number = reserved_number(boss)

    boss.release(number, key())

    assert boss.reserve(number, key()).number == number


def test_releasing_twice_is_no_error_and_a_repeated_key_takes_nothing_from_the_next(
    boss: Carrier,
) -> None:
    number, first = reserved_number(boss), key()
    boss.release(number, first)
    boss.release(number, key())
    boss.reserve(number, key())

    boss.release(number, first)

    assert rejection(lambda: boss.reserve(number, key())) == "number_taken"


def test_the_same_key_gives_the_first_answer_of_every_command(boss: Carrier) -> None:
    number, reserving, opening = free_number(boss), key(), key()

    reservations = [boss.reserve(number, reserving) for _ in range(3)]
    opened = [boss.order("open", number, opening, iccid=ICCID) for _ in range(3)]

    assert len(set(reservations)) == 1
    assert len(set(opened)) == 1
    assert abs(opened[0].done_at - datetime.now(UTC)) < timedelta(minutes=1)


def test_an_opened_number_is_taken_for_good(boss: Carrier) -> None:
    number = reserved_number(boss)
    boss.order("open", number, key(), iccid=ICCID)

    assert rejection(lambda: boss.order("open", number, key(), iccid=ICCID)) == "number_taken"
    assert rejection(lambda: boss.reserve(number, key())) == "number_taken"
    assert rejection(lambda: boss.release(number, key())) == "number_taken"


def test_a_number_that_nobody_reserved_cannot_be_opened(boss: Carrier) -> None:
    number = free_number(boss)

    assert rejection(lambda: boss.order("open", number, key(), iccid=ICCID)) == "not_reserved"


@pytest.mark.parametrize(
    "iccid",
    ["", ICCID[:-1] + "7", ICCID[:-3], "8986" + "x" * 16],
    ids=["empty", "check digit", "too short", "letters"],
)
def test_a_mistyped_iccid_opens_nothing(boss: Carrier, iccid: str) -> None:
    number = reserved_number(boss)

    assert rejection(lambda: boss.order("open", number, key(), iccid=iccid)) == "iccid_invalid"
    assert boss.order("open", number, key(), iccid=ICCID).order_no


def test_a_number_outside_the_pool_is_unknown(boss: Carrier) -> None:
    assert rejection(lambda: boss.reserve("13900000000", key())) == "number_unknown"


def test_one_key_for_two_different_commands_is_refused(boss: Carrier) -> None:
    used = key()
    boss.reserve(free_number(boss), used)

    assert rejection(lambda: boss.reserve(free_number(boss), used)) == "key_reused"


def test_of_eight_who_reserve_one_number_at_once_exactly_one_wins(boss: Carrier) -> None:
    number = free_number(boss)

    def won(_: int) -> bool:
        try:
            return bool(boss.reserve(number, key()))
        except Rejected:
            return False

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(won, range(8))) == 1


def test_of_eight_who_send_one_opening_at_once_all_hear_the_same(boss: Carrier) -> None:
    number, opening = reserved_number(boss), key()

    with ThreadPoolExecutor(8) as pool:
        heard = set(pool.map(lambda _: boss.order("open", number, opening, iccid=ICCID), range(8)))

    assert len(heard) == 1


def test_an_expired_reservation_opens_nothing_and_frees_the_number(tmp_path: Path) -> None:
    with running_carrier(tmp_path, "--hold-seconds", "0") as service:
        boss = HttpCarrier(connection(service.url, "demo", PATIENT))
        number = reserved_number(boss)

        assert rejection(lambda: boss.order("open", number, key(), iccid=ICCID)) == "not_reserved"
        assert boss.reserve(number, key()).number == number


def test_reservations_lines_and_answers_survive_a_restart(tmp_path: Path) -> None:
    opening = key()
    with running_carrier(tmp_path) as service:
        boss = HttpCarrier(connection(service.url, "demo", PATIENT))
        number, other = reserved_number(boss), reserved_number(boss)
        line = boss.order("open", number, opening, iccid=ICCID)

    with running_carrier(tmp_path) as service:
        boss = HttpCarrier(connection(service.url, "demo", PATIENT))

        assert boss.order("open", number, opening, iccid=ICCID) == line
        assert rejection(lambda: boss.reserve(other, key())) == "number_taken"


# ---------------------------------------------------------------- numbers in use


REGISTERED, UNREGISTERED = "13800009001", "13800009105"


@pytest.fixture
def known(tmp_path: Path) -> Iterator[Carrier]:
    """A carrier of this test alone: its commands change what the others would find."""
    with running_carrier(tmp_path) as service:
        yield HttpCarrier(connection(service.url, "demo", PATIENT))


def test_the_numbers_that_the_carrier_knows_belong_to_the_people_of_the_demo() -> None:
    documents = {person.number for person in PEOPLE.values()}

    assert set(lines.REGISTERED.values()) <= documents
    assert {category for category, _ in lines.UNREGISTERED.values()} == {
        "temporary",
        "incomplete",
        "other_user",
        "group",
    }


def test_a_number_s_standing_is_told_and_nothing_of_its_holder(boss: Carrier) -> None:
    assert boss.look_up(REGISTERED, key()) == Lookup(Standing.REGISTERED)
    assert boss.look_up(UNREGISTERED, key()) == Lookup(Standing.UNREGISTERED, "temporary", True)
    assert boss.look_up("13900000000", key()) == Lookup(Standing.UNKNOWN)
    assert boss.look_up(free_number(boss), key()) == Lookup(Standing.UNKNOWN)


def test_the_carrier_compares_and_says_yes_or_no(boss: Carrier) -> None:
    owner = lines.REGISTERED[REGISTERED]

    assert boss.matches(REGISTERED, owner, key())
    assert not boss.matches(REGISTERED, lines.REGISTERED["13800009002"], key())
    assert not boss.matches(UNREGISTERED, owner, key())


def test_a_pool_of_fixed_lines_shows_numbers_with_an_area_code(boss: Carrier) -> None:
    numbers = boss.numbers("W-0001", 5, kind="fixed")

    assert len(set(numbers)) == 5
    assert all(number.startswith("0600") for number in numbers)


def test_a_transferred_number_matches_its_new_holder_only(known: Carrier) -> None:
    old, new = lines.REGISTERED[REGISTERED], lines.REGISTERED["13800009002"]

    known.order("transfer", REGISTERED, key(), name="李样例", document=new)

    assert known.matches(REGISTERED, new, key())
    assert not known.matches(REGISTERED, old, key())


def test_a_registered_number_is_no_longer_unregistered_nor_barred(known: Carrier) -> None:
    holder = lines.REGISTERED[REGISTERED]

    known.order("register", UNREGISTERED, key(), name="王样本", document=holder)

    assert known.look_up(UNREGISTERED, key()) == Lookup(Standing.REGISTERED)
    assert known.matches(UNREGISTERED, holder, key())
    refused = rejection(lambda: known.order("register", UNREGISTERED, key(), document=holder))
    assert refused == "already_registered"


def test_a_closed_number_is_nobody_s_and_is_not_offered_again(known: Carrier) -> None:
    known.order("close", REGISTERED, key())

    assert known.look_up(REGISTERED, key()) == Lookup(Standing.UNKNOWN)
    assert rejection(lambda: known.order("close", REGISTERED, key())) == "number_unknown"
    assert rejection(lambda: known.reserve(REGISTERED, key())) == "number_taken"


def test_a_fixed_line_is_installed_and_moved_where_there_is_a_cable(known: Carrier) -> None:
    number = known.reserve(known.numbers("W-0001", 1, kind="fixed")[0], key()).number
    nowhere, somewhere = "示例省样本市无资源", "示例省样本市测试路1号"

    refused = rejection(lambda: known.order("install", number, key(), address=nowhere))
    known.order("install", number, key(), address=somewhere)
    moved = known.order("move", number, key(), address=somewhere)

    assert refused == "address_invalid"
    assert moved.order_no


@pytest.mark.parametrize("command", ["transfer", "close", "move"])
def test_nothing_is_done_to_an_unregistered_number(boss: Carrier, command: str) -> None:
    refused = rejection(lambda: boss.order(command, UNREGISTERED, key(), address="示例路"))

    assert refused == "not_registered"


def test_a_new_card_for_a_number_needs_a_sound_iccid_and_takes_effect_once(boss: Carrier) -> None:
    reissuing = key()

    answers = {boss.order("reissue", REGISTERED, reissuing, iccid=ICCID) for _ in range(3)}

    assert len(answers) == 1
    refused = rejection(lambda: boss.order("reissue", REGISTERED, key(), iccid="1"))
    assert refused == "iccid_invalid"


# ---------------------------------------------------------------- identity check


@pytest.mark.parametrize(
    ("name", "number", "result"),
    [
        pytest.param(NAME, NUMBER, Result.MATCH, id="on file"),
        pytest.param(NAME, "990101199003070023", Result.MATCH, id="another on file"),
        pytest.param("王不符", NUMBER, Result.MISMATCH, id="other name"),
        pytest.param("王查无", NUMBER, Result.NOT_FOUND, id="nobody"),
        pytest.param(NAME, NUMBER[:-1] + "6", Result.NOT_FOUND, id="check digit"),
        pytest.param(NAME, "110101199003070011", Result.NOT_FOUND, id="real region"),
        pytest.param("何港样", "819900199604090027", Result.MATCH, id="permit"),
        pytest.param("何港样", "819900199604090028", Result.NOT_FOUND, id="permit check digit"),
        pytest.param("何港样", "81000019960409002X", Result.NOT_FOUND, id="permit real region"),
        pytest.param("SPECIMEN, ANNA", "UTO990088022902", Result.MATCH, id="foreigner 2017"),
        pytest.param("SPECIMEN, ANNA", "UTO99008802290X", Result.NOT_FOUND, id="foreigner form"),
        pytest.param("SPECIMEN, ANNA", "PAK990088022902", Result.NOT_FOUND, id="real country"),
        pytest.param("马可样", "999999198001010054", Result.MATCH, id="foreigner 2023"),
        pytest.param("马可样", "931586198001010028", Result.NOT_FOUND, id="real province"),
        pytest.param(NAME, "９９" + NUMBER[2:], Result.NOT_FOUND, id="full width"),
    ],
)
def test_the_register_answers_by_name_and_number(
    register: IdentityCheck, name: str, number: str, result: Result
) -> None:
    assert register.check(name, number, key()).result == result


def test_a_check_repeated_with_its_key_keeps_its_reference(register: IdentityCheck) -> None:
    first = key()

    answers = {register.check(NAME, NUMBER, each) for each in (first, first, key())}

    assert len(answers) == 2


def test_a_register_that_is_switched_to_wrong_matches_nobody(
    register_service: RunningService, register: IdentityCheck
) -> None:
    asked = key()
    register_service.mode("wrong")
    assert register.check(NAME, NUMBER, asked).result == Result.MISMATCH

    register_service.mode("ok")

    assert register.check(NAME, NUMBER, asked).result == Result.MATCH


# ---------------------------------------------------------------- failures


@pytest.mark.parametrize(
    ("mode", "reason"), [("slow", "timeout"), ("down", "http_503"), ("garbage", None)]
)
def test_a_failing_carrier_is_unavailable_and_works_again_afterwards(
    boss_service: RunningService,
    boss: Carrier,
    hurried_boss: Carrier,
    mode: str,
    reason: str | None,
) -> None:
    number, opening = reserved_number(boss), key()
    boss_service.mode(mode, seconds=SLOW)
    heard = unavailability(lambda: hurried_boss.order("open", number, opening, iccid=ICCID))

    boss_service.mode("ok")

    assert reason in (None, heard)
    assert boss.order("open", number, opening, iccid=ICCID).order_no


def test_every_verb_takes_every_kind_of_garbage_for_no_answer(
    boss_service: RunningService,
    boss: Carrier,
    register_service: RunningService,
    register: IdentityCheck,
) -> None:
    number = free_number(boss)
    boss_service.mode("garbage")
    register_service.mode("garbage")

    verbs: list[Callable[[], object]] = [
        lambda: boss.numbers("W-0001"),
        lambda: boss.reserve(number, key()),
        lambda: boss.release(number, key()),
        lambda: boss.order("open", number, key(), iccid=ICCID),
        lambda: boss.look_up(number, key()),
        lambda: boss.matches(number, NUMBER, key()),
        lambda: register.check(NAME, NUMBER, key()),
    ]
    for verb in verbs:
        reasons = [unavailability(verb) for _ in range(4)]
        assert sorted(reasons) == ["not_json", "not_json", "not_json", "schema"]


def test_a_lost_reply_is_asked_for_again_and_the_command_took_effect_once(
    boss_service: RunningService, boss: Carrier
) -> None:
    number = free_number(boss)
    boss_service.mode("duplicate")

    reservation = boss.reserve(number, key())
    line = boss.order("open", number, key(), iccid=ICCID)

    assert reservation.number == number
    assert line.order_no
    assert rejection(lambda: boss.order("open", number, key(), iccid=ICCID)) == "number_taken"


def test_a_slow_carrier_did_the_work_all_the_same(
    boss_service: RunningService, boss: Carrier, hurried_boss: Carrier
) -> None:
    number, reserving = free_number(boss), key()
    boss_service.mode("slow", seconds=SLOW)
    assert unavailability(lambda: hurried_boss.reserve(number, reserving)) == "timeout"

    boss_service.mode("ok")

    assert rejection(lambda: boss.reserve(number, key())) == "number_taken"
    assert boss.reserve(number, reserving).number == number


def test_a_carrier_that_refuses_to_open_can_be_asked_again_after_all(
    boss_service: RunningService, boss: Carrier
) -> None:
    number, opening = reserved_number(boss), key()
    boss_service.mode("wrong")
    assert rejection(lambda: boss.order("open", number, opening, iccid=ICCID)) == "number_taken"

    boss_service.mode("ok")

    assert boss.order("open", number, opening, iccid=ICCID).order_no


@pytest.mark.parametrize("mode", ["slow", "down", "garbage"])
def test_a_failing_register_is_unavailable_and_not_an_answer(
    register_service: RunningService,
    register: IdentityCheck,
    hurried_register: IdentityCheck,
    mode: str,
) -> None:
    asked = key()
    register_service.mode(mode, seconds=SLOW)
    unavailability(lambda: hurried_register.check(NAME, NUMBER, asked))

    register_service.mode("ok")

    assert register.check(NAME, NUMBER, asked).result == Result.MATCH


def test_a_killed_carrier_is_unavailable_until_it_runs_again(tmp_path: Path) -> None:
    with running_carrier(tmp_path) as service:
        boss = HttpCarrier(connection(service.url, "demo", PATIENT))
        number, opening = reserved_number(boss), key()
        service.process.kill()
        service.process.wait()
        assert (
            unavailability(lambda: boss.order("open", number, opening, iccid=ICCID))
            == "no_connection"
        )

    with running_carrier(tmp_path, "--port", str(service.port)):
        assert boss.order("open", number, opening, iccid=ICCID).order_no


def test_a_wrong_token_is_for_us_to_repair_and_not_an_answer(
    boss_service: RunningService, register_service: RunningService
) -> None:
    boss = HttpCarrier(connection(boss_service.url, "stolen", PATIENT))
    register = HttpIdentityCheck(connection(register_service.url, "stolen", PATIENT))

    assert unavailability(lambda: boss.numbers("W-0001")) == "http_401"
    assert unavailability(lambda: register.check(NAME, NUMBER, key())) == "http_401"


def test_an_address_that_leads_elsewhere_is_for_us_to_repair_and_not_an_answer(
    register_service: RunningService,
) -> None:
    boss = HttpCarrier(connection(register_service.url, "demo", PATIENT))

    assert unavailability(lambda: boss.reserve("17000000001", key())) == "http_404"


# ---------------------------------------------------------------- privacy


@pytest.mark.parametrize("mode", ["slow", "down", "garbage", "wrong"])
def test_no_error_carries_a_person_or_a_number(
    boss_service: RunningService, boss: Carrier, hurried_boss: Carrier, mode: str
) -> None:
    number = reserved_number(boss)
    boss_service.mode(mode, seconds=SLOW)

    with pytest.raises((Unavailable, Rejected)) as caught:
        hurried_boss.order("open", number, key(), iccid=ICCID)

    error = caught.value
    said = "".join(traceback.format_exception(error)) + repr(error) + str(error)
    assert number not in said
    assert ICCID not in said
    assert error.__context__ is None


def test_neither_side_logs_a_person_a_number_or_the_token(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    token = "a-token-of-this-test"
    with (
        running_carrier(tmp_path, "--token", token) as boss_service,
        running_identity_check("--token", token) as register_service,
    ):
        boss = HttpCarrier(connection(boss_service.url, token, PATIENT))
        number = free_number(boss)
        reservation = boss.reserve(number, key())
        boss.order("open", number, key(), iccid=ICCID)
        register = HttpIdentityCheck(connection(register_service.url, token, PATIENT))
        register.check(NAME, NUMBER, key())
        said = caplog.text + repr(reservation) + boss_service.stop() + register_service.stop()

    assert not [word for word in (number, ICCID, NAME, NUMBER, token) if word in said]


# ---------------------------------------------------------------- wiring


def test_the_settings_name_the_systems(
    boss_service: RunningService, register_service: RunningService, settings: Settings
) -> None:
    settings.CARRIER_URL = boss_service.url + "/"
    settings.IDENTITY_CHECK_URL = register_service.url

    assert len(carrier.client().numbers("W-0001", 3)) == 3
    assert isinstance(identity_check.client().check(NAME, NUMBER, key()), Answer)
