import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from portal.supervisor import Child, Supervisor
from tests import processes

SLEEP = [sys.executable, "-c", "import time; time.sleep(60)"]
STUBBORN = [
    sys.executable,
    "-c",
    "import signal, sys, time; signal.signal(signal.SIGTERM, signal.SIG_IGN);"
    "print('deaf', file=sys.stderr); time.sleep(60)",
]
# A supervisor of its own, which tells the process ids of its child and of its grandchild.
PARENT = """
import sys
from portal.supervisor import Child, Supervisor
supervisor = Supervisor(lambda line: print(line, flush=True))
with supervisor.signals():
    supervisor.add(Child("child", [sys.executable, "-c", '''
import os, signal, subprocess, sys
grandchild = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
def stop(number, frame):
    grandchild.terminate()
    sys.exit()
signal.signal(signal.SIGTERM, stop)
print(os.getpid(), grandchild.pid, file=sys.stderr)
signal.pause()
''']))
    supervisor.run(until=lambda: False)
"""


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def supervisor(said: list[str]) -> Iterator[Supervisor]:
    running = Supervisor(said.append)
    yield running
    running.stop()


def test_a_line_of_a_child_carries_its_name(supervisor: Supervisor, said: list[str]) -> None:
    hello = "import sys, time; print('hello', file=sys.stderr); time.sleep(60)"

    supervisor.add(Child("web", [sys.executable, "-c", hello]))

    assert supervisor.run(until=lambda: said == ["[web] hello"], seconds=10)


def test_a_child_that_dies_comes_back(supervisor: Supervisor, said: list[str]) -> None:
    child = Child("worker", SLEEP)
    supervisor.add(child)
    first = pid(child)

    os.kill(first, signal.SIGKILL)

    assert supervisor.run(until=lambda: child.alive and pid(child) != first, seconds=10)
    assert said[0].startswith("[worker] 意外退出（-9），1 秒后重启")


def test_a_child_that_keeps_dying_is_started_more_and_more_rarely(
    supervisor: Supervisor, said: list[str]
) -> None:
    supervisor.add(Child("web", [sys.executable, "-c", "raise SystemExit(3)"]))

    supervisor.run(until=lambda: len(said) >= 2, seconds=20)

    assert [line.partition("restarting in ")[2] for line in said] == ["1 s", "2 s"]


def test_a_child_deaf_to_sigterm_is_killed_in_the_end(
    supervisor: Supervisor, said: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("portal.supervisor.GRACE", 0.3)
    child = Child("bridge", STUBBORN)
    supervisor.add(child)
    supervisor.run(until=lambda: bool(said), seconds=10)
    process = child.process

    supervisor.stop()

    assert process is not None
    assert process.returncode == -signal.SIGKILL


def test_a_stopped_supervisor_that_is_renewed_keeps_children_alive_again(
    supervisor: Supervisor, said: list[str]
) -> None:
    supervisor.add(Child("web", SLEEP))
    supervisor.stop()

    supervisor.renew()
    child = Child("worker", SLEEP)
    supervisor.add(child)
    os.kill(pid(child), signal.SIGKILL)

    assert supervisor.run(until=lambda: bool(said), seconds=10)
    assert said[0].startswith("[worker] 意外退出（-9）")
    assert [each.name for each in supervisor.children] == ["worker"]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGKILL])
def test_nobody_outlives_the_supervisor(number: signal.Signals) -> None:
    with parent_of(PARENT) as (parent, family):
        parent.send_signal(number)

        assert parent.wait(10) == (0 if number != signal.SIGKILL else -signal.SIGKILL)
        assert processes.eventually(lambda: not any(lives(each) for each in family))


def test_nobody_deaf_to_sigterm_outlives_a_killed_supervisor() -> None:
    deaf = PARENT.replace("signal.SIGTERM, stop", "signal.SIGTERM, signal.SIG_IGN")
    with parent_of(deaf) as (parent, family):
        parent.kill()

        assert processes.eventually(lambda: not any(lives(each) for each in family), seconds=20)


@contextmanager
def parent_of(program: str) -> Iterator[tuple[subprocess.Popen[str], list[int]]]:
    """The supervisor as a process, with the ids of its child and its grandchild."""
    root = Path(__file__).resolve().parents[2]
    with subprocess.Popen(
        [sys.executable, "-c", program], stdout=subprocess.PIPE, text=True, cwd=root
    ) as parent:
        assert parent.stdout is not None
        line = parent.stdout.readline()
        yield parent, [int(word) for word in line.removeprefix("[child] ").split()]


def pid(child: Child) -> int:
    return child.process.pid if child.process else 0


def lives(number: int) -> bool:
    """A zombie that nobody has buried yet is dead enough."""
    try:
        state = Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"
