"""The whole product on one machine, in one terminal, until Ctrl-C."""

import argparse
import errno
import fcntl
import hashlib
import io
import shutil
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.staticfiles.finders import get_finders
from django.core.management import BaseCommand, CommandError, call_command

from portal import catalogues, local
from portal.management.place import Place
from portal.services import keys
from portal.supervisor import Supervisor

PORTS = {
    "port": ("网站", "web", 8000),
    "bridge_port": ("读卡程序", "bridge", 17520),
    "carrier_port": ("演示运营商", "demo carrier", 17531),
    "identity_port": ("演示联网核验", "demo identity check", 17532),
    "reader_port": ("读卡器模拟器", "reader emulator", 17533),
    "decoder_port": ("演示解码服务", "demo decoding service", 17534),
}
# Where a visitor lays a card on the reader, or lets an outside system fail.
WITH_PAGE = {"carrier_port", "identity_port", "reader_port", "decoder_port"}
START_SECONDS = 120
# Bootstrap's variants, which no page names; compressing them is a third of the first start.
UNUSED_STATIC = ["*.rtl.*", "*.esm.*", "bootstrap-grid*", "bootstrap-reboot*", "bootstrap-util*"]
# A web server that failed so often before it ever answered will not answer.
HOPELESS = 3
UNWRITABLE = {errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOSPC, errno.EDQUOT, errno.ENOTDIR}


class Command(BaseCommand):
    help = "网站、任务、演示柜台一起启动 · start web, worker and the demo counter"
    requires_migrations_checks = False

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("--host", default="127.0.0.1")
        for option, (_, what, port) in PORTS.items():
            flag = "--" + option.replace("_", "-")
            parser.add_argument(flag, type=int, default=port, help=f"{what} ({port})")
        parser.add_argument(
            "--no-demo", action="store_true", help="只启动网站和任务 · only web and worker"
        )

        parser.add_argument(
            "--cases", type=int, help="演示业务的数量 · how many customers the demo is made of"
        )

    def handle(self, **options: Any) -> None:
        try:
            with _alone(settings.VAR):
                self._check_ports(options)
                self._prepare(options)
                self._run(options)
        except KeyboardInterrupt:
            self.stdout.write("")
        except OSError as error:
            if error.errno not in UNWRITABLE:
                raise
            raise CommandError(local.unwritable(error)) from None

    def say(self, line: str) -> None:
        self.stdout.write(line)
        self.stdout.flush()

    def _check_ports(self, options: dict[str, Any]) -> None:
        wanted = list(PORTS)[:1] if options["no_demo"] else list(PORTS)
        for option in wanted:
            port = options[option]
            if not _is_free(options["host"] if option == "port" else "127.0.0.1", port):
                chinese, english, _ = PORTS[option]
                flag = f"--{option.replace('_', '-')} {port + 100}"
                raise CommandError(
                    f"端口 {port}（{chinese}）已被占用。请关闭占用它的程序，"
                    f'或换一个端口：make run ARGS="{flag}"\n'
                    f"Port {port} ({english}) is in use. Stop the program that holds it, "
                    f'or choose another one: make run ARGS="{flag}"'
                )

    def _prepare(self, options: dict[str, Any]) -> None:
        keys.ensure()
        for folder in settings.LOCALE_PATHS:
            catalogues.compile_all(folder)
        call_command("migrate", interactive=False, verbosity=0)
        self._collect_static()
        self._build_bridge()
        if not options["no_demo"] and not get_user_model().objects.exists():
            self.say("正在装入演示机构 · loading the demo organisation")
            # Keys of a counter that an earlier database knew.
            shutil.rmtree(settings.VAR / "counter", ignore_errors=True)
            size = {"cases": options["cases"]} if options["cases"] is not None else {}
            call_command("demo", stdout=self.stdout, **size)

    def _build_bridge(self) -> None:
        """By name, since portal knows nothing of outlets: the file that counter PCs download.
        Without it everything else works, and the download page says what is missing."""
        try:
            call_command("bridge_build", stdout=io.StringIO())
        except CommandError as error:
            self.say(str(error))

    def _collect_static(self) -> None:
        """Compressing takes seconds: only when a static file or a package has changed."""
        stamp = settings.STATIC_ROOT / ".stamp"
        digest = _static_digest()
        if stamp.exists() and stamp.read_text() == digest:
            return
        self.say("正在整理静态文件 · collecting static files")
        call_command(
            "collectstatic",
            interactive=False,
            verbosity=0,
            clear=True,
            ignore_patterns=UNUSED_STATIC,
        )
        stamp.write_text(digest)

    def _run(self, options: dict[str, Any]) -> None:
        place = Place(options)
        demo = not options["no_demo"]
        supervisor = Supervisor(self.say)
        with supervisor.signals():
            web = place.web()
            inside = (web, place.beat(), place.worker(), place.student())
            for child in (*inside, *(place.outside() if demo else ())):
                supervisor.add(child)
            supervisor.run(
                until=lambda: web.failures >= HOPELESS or place.web_answers(),
                seconds=START_SECONDS,
            )
            if supervisor.stopping:
                return
            if not place.web_answers():
                raise CommandError(
                    "网站没有启动，原因见上面 [web] 开头的行。\n"
                    "The web server did not start; the lines above that begin with [web] say why."
                )
            if demo:
                place.enrol()
                supervisor.add(place.bridge())
            self._greet(place, demo=demo)
            supervisor.run(until=lambda: False)
            self.say("正在停止 · stopping")

    def _greet(self, place: Place, *, demo: bool) -> None:
        self.say(f"\n实名已启动：{place.origin}    按 Ctrl-C 停止")
        self.say(f"Shiming is ready: {place.origin}    Ctrl-C stops it\n")
        if not demo:
            return
        call_command("demo", accounts=True, stdout=self.stdout)
        self.say("\n演示柜台 · the demo counter:")
        for option, (chinese, english, _) in PORTS.items():
            if option in WITH_PAGE:
                self.say(f"  http://127.0.0.1:{place.options[option]}/  {chinese} · {english}")
        self.say("")


@contextmanager
def _alone(var: Path) -> Iterator[None]:
    """Two of us on one data folder would answer each other's wake-ups and share one reader."""
    var.mkdir(parents=True, exist_ok=True)
    with (var / "serve.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise CommandError(
                f"系统已经在运行（数据目录 {var}）。\n"
                f"It is already running on the data folder {var}."
            ) from None
        yield


def _is_free(host: str, port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def _static_digest() -> str:
    digest = hashlib.sha256()
    for finder in get_finders():
        for name, storage in finder.list([]):
            status = Path(storage.path(name)).stat()
            digest.update(f"{name} {status.st_size} {status.st_mtime_ns}\n".encode())
    return digest.hexdigest()
