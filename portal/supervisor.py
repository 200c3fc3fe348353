"""Starts a handful of processes, restarts the dead and takes all of them down with itself.

No thread and no Django: one loop over the children's output. Each child leads its own session, so
Ctrl-C in the terminal reaches only the supervisor, which stops the children in its own order.
"""

import ctypes
import os
import selectors
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import IO

from portal.watchman import Watchman

# Celery alone takes five seconds to put its threads away; its work is safe long before that.
GRACE = 3.0
TICK = 0.1
LONGEST_PAUSE = 30.0
# A child that lived this long was healthy: its next restart is quick again.
HEALTHY_AFTER = 30.0
PR_SET_PDEATHSIG = 1

LIBC = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


@dataclass
class Child:
    name: str
    command: Sequence[str]
    env: Mapping[str, str] = field(default_factory=dict)
    process: subprocess.Popen[str] | None = None
    started_at: float = 0.0
    failures: int = 0
    next_start_at: float = 0.0

    @property
    def alive(self) -> bool:
        return self.process is not None and self.process.poll() is None


class Supervisor:
    """``say`` receives every line that a person should see, already prefixed: what happens to
    the children, and what they write to stderr. What they print in good health is dropped."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self.say = say
        self.children: list[Child] = []
        self.stopping = False
        self.selector = selectors.DefaultSelector()
        self.watchman = Watchman(GRACE)

    def add(self, child: Child) -> None:
        self.children.append(child)
        self._start(child)

    def run(self, *, until: Callable[[], bool], seconds: float | None = None) -> bool:
        """Keep the children alive until ``until()`` holds, a signal or the time is up.

        Returns whether ``until()`` held.
        """
        deadline = time.monotonic() + seconds if seconds is not None else None
        while not self.stopping:
            if until():
                return True
            if deadline is not None and time.monotonic() > deadline:
                return False
            self._pass_on_output(TICK)
            self._restart_the_dead()
        return False

    @contextmanager
    def signals(self) -> Iterator[None]:
        """Ctrl-C, a closed terminal and ``kill`` all end in an orderly stop."""
        caught = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
        before = {number: signal.signal(number, self._hear) for number in caught}
        try:
            yield
        finally:
            self.stop()
            for number, handler in before.items():
                signal.signal(number, handler)

    def stop(self) -> None:
        """Last started, first told; whoever still lives after the grace period is killed."""
        self.stopping = True
        for child in reversed(self.children):
            _send(child, signal.SIGTERM)
        deadline = time.monotonic() + GRACE
        while time.monotonic() < deadline and any(child.alive for child in self.children):
            self._pass_on_output(TICK)
        for child in self.children:
            # Also where the leader is gone: a member of its group may have outlived it.
            _send(child, signal.SIGKILL)
            if child.process is not None:
                child.process.wait()
                self.watchman.forget(child.process.pid)
                child.process = None
        self._close_what_is_left()
        self.watchman.dismiss()

    def renew(self) -> None:
        """After ``stop``: no child, and others may be added."""
        self.children.clear()
        self.stopping = False
        self.watchman = Watchman(GRACE)

    def _close_what_is_left(self) -> None:
        for key in list(self.selector.get_map().values()):
            stream, child = key.data
            self._read(stream, child)  # its last words
            if not stream.closed:
                self.selector.unregister(stream)
                stream.close()

    def _hear(self, number: int, frame: object) -> None:
        self.stopping = True

    def _start(self, child: Child) -> None:
        child.started_at = time.monotonic()
        child.process = subprocess.Popen(
            child.command,
            env={**os.environ, **child.env},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            errors="replace",
            start_new_session=True,
        )
        self.watchman.watch(child.process.pid)
        if child.process.stderr is not None:
            os.set_blocking(child.process.stderr.fileno(), False)
            data = (child.process.stderr, child)
            self.selector.register(child.process.stderr, selectors.EVENT_READ, data)

    def _pass_on_output(self, wait: float) -> None:
        if not self.selector.get_map():
            time.sleep(wait)
            return
        for key, _ in self.selector.select(wait):
            stream, child = key.data
            self._read(stream, child)

    def _read(self, stream: IO[str], child: Child) -> None:
        try:
            text = stream.read()
        except (BlockingIOError, TypeError):
            return
        if not text:
            self.selector.unregister(stream)
            stream.close()
            return
        for line in text.splitlines():
            # What they say about being stopped is news to nobody.
            if line.strip() and not self.stopping:
                self.say(f"[{child.name}] {line}")

    def _restart_the_dead(self) -> None:
        now = time.monotonic()
        for child in self.children:
            if child.alive:
                continue
            if child.process is not None:
                self._bury(child, now)
            if now >= child.next_start_at:
                self._start(child)

    def _bury(self, child: Child, now: float) -> None:
        assert child.process is not None  # noqa: S101
        # What the dead leader started must not stand in its successor's way.
        _send(child, signal.SIGKILL)
        self.watchman.forget(child.process.pid)
        child.failures = 1 if now - child.started_at > HEALTHY_AFTER else child.failures + 1
        pause = min(2.0 ** (child.failures - 1), LONGEST_PAUSE)
        child.next_start_at = now + pause
        self.say(
            f"[{child.name}] 意外退出（{child.process.returncode}），{pause:.0f} 秒后重启 · "
            f"exited, restarting in {pause:.0f} s"
        )
        child.process = None


def die_with_parent(number: int) -> Callable[[], None] | None:
    """For ``preexec_fn``: the kernel sends ``number`` when the parent is gone, even by kill -9."""
    if LIBC is None:
        return None
    parent = os.getpid()
    prctl = LIBC.prctl

    def ask() -> None:
        prctl(PR_SET_PDEATHSIG, number)
        if os.getppid() != parent:
            os._exit(1)

    return ask


def _send(child: Child, number: int) -> None:
    if child.process is None:
        return
    try:
        os.killpg(child.process.pid, number)
    except (ProcessLookupError, PermissionError):
        return
