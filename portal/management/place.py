"""The parts of the whole product on one machine: how each is started, how they find each other."""

import io
import os
import subprocess
import sys
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit

import httpx
from django.conf import settings
from django.core.management import CommandError, call_command

from portal.supervisor import Child


class Place:
    """``options`` are those of the serve command."""

    def __init__(self, options: dict[str, Any]) -> None:
        self.options = options
        self.address = f"http://127.0.0.1:{options['port']}"
        self.origin = os.environ.get("SHIMING_ORIGIN") or self.address
        self.counter = settings.VAR / "counter"
        # An enrolment is bound to the portal's address.
        self.bridge_state = self.counter / f"bridge-{options['port']}"
        self.env = {
            "PYTHONUNBUFFERED": "1",
            "SHIMING_VAR": str(settings.VAR),
            "SHIMING_ORIGIN": self.origin,
            "SHIMING_BRIDGE_PORT": str(options["bridge_port"]),
            # The demo's key goes with var/, not into the keystore of whoever tries it.
            "PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring",
        }
        if not options["no_demo"]:
            self.env |= {
                "SHIMING_CARRIER_URL": f"http://127.0.0.1:{options['carrier_port']}",
                "SHIMING_IDENTITY_CHECK_URL": f"http://127.0.0.1:{options['identity_port']}",
                "SHIMING_CARD_DECODER_URL": f"http://127.0.0.1:{options['decoder_port']}",
            }
            self.counter.mkdir(parents=True, exist_ok=True)

    def web(self) -> Child:
        bind = f"{self.options['host']}:{self.options['port']}"
        return self._python(
            "web",
            *("gunicorn", "portal.wsgi", "--bind", bind, "--no-control-socket"),
            *("--worker-class", "gthread", "--workers", "2", "--threads", "8"),
            *("--log-level", "warning", "--graceful-timeout", "3"),
        )

    def beat(self) -> Child:
        """Apart from the workers: of one inside a worker nobody notices that it died."""
        return self._celery("beat", "beat", "--pidfile=")

    def worker(self) -> Child:
        return self._worker("worker", "--queues", "celery")

    def student(self) -> Child:
        """Its models hold hundreds of megabytes, and use one core each."""
        count = str(settings.STUDY_WORKERS)
        return self._worker("study", "--queues", "study", "--concurrency", count)

    def _worker(self, name: str, *options: str) -> Child:
        # A cold stop on SIGTERM: the row is the queue, so an interrupted task runs again.
        return self._celery(
            name,
            *("worker", "--hostname", f"{name}@%h", *options),
            *("--without-gossip", "--without-mingle", "--without-heartbeat"),
            REMAP_SIGTERM="SIGQUIT",
            # Celery warns every root; here nothing but JSON is ever unpacked.
            PYTHONWARNINGS="ignore::UserWarning",
        )

    def _celery(self, name: str, *arguments: str, **env: str) -> Child:
        command = ("celery", "-q", "-A", "portal.celery", *arguments, "--loglevel", "WARNING")
        return self._python(name, *command, **env)

    def outside(self) -> list[Child]:
        """What the product only talks to: the outside systems and the card reader."""
        return [self.carrier(), self.identity_check(), self.card_decoder(), self.reader()]

    def carrier(self) -> Child:
        state = str(settings.VAR / "carrier.sqlite3")
        return self._fake("carrier", self.options["carrier_port"], "--state", state)

    def identity_check(self) -> Child:
        return self._fake("identity_check", self.options["identity_port"])

    def card_decoder(self) -> Child:
        return self._fake("card_decoder", self.options["decoder_port"])

    def reader(self) -> Child:
        control = f"127.0.0.1:{self.options['reader_port']}"
        link = str(self.counter / "reader")
        return self._python(
            "reader", "outlets.bridge.emulator", "--link", link, "--control", control
        )

    def bridge(self) -> Child:
        return self._python(
            "bridge",
            *("outlets.bridge", "--port", str(self.counter / "reader")),
            # Its other loopback name, so that both open the reader.
            *("--portal", f"http://localhost:{self.options['port']}"),
            *("--state", str(self.bridge_state)),
            *("--listen-port", str(self.options["bridge_port"])),
        )

    def enrol(self) -> None:
        """The counter PC of the demo gets its key as any other: by a one-time code."""
        if self.bridge_state.exists():
            return
        code = io.StringIO()
        call_command("demo", enrolment_code=True, stdout=code)
        command = [sys.executable, "-m", "outlets.bridge", "enrol", code.getvalue().strip()]
        command += ["--portal", self.address, "--state", str(self.bridge_state)]
        answer = subprocess.run(
            command, env=os.environ | self.env, capture_output=True, text=True, timeout=30
        )
        if answer.returncode:
            raise CommandError(answer.stderr.strip())

    def web_answers(self) -> bool:
        # Asked as the TLS proxy asks, by the name that the site answers to.
        origin = urlsplit(self.origin)
        headers = {"Host": origin.netloc, "X-Forwarded-Proto": origin.scheme}
        with suppress(httpx.HTTPError):
            url = f"{self.address}/healthz"
            return httpx.get(url, headers=headers, timeout=2, trust_env=False).is_success
        return False

    def _fake(self, name: str, port: int, *arguments: str) -> Child:
        return self._python(name, f"portal.fakes.{name}", "--port", str(port), *arguments)

    def _python(self, name: str, *arguments: str, **env: str) -> Child:
        return Child(name, [sys.executable, "-m", *arguments], self.env | env)
