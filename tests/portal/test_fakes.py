"""The stand-ins as programs: how they start, stop, keep their state and switch their failures."""

import signal
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import httpx
import pytest

from outlets.bridge.people import PEOPLE
from tests.portal.services import ROOT, RunningService, running_carrier, running_identity_check

NUMBER = "17000000001"


@pytest.fixture(scope="module")
def process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningService]:
    with running_carrier(tmp_path_factory.mktemp("carrier")) as service:
        yield service


@pytest.fixture
def service(process: RunningService) -> Iterator[RunningService]:
    yield process
    process.mode("ok")


def caller(service: RunningService) -> httpx.Client:
    """A bare HTTP client, so that nothing of our gateway's manners hides what is sent."""
    headers = {"Authorization": "Bearer demo", "Idempotency-Key": str(uuid4())}
    return httpx.Client(base_url=service.url, headers=headers, trust_env=False)


def test_duplicate_does_the_work_and_loses_the_first_reply(service: RunningService) -> None:
    service.mode("duplicate")

    with caller(service) as client:
        with pytest.raises(httpx.RemoteProtocolError):
            client.post("/v1/reservations", json={"number": NUMBER})
        again = client.post("/v1/reservations", json={"number": NUMBER})

    assert again.status_code == 201


@pytest.mark.parametrize("signal_no", [signal.SIGTERM, signal.SIGINT])
def test_a_stand_in_stops_at_once_and_without_a_word(
    tmp_path: Path, signal_no: signal.Signals
) -> None:
    with running_carrier(tmp_path, "--mode", "slow", "--seconds", "60") as service:
        with caller(service) as client, pytest.raises(httpx.ReadTimeout):
            client.get("/v1/numbers?outlet=W-0001", timeout=0.2)

        service.process.send_signal(signal_no)
        said = service.process.communicate(timeout=5)

    assert service.process.returncode == 0
    assert said == ("", "")


@pytest.mark.parametrize("module", ["carrier", "identity_check", "card_decoder", "face"])
def test_a_port_in_use_gets_one_clear_line(module: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as occupant:
        port = str(occupant.getsockname()[1])
        command = [sys.executable, "-m", f"portal.fakes.{module}", "--port", port]
        ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)

    assert ended.returncode == 2
    assert ended.stderr.startswith(f"端口 {port} 已被占用")
    assert ended.stderr.count("\n") == 1


def test_a_state_file_that_cannot_be_written_gets_one_clear_line(tmp_path: Path) -> None:
    state = str(tmp_path / "nowhere" / "carrier.sqlite3")
    command = [sys.executable, "-m", "portal.fakes.carrier", "--port", "0", "--state", state]

    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)

    assert (ended.returncode, ended.stderr.count("\n")) == (2, 1)


def test_what_was_answered_outlives_a_kill(tmp_path: Path) -> None:
    with running_carrier(tmp_path) as service:
        with caller(service) as client:
            client.post("/v1/reservations", json={"number": NUMBER})
        service.process.kill()

    with sqlite3.connect(tmp_path / "carrier.sqlite3") as state:
        (held,) = state.execute("SELECT count(*) FROM numbers WHERE held_until > 0").fetchone()
    state.close()

    assert held == 1


def test_the_page_switches_the_mode_by_its_buttons(service: RunningService) -> None:
    form = {"mode": "down", "seconds": "3"}
    with caller(service) as client:
        switched = client.post("/control", data=form, follow_redirects=True)
        state = client.get("/control").json()

    assert "演示运营商" in switched.text
    assert 'value="down" aria-pressed="true"' in switched.text
    assert state == {"mode": "down", "seconds": 3.0}


@pytest.mark.parametrize("wish", [{"mode": "asleep"}, {"mode": "slow", "seconds": -1}, {}, []])
def test_a_mode_that_does_not_exist_changes_nothing(service: RunningService, wish: object) -> None:
    with caller(service) as client:
        answer = client.post("/control", json=wish)
        state = client.get("/control").json()

    assert answer.status_code == 400
    assert state["mode"] == "ok"


@pytest.mark.parametrize("body", [b"", b"[]", b'{"number": 17000000001}', b"\xff", b"{"])
def test_a_malformed_request_is_refused_and_the_connection_lives_on(
    service: RunningService, body: bytes
) -> None:
    with caller(service) as client:
        refused = client.post("/v1/reservations", content=body)
        then = client.get("/v1/numbers", params={"outlet": "W-0001"})

    assert refused.status_code == 400
    assert then.status_code == 200


def test_every_fictional_person_is_on_file_at_the_identity_check() -> None:
    with running_identity_check() as register:
        answers = {
            person.key: _checked(register, person.name, person.number) for person in PEOPLE.values()
        }

    assert answers == dict.fromkeys(PEOPLE, "match")


def _checked(register: RunningService, name: str, number: str) -> str:
    with caller(register) as client:
        answer = client.post("/v1/checks", json={"name": name, "number": number})
    return str(answer.json()["result"])
