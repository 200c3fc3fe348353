"""A card reader that is not there: a pty that answers a SAM module's real frames.

python -m outlets.bridge.emulator [--link PATH] [--control HOST:PORT] [--fault NAME [--seed N]]

Give the bridge the printed port (or the link). A card is laid on the reader at the control page.
The people are fictional; the faults are those of real readers.
"""

import argparse
import contextlib
import os
import pty
import random
import select
import signal
import sys
import termios
import threading
import time
import tty
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final, NoReturn

from outlets import frames
from outlets.bridge import emulator_page
from outlets.bridge.emulator_desk import Desk
from outlets.bridge.emulator_fault import Fault
from outlets.bridge.emulator_line import Line, Piece

# What the reader speaks while its speed is wrong. A pty has no speed, but keeps the one set.
ONLY_BAUD: Final = termios.B9600
_OUTPUT_SPEED: Final = 5


def serve_line(master: int, desk: Desk) -> NoReturn:
    """Answer what arrives at the pty, for ever."""
    line = Line(random.Random(0))  # noqa: S311 (noise on a line, not a secret)
    buffer = b""
    while True:
        select.select([master], [], [])
        request, buffer = frames.take_frame(buffer + os.read(master, 4096))
        while request:
            for seconds, piece in _pieces(master, desk, line, request):
                time.sleep(seconds)
                os.write(master, piece)
            request, buffer = frames.take_frame(buffer)


def _pieces(master: int, desk: Desk, line: Line, request: bytes) -> Iterable[Piece]:
    reply = desk.answer(request)
    if desk.fault is Fault.BAUD and termios.tcgetattr(master)[_OUTPUT_SPEED] != ONLY_BAUD:
        return [(0, line.garbage(len(request)))]
    return line.carry(reply, desk.fault)


@contextlib.contextmanager
def linked(port: str, link: Path | None) -> Iterator[str]:
    """A name for the pty that stays the same over restarts; gone again at the end."""
    if link is None:
        yield port
        return
    link.parent.mkdir(parents=True, exist_ok=True)
    if link.is_symlink():
        link.unlink()
    link.symlink_to(port)
    try:
        yield str(link)
    finally:
        if link.is_symlink() and os.readlink(link) == port:
            link.unlink()


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m outlets.bridge.emulator", description="身份证读卡器模拟器（虚构的人）"
    )
    parser.add_argument("--link", type=Path, help="给模拟串口起一个固定的名字")
    parser.add_argument("--control", default="127.0.0.1:17521", help="控制页的地址（仅限本机）")
    parser.add_argument(
        "--fault", type=Fault, choices=list(Fault), default=Fault.NONE, help="一开始就有的毛病"
    )
    parser.add_argument("--seed", type=int, default=0, help="随机毛病的种子")
    options = parser.parse_args(arguments)
    desk = Desk()
    desk.set_fault(options.fault, options.seed)
    try:
        control = emulator_page.listen(options.control, desk)
    except (OSError, ValueError, OverflowError):
        print(
            f"控制页地址 {options.control} 用不了：须是 127.0.0.1:端口，且端口空闲。",
            file=sys.stderr,
        )
        return 2
    # The emulator holds the far end open too, so that the line outlives each program using it.
    master, slave = pty.openpty()
    tty.setraw(slave)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    threading.Thread(target=control.serve_forever, daemon=True).start()
    try:
        with linked(os.ttyname(slave), options.link) as name:
            print(f"读卡器模拟器：{name} · 控制页 {control.address}", flush=True)
            serve_line(master, desk)
    except OSError as error:
        print(f"模拟器停止：{error.strerror}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
