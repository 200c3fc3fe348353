"""A shop for the browser: the cast, a camera that sees a specimen card, a real counter PC."""

import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from playwright.sync_api import BrowserContext, Page

from outlets.bridge.people import PEOPLE
from outlets.services import reader
from portal.models import User
from registration import specimens
from tests import servers
from tests import specimens as odd
from tests.cast import Cast
from tests.outlets.counter import DemoCounter

# Somebody else's transactions in this database.
BUSY = """SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()
    AND pid <> pg_backend_pid() AND state IN ('active', 'idle in transaction')"""
REQUEST_TRIES = 200


@pytest.fixture(scope="session")
def camera_film() -> Path:
    """What the fake camera films: a card, whatever is asked for."""
    film = servers.own_folder() / "counter.mjpeg"
    frames = [specimens.id_front(PEOPLE["wang"], size=(1280, 808))] * 4
    film.write_bytes(odd.mjpeg(frames))
    return film


@pytest.fixture
def context(transactional_db: None, context: BrowserContext) -> Iterator[BrowserContext]:
    """Closed before the tables are emptied: what a page still asks for holds locks on them."""
    yield context
    context.close()
    _let_requests_end()


def _let_requests_end() -> None:
    if connection.vendor != "postgresql":
        return
    for _try in range(REQUEST_TRIES):
        with connection.cursor() as cursor:
            cursor.execute(BUSY)
            if cursor.fetchone() == (0,):
                return
        time.sleep(0.05)


@pytest.fixture
def shop(transactional_db: None) -> Cast:
    return Cast()


@pytest.fixture
def counter_pc(shop: Cast, live_server: Any, tmp_path: Path) -> Iterator[DemoCounter]:
    """The emulated reader and the bridge, enrolled at the shop's outlet."""
    with DemoCounter(live_server.url, tmp_path / "bridge", settings.BRIDGE_PORT) as counter:
        counter.enrol(reader.issue_code(shop.outlet, by=None, now=shop.now))
        yield counter


@pytest.fixture
def hall_pc(shop: Cast, live_server: Any, tmp_path: Path) -> Iterator[DemoCounter]:
    """The same at the carrier's own hall. All pages ask one port: a test has one of them."""
    with DemoCounter(live_server.url, tmp_path / "bridge", settings.BRIDGE_PORT) as counter:
        counter.enrol(reader.issue_code(shop.hall, by=None, now=shop.now))
        yield counter


@pytest.fixture
def children_pc(shop: Cast, live_server: Any, tmp_path: Path) -> Iterator[DemoCounter]:
    """The shop's, with the cards of children of a certain age (tests.outlets.birthdays)."""
    with DemoCounter(
        live_server.url,
        tmp_path / "bridge",
        settings.BRIDGE_PORT,
        reader=(sys.executable, "-m", "tests.outlets.birthdays"),
    ) as counter:
        counter.enrol(reader.issue_code(shop.outlet, by=None, now=shop.now))
        yield counter


def sign_in(context: BrowserContext, user: User, url: str) -> Page:
    """A page of the user's session, as after the login."""
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    cookie = client.cookies[settings.SESSION_COOKIE_NAME]
    context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": url}])
    return context.new_page()
