"""Takes process groups down once whoever told of them is gone, even by ``kill -9``.

A program of its own, told on its standard input: ``+12`` watch group 12, ``-12`` it has ended. The
kernel closes that input with the teller's death; whoever is left then is asked to stop, and killed.
Asking alone is not enough: Celery's pool can wait for ever for a lock that a child died with.
"""

import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from typing import IO


class Watchman:
    """``grace``: seconds between asking and killing."""

    def __init__(self, grace: float) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-I", "-S", __file__, str(grace)],
            stdin=subprocess.PIPE,
            text=True,
            bufsize=1,
            # Ctrl-C and a closed terminal are for the teller.
            start_new_session=True,
        )

    def watch(self, group: int) -> None:
        self._tell(f"+{group}\n")

    def forget(self, group: int) -> None:
        self._tell(f"-{group}\n")

    def dismiss(self) -> None:
        with suppress(OSError):
            self._input.close()
        self._process.wait()

    def _tell(self, line: str) -> None:
        # Without it the children only lose their last safety.
        with suppress(OSError):
            self._input.write(line)

    @property
    def _input(self) -> IO[str]:
        assert self._process.stdin is not None  # noqa: S101
        return self._process.stdin


def stand(grace: float) -> None:
    groups: set[int] = set()
    for line in sys.stdin:
        (groups.add if line.startswith("+") else groups.discard)(int(line[1:]))
    _send(groups, signal.SIGTERM)
    deadline = time.monotonic() + grace
    while time.monotonic() < deadline and _send(groups, 0):
        time.sleep(0.1)
    _send(groups, signal.SIGKILL)


def _send(groups: set[int], number: int) -> bool:
    """Whether any of them was there to hear it."""
    heard = False
    for group in groups:
        with suppress(OSError):
            os.killpg(group, number)
            heard = True
    return heard


if __name__ == "__main__":
    stand(float(sys.argv[1]))
