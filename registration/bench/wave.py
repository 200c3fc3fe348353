"""Nine o'clock: everybody logs in at the same moment, from one address, to a site that is cold."""

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
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
    """``errors`` counts tries that were answered by nothing or by an error of the server;
    ``browsers`` are of those who are in."""

    people: int
    seconds: float
    errors: int
    turned_away: int
    browsers: list[Browser] = field(default_factory=list, repr=False, compare=False)

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

    def enter(at: int) -> tuple[Browser, bool]:
        browser = Browser(place.address, place.origin, deadline=began + PATIENCE)
        gate.wait()
        try:
            if at % MISTYPES == 0:
                browser.get("/account/login/")
                wrong = {"username": names[at], "password": "wrong"}
                browser.send("/account/login/", wrong, accept="text/html")
            browser.sign_in(names[at])
        except (Refused, GaveUp):
            browser.close()
            return browser, False
        ledger.add("log-ins", names[at])
        return browser, True

    with ThreadPoolExecutor(len(names)) as pool:
        told = list(pool.map(enter, range(len(names))))
    inside = [browser for browser, is_in in told if is_in]
    errors = sum(browser.failures for browser, _is_in in told)
    seconds = time.monotonic() - began
    return Wave(len(names), seconds, errors, len(names) - len(inside), inside)
