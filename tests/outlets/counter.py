"""A whole counter for tests: the reader emulator and the bridge as real processes.

with DemoCounter(portal_url, folder) as counter:
    counter.enrol(code)          # registers the bridge's key and starts the bridge
    counter.place("wang")        # ws://127.0.0.1:{counter.ws_port}/ now reads that card
"""

import json
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from portal.supervisor import die_with_parent
from tests.servers import free_port

START_SECONDS = 15.0
ROOT = Path(__file__).parents[2]
BRIDGE = (sys.executable, "-m", "outlets.bridge")
EMULATOR = (sys.executable, "-m", "outlets.bridge.emulator")


class Program:
    """A process whose output is collected line by line; it is gone when the test is."""

    def __init__(self, *command: str) -> None:
        self.lines: list[str] = []
        self._said = threading.Condition()
        self._process = subprocess.Popen(
            command,
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            preexec_fn=die_with_parent(signal.SIGTERM),
        )
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._listener.start()

    def _listen(self) -> None:
        assert self._process.stdout
        for line in self._process.stdout:
            with self._said:
                self.lines.append(line.rstrip())
                self._said.notify_all()

    @property
    def output(self) -> str:
        return "\n".join(self.lines)

    def wait_for(self, words: str) -> str:
        """The first line with these words in it."""
        until = time.monotonic() + START_SECONDS
        with self._said:
            while not (found := [line for line in self.lines if words in line]):
                running = self._process.poll() is None
                assert running, f"ended with {self._process.returncode}: {self.output}"
                assert time.monotonic() < until, f"never said {words}: {self.output}"
                self._said.wait(0.2)
        return found[0]

    def stop(self, *, kill: bool = False) -> int:
        if kill:
            self._process.kill()
        else:
            self._process.terminate()
        code = self._process.wait(START_SECONDS)
        self._listener.join(START_SECONDS)
        assert self._process.stdout
        self._process.stdout.close()
        return code


class DemoCounter:
    """One counter PC: a reader with nobody's card on it and a bridge that may read it.

    ``ws_port`` is fixed from the start, so that a page can be told before the bridge runs.
    ``program`` is how the bridge is called, and ``reader`` how the emulated reader is.
    """

    def __init__(
        self,
        portal_url: str,
        state_dir: Path,
        ws_port: int | None = None,
        program: Sequence[str] = BRIDGE,
        reader: Sequence[str] = EMULATOR,
    ) -> None:
        self.program = program
        self.reader = reader
        self.portal_url = portal_url
        self.state_dir = Path(state_dir)
        self.ws_port = ws_port or free_port()
        # Short: the path of the link is shown to people and has nothing to do with the state.
        self._folder = tempfile.TemporaryDirectory(prefix="counter-")
        self.link = Path(self._folder.name) / "reader"
        self._control = f"127.0.0.1:{free_port()}"
        self.emulator: Program | None = None
        self.bridge: Program | None = None

    def __enter__(self) -> Self:
        self.plug_in()
        if (self.state_dir / "bridge.json").exists():
            self.start_bridge()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop_bridge()
        self.unplug()
        self._folder.cleanup()

    # -------------------------------------------------------------- the reader

    def plug_in(self) -> None:
        self.emulator = Program(
            *(*self.reader, "--link", str(self.link), "--control", self._control),
        )
        self.emulator.wait_for("控制页")

    def unplug(self) -> None:
        emulator, self.emulator = self.emulator, None
        if emulator:
            emulator.stop()

    def place(self, person: str, *, once: bool = False) -> dict[str, Any]:
        """Lay a person's card on the reader; with ``once`` it is taken away after a good read."""
        return self.control("card", {"person": person, "once": once})

    def lift(self) -> dict[str, Any]:
        return self.control("card", {"person": None})

    def fault(self, name: str) -> dict[str, Any]:
        return self.control("fault", {"fault": name})

    def state(self) -> dict[str, Any]:
        return self.control("state")

    def control(self, path: str, order: dict[str, Any] | None = None) -> dict[str, Any]:
        request = urllib.request.Request(
            f"http://{self._control}/{path}",
            data=json.dumps(order).encode() if order else None,
            headers={"Content-Type": "application/json"},
        )
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(request, timeout=5) as response:
            answer: dict[str, Any] = json.load(response)
        return answer

    # -------------------------------------------------------------- the bridge

    def enrol(self, code: str) -> str:
        """Register with the portal and start the bridge; the key id."""
        # The reader serves one program at a time.
        self.stop_bridge()
        done = subprocess.run(
            [
                *(*self.program, "enrol", code),
                *("--portal", self.portal_url, "--state", str(self.state_dir)),
                *("--port", str(self.link)),
            ],
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=START_SECONDS,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        self.start_bridge()
        found = re.search(r"密钥编号 ([0-9a-f]{16})", done.stdout)
        assert found
        return found[1]

    def start_bridge(self, *options: str) -> None:
        self.bridge = Program(
            *(*self.program, "--port", str(self.link), "--state", str(self.state_dir)),
            *("--portal", self.portal_url, "--listen-port", str(self.ws_port)),
            *options,
        )
        self.bridge.wait_for("已启动")

    def stop_bridge(self, *, kill: bool = False) -> int | None:
        bridge, self.bridge = self.bridge, None
        return bridge.stop(kill=kill) if bridge else None

    def restart_bridge(self, *options: str) -> None:
        self.stop_bridge()
        self.start_bridge(*options)
