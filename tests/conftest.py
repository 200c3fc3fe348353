"""Servers, keys and the browser for all tests; people and places are in cast.py."""

import os
from collections.abc import Generator, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import hypothesis
import pytest
from django.conf import settings
from django.utils import translation

from portal import catalogues, crypto
from registration.rules import second as rules
from registration.services import second
from tests import bucket, chromium, processes, servers
from tests.cast import Cast

BROWSER_TESTS = Path(__file__).parent / "browser"
SKIPPING_FORBIDDEN = os.environ.get("SHIMING_NO_SKIP") == "1"

# The same examples on every run, so that a red run can be repeated; a shared machine may pause in
# the middle of one. `pytest --hypothesis-profile default` draws others.
hypothesis.settings.register_profile("repeatable", derandomize=True, deadline=None)
hypothesis.settings.load_profile("repeatable")


def pytest_configure(config: pytest.Config) -> None:
    # No test, and no program that one starts, puts keys into the developer's own keystore.
    os.environ["PYTHON_KEYRING_BACKEND"] = "keyring.backends.fail.Keyring"
    servers.make_folders()
    if not settings.KEYRING_FILE.exists():
        crypto.create(settings.KEYRING_FILE, crypto.master_key(settings.MASTER_KEY))
    if not hasattr(config, "workerinput"):
        for folder in settings.LOCALE_PATHS:
            catalogues.compile_all(folder)


def pytest_sessionstart(session: pytest.Session) -> None:
    """The process that the developer started runs the servers; xdist's workers share them."""
    if hasattr(session.config, "workerinput") or session.config.option.collectonly:
        return
    if os.environ.get("SHIMING_TEST_DATABASE") == "postgres":
        stack = ExitStack()
        session.config.add_cleanup(stack.close)
        stack.enter_context(servers.postgres(servers.run_folder()))


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.is_relative_to(BROWSER_TESTS):
            item.add_marker(pytest.mark.browser)
    _leave_out_what_needs_postgres(config, items)
    if any(item.get_closest_marker("browser") for item in items):
        # Playwright's loop runs in the thread of the tests; their queries are not in it.
        os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
        if not chromium.available():
            for item in items:
                if item.get_closest_marker("browser"):
                    item.add_marker(pytest.mark.skip(reason=chromium.MISSING))


def _leave_out_what_needs_postgres(config: pytest.Config, items: list[pytest.Item]) -> None:
    if not settings.DATABASES["default"]["ENGINE"].endswith("sqlite3"):
        return
    out = [item for item in items if item.get_closest_marker("postgres")]
    if out:
        config.hook.pytest_deselected(items=out)
        items[:] = [item for item in items if item not in out]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, Any, Any]:
    return _forbid_skip((yield))


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, Any, Any]:
    return _forbid_skip((yield))


def _forbid_skip(report: Any) -> Any:
    """In CI a skipped test is a failed one: nobody reads the reason there."""
    if SKIPPING_FORBIDDEN and report.skipped and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"skipping is forbidden by SHIMING_NO_SKIP: {report.longrepr}"
    return report


@pytest.fixture(autouse=True)
def in_chinese() -> Iterator[None]:
    """A request in English leaves its thread speaking English; the next test must not."""
    with translation.override(settings.LANGUAGE_CODE):
        yield


@pytest.fixture(autouse=True)
def nothing_is_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    """Which cases are looked at again by chance depends on their ids, and the ids on what ran
    before: here it is those of which policy wants all."""
    monkeypatch.setattr(second, "drawn", lambda _review: rules.DRAWS - 1)


@pytest.fixture
def cast(db: None) -> Cast:
    return Cast()


@pytest.fixture(scope="session")
def valkey() -> Iterator[str]:
    """The redis:// URL of a real server."""
    with servers.valkey(servers.own_folder()) as url:
        yield url


@pytest.fixture
def worker(transactional_db: None) -> Iterator[processes.Running]:
    """A real Celery worker with beat on the database of this test."""
    with processes.running(processes.worker()) as process:
        yield process


@pytest.fixture
def carrier() -> Iterator[processes.Running]:
    """The demo carrier at settings.CARRIER_URL, its books as new: what one test transfers or
    cancels is another's number too. POST /control switches its failures."""
    with processes.running(processes.carrier()) as process:
        yield process


@pytest.fixture(scope="session")
def identity_check() -> Iterator[processes.Running]:
    with processes.running(processes.identity_check()) as process:
        yield process


@pytest.fixture(scope="session")
def card_decoder() -> Iterator[processes.Running]:
    """The demo decoding service at settings.CARD_DECODER_URL."""
    with processes.running(processes.card_decoder()) as process:
        yield process


@pytest.fixture(scope="module")
def bucket_server() -> Iterator[bucket.Server]:
    """A real server that speaks S3, for the tests of one file."""
    with bucket.running() as server:
        yield server


@pytest.fixture
def server(
    bucket_server: bucket.Server, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> bucket.Server:
    """The evidence lies in its bucket; a test may stop it and start it again."""
    bucket_server.start()
    bucket.use(bucket_server.url, monkeypatch, settings)
    return bucket_server


@pytest.fixture(scope="session")
def camera_film() -> Path | None:
    """The .y4m or .mjpeg that the fake camera shows; override it in a nearer conftest.py."""
    return None


@pytest.fixture(scope="session")
def browser_type_launch_args(
    browser_type_launch_args: dict[str, Any], camera_film: Path | None
) -> dict[str, Any]:
    args = list(chromium.ARGS)
    if camera_film:
        args.append(f"--use-file-for-fake-video-capture={camera_film}")
    return browser_type_launch_args | {"args": args, "executable_path": chromium.executable()}


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args: dict[str, Any]) -> dict[str, Any]:
    return browser_context_args | {
        "locale": "zh-CN",
        "timezone_id": "Asia/Shanghai",
        "viewport": {"width": 1366, "height": 768},
        # Without the second one the page may not speak to the bridge on 127.0.0.1.
        "permissions": ["camera", "local-network-access"],
    }
