"""The stand-ins for outside systems as real processes on free ports, for any test.

with running_carrier(tmp_path) as carrier:
    settings.CARRIER_URL = carrier.url
    carrier.mode("slow", seconds=2)
"""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class RunningService:
    url: str
    process: subprocess.Popen[str]

    @property
    def port(self) -> int:
        return int(self.url.rpartition(":")[2])

    def mode(self, mode: str, *, seconds: float = 8.0) -> None:
        """ok, slow, down, wrong, duplicate or garbage."""
        wish = {"mode": mode, "seconds": seconds}
        httpx.post(f"{self.url}/control", json=wish, trust_env=False).raise_for_status()

    def stop(self) -> str:
        """SIGTERM; returns all that it wrote since it was ready. Stopping twice is no error."""
        self.process.terminate()
        try:
            return "".join(self.process.communicate(timeout=5))
        except ValueError:
            return ""  # its pipes were read to the end before
        except subprocess.TimeoutExpired:
            self.process.kill()
            return "".join(self.process.communicate())


@contextmanager
def running_carrier(tmp_path: Path, *options: str) -> Iterator[RunningService]:
    """Remembers its numbers in `tmp_path`: a second one there goes on where the first ended."""
    state = tmp_path / "carrier.sqlite3"
    with _running("portal.fakes.carrier", "--state", str(state), *options) as service:
        yield service


@contextmanager
def running_identity_check(*options: str) -> Iterator[RunningService]:
    with _running("portal.fakes.identity_check", *options) as service:
        yield service


@contextmanager
def running_card_decoder(*options: str) -> Iterator[RunningService]:
    with _running("portal.fakes.card_decoder", *options) as service:
        yield service


@contextmanager
def running_face(*options: str) -> Iterator[RunningService]:
    with _running("portal.fakes.face", *options) as service:
        yield service


@contextmanager
def _running(module: str, *options: str) -> Iterator[RunningService]:
    process = subprocess.Popen(
        [sys.executable, "-m", module, "--port", "0", *options],
        cwd=ROOT,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdout
    # It says where it listens only when it does: nothing to poll, no port to race for.
    ready = process.stdout.readline().strip()
    service = RunningService("http://" + ready.partition("http://")[2], process)
    try:
        assert ready, process.communicate()[1]
        yield service
    finally:
        service.stop()
