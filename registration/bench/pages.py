"""A thousand open pages: whoever logged in at nine leaves a page open, and it asks again and again.

A verifier's page with a case asks whether the case is still theirs and now and then keeps it, the
desk's first page asks what waits. All do as the pages do: in their rhythm, with the tag of the last
answer, and as if every one of them were seen.
"""

import random
import re
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import httpx

from registration.bench.browser import JSON, Browser, Refused, inputs

# Seconds, as in static/js/lease.js and on the desk's page.
LOOK, BEAT, LIVE = 5.0, 30.0, 3.0
# As in static/js/rhythm.js.
SLOWEST, SLOWER, JITTER = 5.0, 1.25, 0.1
# To have all of them open before any is measured.
OPENED_TOGETHER = 32


@dataclass(frozen=True)
class Answer:
    seconds: float
    status: int
    is_beat: bool


@dataclass(frozen=True)
class Page:
    """What an open page asks for, at first every so many seconds. ``here`` is the address of its
    case and ``token`` what holds it."""

    browser: Browser
    url: str
    every: float
    here: str = ""
    token: str = ""

    def look(self, tag: str) -> httpx.Response:
        accept = JSON if self.here else "text/html"
        said = {"Accept": accept, "HX-Polling": "1"} | ({"If-None-Match": tag} if tag else {})
        return self.browser.get(self.url, **said)

    def beat(self) -> httpx.Response:
        token = {"claim_no": self.token}
        return self.browser.send(f"{self.here}heartbeat/", token, quiet=True)

    def close(self) -> None:
        """And give its case back."""
        if self.here:
            token = {"claim_no": self.token}
            self.browser.send(f"{self.here}release/", token, accept="text/html")
        self.browser.close()


@dataclass(frozen=True)
class Watch:
    """``unchanged`` of the ``asked`` that were no ``beats`` were answered by 304; ``errors`` as in
    a Wave."""

    pages: int
    seconds: float
    asked: int
    beats: int
    unchanged: int
    errors: int
    p50: float
    p95: float

    def __str__(self) -> str:
        return (
            f"{self.pages} open pages: {self.asked / self.seconds:.0f} questions/s, "
            f"{self.unchanged} of {self.asked - self.beats} unchanged, "
            f"{self.beats} signs of life, {self.errors} errors, "
            f"p50 {1000 * self.p50:.0f} ms, p95 {1000 * self.p95:.0f} ms"
        )


def watch(browsers: list[Browser], seconds: float) -> Watch | None:
    """Open a page for everybody, let them ask, and give the cases back."""
    if not (browsers and seconds):
        return None
    with ThreadPoolExecutor(OPENED_TOGETHER) as pool:
        pages = list(pool.map(_open, browsers))
    failures = _failures(browsers)
    began = time.monotonic() + LOOK  # by when there is a thread for each
    shares = [at / len(pages) for at in range(len(pages))]

    def ask(page: Page, share: float) -> list[Answer]:
        return list(_ask(page, began + page.every * share, began + seconds))

    with ThreadPoolExecutor(len(pages)) as pool:
        answers = [answer for told in pool.map(ask, pages, shares) for answer in told]
    errors = _failures(browsers) - failures
    with ThreadPoolExecutor(OPENED_TOGETHER) as pool:
        list(pool.map(Page.close, pages))
    times = sorted(answer.seconds for answer in answers)
    return Watch(
        pages=len(pages),
        seconds=seconds,
        asked=len(answers),
        beats=sum(answer.is_beat for answer in answers),
        unchanged=sum(answer.status == 304 for answer in answers),
        errors=errors,
        p50=times[len(times) // 2],
        p95=times[len(times) * 95 // 100],
    )


def _failures(browsers: list[Browser]) -> int:
    return sum(browser.failures for browser in browsers)


def _open(browser: Browser) -> Page:
    """The page of a case, where one waits; else the desk's."""
    found = browser.send("/desk/claim/", accept="text/html")
    case = re.findall(r"/desk/(\d+)/", found.headers.get("Location", ""))
    if not case:
        return Page(browser, "/desk/queue/", LIVE)
    here = f"/desk/{case[0]}/"
    token = inputs(browser.get(here).text, "claim_no")[-1]
    return Page(browser, f"{here}lease/?claim_no={token}", LOOK, here, token)


def _ask(page: Page, first: float, until: float) -> Iterator[Answer]:
    """The first, since which nothing can be unchanged, goes uncounted."""
    tag, at, every = "", first, page.every
    # They were opened one after the other, some of them half a minute ago.
    beaten = first - random.uniform(0, BEAT)  # noqa: S311 - no secret
    while at < until:
        time.sleep(max(0.0, at - time.monotonic()))
        began = time.monotonic()
        is_beat = bool(page.here) and bool(tag) and began - beaten >= BEAT
        answer = page.beat() if is_beat else page.look(tag)
        if answer.status_code >= 400:
            raise Refused(answer)
        done = time.monotonic()
        if tag:
            yield Answer(done - began, answer.status_code, is_beat)
        if is_beat:
            beaten = began
        else:
            tag = answer.headers["ETag"]
            is_same = answer.status_code == 304
            every = min(every * SLOWER, max(SLOWEST, page.every)) if is_same else page.every
        at = done + every * random.uniform(1 - JITTER, 1)  # noqa: S311 - no secret
