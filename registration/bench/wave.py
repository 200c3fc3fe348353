"""Nine o'clock: everybody logs in at the same moment, from one address, to a site that is cold."""

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from threading import Barrier

from registration.bench.browser import Browser, GaveUp, Refused
from registration.bench.ground import Ground
from registration.bench.visits import Ledger

# Every so manieth mistypes first: the failures of one must not lock out the office behind the same
# address.
MISTYPES = 10
PATIENCE = 600.0


@dataclass(frozen=True)
class Wave:
    """``errors`` counts tries that were answered by nothing or by an error of the server."""

    people: int
    seconds: float
    errors: int
    turned_away: int

    def __str__(self) -> str:
        rate = self.people / self.seconds
        return (
            f"{self.people} log-ins at once: {self.seconds:.1f} s, {rate:.1f}/s, "
            f"{self.errors} errors, {self.turned_away} turned away"
        )


def come(place: Ground, names: list[str], ledger: Ledger) -> Wave:
    if not names:
        return Wave(0, 1.0, 0, 0)
    gate, began = Barrier(len(names)), time.monotonic()

    def enter(at: int) -> tuple[int, int]:
        deadline = began + PATIENCE
        browser = Browser(place.address, place.origin, deadline=deadline)
        gate.wait()
        try:
            if at % MISTYPES == 0:
                browser.get("/account/login/")
                wrong = {"username": names[at], "password": "wrong"}
                browser.send("/account/login/", wrong, accept="text/html")
            browser.sign_in(names[at])
        except (Refused, GaveUp):
            return browser.failures, 1
        finally:
            browser.close()
        ledger.add("log-ins", names[at])
        return browser.failures, 0

    with ThreadPoolExecutor(len(names)) as pool:
        told = list(pool.map(enter, range(len(names))))
    errors, away = (sum(column) for column in zip(*told, strict=True))
    return Wave(len(names), time.monotonic() - began, errors, away)
