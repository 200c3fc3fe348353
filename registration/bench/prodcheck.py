"""The set-up of docs/deploy.md, installed as it says there, and a day's work in it.

From an empty database to an opened number; then a backup, everything gone, and the restore.
"""

import re
import shutil
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager

import psycopg

from registration.bench import scratch
from registration.bench.browser import Browser
from registration.bench.ground import Ground
from registration.bench.people import PASSWORD, People, build
from registration.bench.visits import Counter, Desk, Ledger

SECONDS = 180.0
HEADERS = {
    "strict-transport-security": "max-age=",
    "content-security-policy": "default-src 'self'",
    "x-frame-options": "DENY",
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
}


class Wrong(Exception):
    """What was found instead of what the page promises."""


def run(place: Ground, say: Callable[[str], None]) -> None:
    """Raises Wrong, NotReady, Refused, GaveUp."""
    try:
        for done in _steps(place):
            say(f"ok  {done}")
    finally:
        place.stop()


def _steps(place: Ground) -> Iterator[str]:
    place.manage("keys", "init")
    place.manage("migrate", "--noinput", "--verbosity", "0")
    place.collect_static()
    yield "migrations from an empty database, static files"
    place.manage("check", "--deploy", "--fail-level", "WARNING")
    yield "check --deploy"
    people: People = scratch.run(place.database, build, 1, 1, 0, 0)
    place.start(study=True)
    yield "web, worker, study worker and beat"
    _headers(place)
    yield "redirect to https, HSTS, CSP, secure cookies"
    _static(place)
    yield "static files, hashed and compressed"
    ledger = Ledger()
    number = _counter(place, people, ledger)
    yield "log-in, a case at the counter, handed in"
    _desk(place, people, ledger)
    yield "worker, national check, desk: approved"
    _until(place, "SELECT 1 FROM registration_application WHERE status = 'active'", "open number")
    yield "the number is open at the carrier"
    _health(place, people)
    yield "health page"
    # Beat and the workers write of their own accord: counted is what a backup would find.
    place.stop()
    before = _stored(place)
    _lose_everything(place)
    if _stored(place) != before:
        raise Wrong("the restored database is another one")
    if "audit intact" not in place.manage("audit", "verify"):
        raise Wrong("the audit of the restored database is not intact")
    place.manage("evidence", "verify", number)
    place.start()
    with _browser(place, people.clerks[0].username):
        pass
    yield "backup, loss of everything, restore, log-in"


@contextmanager
def _browser(place: Ground, username: str) -> Iterator[Browser]:
    """Of somebody who has logged in."""
    # It may take as long as a worker needs to load its models.
    browser = Browser(place.address, place.origin, deadline=time.monotonic() + SECONDS)
    with closing(browser):
        browser.sign_in(username, PASSWORD)
        yield browser


def _headers(place: Ground) -> None:
    plain = place.get("/account/login/", **{"X-Forwarded-Proto": "http"})
    if plain.status_code != 301 or not plain.headers["location"].startswith("https://"):
        raise Wrong(f"plain http is answered with {plain.status_code}")
    page = place.get("/account/login/")
    for name, value in HEADERS.items():
        if value not in page.headers.get(name, ""):
            raise Wrong(f"{name}: {page.headers.get(name)}")
    cookies = page.headers.get_list("set-cookie")
    if not cookies or not all("Secure" in cookie for cookie in cookies):
        raise Wrong("a cookie would go over plain http")
    if place.get("/account/login/", Host="elsewhere.example").status_code != 400:
        raise Wrong("another host name is answered")


def _static(place: Ground) -> None:
    found = re.findall(r'(?:href|src)="(/static/[^"]+)"', place.get("/account/login/").text)
    for path in found:
        answer = place.get(path)
        if not answer.is_success or "immutable" not in answer.headers.get("cache-control", ""):
            raise Wrong(f"{path}: {answer.status_code}")
    if not found:
        raise Wrong("the page names no static file")


def _counter(place: Ground, people: People, ledger: Ledger) -> str:
    """The number of the receipt."""
    with _browser(place, people.clerks[0].username) as browser:
        pk = Counter(browser, people.clerks[0], ledger).serve()
        page = browser.get(f"/counter/{pk}/result/").text
    return str(re.findall(r"\d{8}-\d{6}", page)[0])


def _desk(place: Ground, people: People, ledger: Ledger) -> None:
    _until(place, "SELECT 1 FROM registration_review", "case in the queue")
    with _browser(place, people.verifiers[0]) as browser:
        Desk(browser, ledger).work()
    if len(ledger.accepted["decisions"]) != 1:
        raise Wrong("the case was not decided")


def _health(place: Ground, people: People) -> None:
    if place.get("/healthz").json() != {"ok": True}:
        raise Wrong("/healthz")
    with _browser(place, people.manager) as browser:
        page = browser.get("/health/")
    if not page.is_success:
        raise Wrong(f"/health/: {page.status_code}")


def _until(place: Ground, sql: str, what: str) -> None:
    place.wait(lambda: bool(_ask(place, sql)), what, SECONDS)


def _ask(place: Ground, sql: str) -> list[tuple[object, ...]]:
    with psycopg.connect(**scratch.address(place.database)) as connection:
        return connection.execute(sql).fetchall()


def _stored(place: Ground) -> list[tuple[object, ...]]:
    """How many rows every table has."""
    tables = _ask(place, "SELECT relname FROM pg_stat_user_tables ORDER BY relname")
    return [(name, _ask(place, f'SELECT count(*) FROM "{name}"')) for (name,) in tables]  # noqa: S608


def _lose_everything(place: Ground) -> None:
    """All but the backup and the master key, which lies elsewhere. Nothing runs but the servers."""
    kept = place.folder / "backup"
    place.manage("backup", "make", str(kept))
    place.broker.stop(signal.SIGKILL)
    place.broker.start()
    with psycopg.connect(**scratch.address(place.database), autocommit=True) as connection:
        connection.execute("DROP SCHEMA public CASCADE")
        connection.execute("CREATE SCHEMA public")
    shutil.rmtree(place.blobs)
    shutil.rmtree(place.var / "keys")
    place.manage("backup", "restore", str(kept))
