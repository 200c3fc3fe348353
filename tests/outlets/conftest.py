"""A counter PC for the tests of the bridge: emulated reader, bridge, a portal to call."""

import threading
from collections.abc import Callable, Iterator

import pytest

from outlets.bridge.__main__ import main
from tests.outlets.counter import DemoCounter
from tests.outlets.portal import Portal
from tests.outlets.tab import Tab, tab_of


@pytest.fixture(scope="module")
def portal() -> Iterator[Portal]:
    with Portal() as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.went_away.clear()
        server.shutdown()


@pytest.fixture(scope="module")
def enrolled(portal: Portal, tmp_path_factory: pytest.TempPathFactory) -> Iterator[DemoCounter]:
    with DemoCounter(portal.url, tmp_path_factory.mktemp("bridge") / "state") as counter:
        counter.enrol(" CODE-1 ")
        yield counter


@pytest.fixture
def counter(enrolled: DemoCounter) -> DemoCounter:
    if enrolled.emulator is None:  # a test that unplugged it has failed
        enrolled.plug_in()
    enrolled.fault("none")
    enrolled.lift()
    return enrolled


@pytest.fixture
def tab(counter: DemoCounter) -> Iterator[Tab]:
    with tab_of(counter) as tab:
        assert tab.reader["state"] == "ready"
        yield tab


@pytest.fixture
def call(capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str, str]]:
    """The command line without the cost of a process: exit code, output, complaint."""

    def call(*arguments: object) -> tuple[int, str, str]:
        code = main([str(argument) for argument in arguments])
        said, complaint = capsys.readouterr()
        return code, said, complaint

    return call
