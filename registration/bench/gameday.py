"""Clerks and verifiers at work while one part after the other is broken.

Everybody works over HTTP and tries again as people do. At the end each finishes what they began,
and what they were told is done is held against what is stored.
"""

import threading
import time
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial

from registration.bench import books, faults, pages, scratch, wave
from registration.bench.browser import Browser, GaveUp, Refused
from registration.bench.ground import Ground
from registration.bench.people import Clerk, People, build
from registration.bench.visits import Counter, Desk, Ledger

# To finish what was begun, after the last fault.
PATIENCE = 180.0
PAUSE = 1.0


@dataclass(frozen=True)
class Load:
    """``seconds`` of work between two faults; ``queued`` cases wait at the beginning; the crowd's
    pages stay ``open`` for so many seconds."""

    clerks: int = 4
    verifiers: int = 4
    crowd: int = 500
    queued: int = 100
    seconds: float = 15.0
    open: float = 20.0
    faults: Sequence[str] = tuple(faults.FAULTS)

    @property
    def asked(self) -> list[str]:
        """What of books.STORED there is somebody to do, and something to do it to."""
        who = {
            "log-ins": self.clerks or self.verifiers or self.crowd,
            "card reads": self.clerks,
            "submits": self.clerks,
            "decisions": self.verifiers and (self.clerks or self.queued),
        }
        return [kind for kind in books.STORED if who[kind]]


@dataclass
class Day:
    """What came of it."""

    load: Load = field(default_factory=Load)
    lines: list[books.Line] = field(default_factory=list)
    failures: int = 0
    refused: list[str] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)
    nine: wave.Wave | None = None
    watch: pages.Watch | None = None

    @property
    def undone(self) -> list[str]:
        """What was asked for and not done once: where nothing is done, nothing can be lost."""
        done = {line.what for line in self.lines if line.accepted}
        return [kind for kind in self.load.asked if kind not in done]

    @property
    def is_well(self) -> bool:
        came = self.nine is None or not (self.nine.errors or self.nine.turned_away)
        stayed = self.watch is None or not self.watch.errors
        lost = any(line.difference for line in self.lines)
        return came and stayed and not self.broken and not self.undone and not lost


class Staff:
    """A thread for each person; the children of the supervisor are the main thread's."""

    def __init__(self, place: Ground, ledger: Ledger) -> None:
        self.place, self.ledger = place, ledger
        self.closing = threading.Event()
        self.deadline = time.monotonic() + 24 * 3600
        self.browsers: list[Browser] = []
        self.threads: list[threading.Thread] = []
        self.broken: list[str] = []

    def begin(self, people: People) -> None:
        for clerk in people.clerks:
            self._employ(clerk.username, partial(self._clerk, who=clerk))
        for verifier in people.verifiers:
            self._employ(verifier, self._verifier)

    def close(self) -> None:
        """No new customers; everybody finishes."""
        self.closing.set()
        for browser in self.browsers:
            browser.deadline = time.monotonic() + PATIENCE

    @property
    def left(self) -> list[str]:
        """Who is still at work."""
        return [thread.name for thread in self.threads if thread.is_alive()]

    def _employ(self, username: str, work: Callable[[Browser], Callable[[], bool]]) -> None:
        browser = Browser(self.place.address, self.place.origin, deadline=self.deadline)
        self.browsers.append(browser)

        def live() -> None:
            try:
                browser.sign_in(username)
                self.ledger.add("log-ins", username)
                once = work(browser)
                while not self.closing.is_set():
                    try:
                        served = once()
                    except Refused as refusal:
                        self.ledger.note(refusal)
                        served = False
                    if not served:
                        time.sleep(PAUSE)
            except GaveUp as path:
                self.broken.append(f"{username}: no answer from {path}")
            except Exception:
                self.broken.append(f"{username}: {traceback.format_exc()}")
            finally:
                browser.close()

        thread = threading.Thread(target=live, name=username, daemon=True)
        self.threads.append(thread)
        thread.start()

    def _clerk(self, browser: Browser, who: Clerk) -> Callable[[], bool]:
        counter = Counter(browser, who, self.ledger)
        return lambda: bool(counter.serve())

    def _verifier(self, browser: Browser) -> Callable[[], bool]:
        return Desk(browser, self.ledger).work


def play(place: Ground, load: Load, say: Callable[[str], None]) -> Day:
    """In an empty set-up; raises NotReady."""
    has_disk = "disk" in load.faults and faults.small_disk(place.blobs)
    try:
        return _play(place, load, say, has_disk=has_disk)
    finally:
        place.stop()
        if has_disk:
            faults.no_disk(place.blobs)


def _play(place: Ground, load: Load, say: Callable[[str], None], *, has_disk: bool) -> Day:
    day, ledger = Day(load), Ledger()
    people = _open(place, load)
    if people.crowd:
        day.nine = wave.come(place, people.crowd, ledger)
        say(str(day.nine))
        day.watch = pages.watch(day.nine.browsers, load.open)
        say(str(day.watch or ""))
    staff = Staff(place, ledger)
    staff.begin(people)
    for name in load.faults:
        place.rest(load.seconds)
        if name == "disk" and not has_disk:
            say("disk: not filled, this user may not mount a small one")
            continue
        say(f"{name}: {_so_far(place, ledger)}")
        faults.EVENTS[name](place)
    place.rest(load.seconds)
    say(f"closing: {_so_far(place, ledger)}")
    staff.close()
    if not place.supervisor.run(until=lambda: not staff.left, seconds=2 * PATIENCE):
        day.broken.append(f"somebody never finished: {', '.join(staff.left)}")
    day.broken += staff.broken
    day.refused = ledger.refused
    day.failures = sum(browser.failures for browser in staff.browsers)
    day.lines = books.balance(ledger, scratch.address(place.database), place.blobs)
    return day


def _so_far(place: Ground, ledger: Ledger) -> str:
    submits, decisions = (len(ledger.accepted[kind]) for kind in ("submits", "decisions"))
    return f"{submits} submits, {decisions} decisions so far; {place.memory}"


def _open(place: Ground, load: Load) -> People:
    """The tables, the static files, the people, and all parts."""
    place.manage("keys", "init")
    place.collect_static()
    size = (load.clerks, load.verifiers, load.crowd, load.queued)
    people: People = scratch.run(place.database, build, *size)
    place.start()
    return people
