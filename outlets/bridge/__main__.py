"""Command line of the bridge.

python -m outlets.bridge enrol CODE --portal https://shiming.example.cn --reader serial:COM3
python -m outlets.bridge --reader serial:/dev/ttyUSB0
python -m outlets.bridge doctor
"""

import argparse
import asyncio
import errno
import io
import socket
import sys
from pathlib import Path
from typing import Final, NoReturn

from outlets.bridge import AGENT, COMMAND, adapters, doctor, enrol, key, portal, renew, server
from outlets.bridge.adapter import Adapter, State
from outlets.bridge.adapters import BadReader
from outlets.bridge.enrol import EnrolmentFailed
from outlets.bridge.key import Enrolment, NotEnrolled

BAD_USE: Final = 2
NOT_ENROLLED: Final = 3
PORT_IN_USE: Final = 4
ENROLMENT_FAILED: Final = 5
NO_READER: Final = 6

LISTEN_PORT: Final = 17520
MOST_DAYS: Final = 366


class Trouble(Exception):
    """Ends the program with one line and an exit code."""

    def __init__(self, code: int, text: str) -> None:
        self.code = code
        super().__init__(text)


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise Trouble(BAD_USE, f"命令写得不对：{message}。加 --help 看用法。")


def main(arguments: list[str]) -> int:
    for stream in (sys.stdout, sys.stderr):
        # A Windows that is not Chinese cannot write our sentences into a file; no reason to fail.
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    try:
        if arguments[:1] == ["doctor"]:
            return doctor.main(arguments[1:], listen_port=LISTEN_PORT)
        if arguments[:1] == ["enrol"]:
            _enrol(arguments[1:])
        else:
            _run(arguments)
    except Trouble as trouble:
        print(trouble, file=sys.stderr)
        return trouble.code
    return 0


def _parser(program: str, description: str) -> _Parser:
    parser = _Parser(prog=f"{COMMAND}{program}", description=description)
    parser.add_argument(
        "--reader",
        help="读卡器：serial:串口，或 "
        + "、".join(name for name in adapters.NAMES if name != "serial"),
    )
    parser.add_argument("--port", help="读卡器的串口；--port COM3 就是 --reader serial:COM3")
    parser.add_argument(
        "--baud", type=int, default=adapters.STANDARD_BAUD, help="--port 的速率（默认 115200）"
    )
    parser.add_argument("--portal", help="实名平台的网址")
    parser.add_argument(
        "--state",
        type=Path,
        default=key.DEFAULT_FOLDER,
        help=f"存放密钥的文件夹（默认 {key.DEFAULT_FOLDER}）",
    )
    return parser


def _run(arguments: list[str]) -> None:
    parser = _parser("", "读卡程序：让实名平台的网页读取这台电脑上的身份证读卡器。")
    parser.add_argument("--listen-port", type=int, default=LISTEN_PORT, help="网页连接的本机端口")
    parser.add_argument(
        "--renew-days", type=_days, default=renew.DAYS, help="密钥用多少天后自动更换（默认 30）"
    )
    parser.add_argument("--version", action="version", version=AGENT)
    options = parser.parse_args(arguments)
    reader = _reader(options)
    if reader is None:
        raise Trouble(BAD_USE, f"请用 --reader 指明读卡器，例如 serial:COM3。{_found_ports()}")
    try:
        enrolment = key.load(options.state.expanduser())
    except NotEnrolled as error:
        raise Trouble(NOT_ENROLLED, str(error)) from None
    origins = _origins(enrolment, options.portal)
    listener = _listen(options.listen_port)
    asyncio.run(
        server.run(
            reader, enrolment, origins=origins, listener=listener, renew_days=options.renew_days
        )
    )


def _days(text: str) -> float:
    days = float(text)
    # Not "days < 0 or": a NaN is no number of days either.
    if not 0 <= days <= MOST_DAYS:
        raise ValueError
    return days


def _listen(port: int) -> socket.socket:
    try:
        return socket.create_server((server.HOST, port))
    except (OSError, OverflowError) as error:
        taken = isinstance(error, OSError) and error.errno == errno.EADDRINUSE
        why = "已被占用：读卡程序可能已经在运行，请先关闭它" if taken else "打不开"
        text = f"本机端口 {port} {why}，或者用 --listen-port 换一个。"
        raise Trouble(PORT_IN_USE, text) from None


def _enrol(arguments: list[str]) -> None:
    parser = _parser(" enrol", "用渠道经理给的一次性登记码登记这台电脑。")
    parser.add_argument("code", help="一次性登记码")
    options = parser.parse_args(arguments)
    if not options.portal:
        raise Trouble(BAD_USE, "请用 --portal 指明实名平台的网址。")
    reader = _reader(options)
    sam_id = _sam_id(reader) if reader else None
    folder = options.state.expanduser()
    try:
        enrolment = enrol.enrol(options.code, site=options.portal, folder=folder, sam_id=sam_id)
    except EnrolmentFailed as error:
        raise Trouble(ENROLMENT_FAILED, f"登记没有成功：{error}") from None
    print(
        f"已登记：{enrolment.outlet} · 密钥编号 {enrolment.kid}。现在请启动（或重新启动）读卡程序。"
    )


def _reader(options: argparse.Namespace) -> Adapter | None:
    """The reader that was asked for, if one was."""
    spec = options.reader or (options.port and f"serial:{options.port}@{options.baud}")
    try:
        return adapters.open_adapter(spec) if spec else None
    except BadReader as error:
        raise Trouble(BAD_USE, f"{error}。") from None


def _sam_id(reader: Adapter) -> str | None:
    """None where the vendor's service does not tell it; the portal binds the reader's name then."""
    health = reader.check()
    reader.close()
    if health.state is not State.READY:
        text = f"{health.text}登记码还没有用掉，可以再试；也可以先不写读卡器，只登记。"
        raise Trouble(NO_READER, text)
    return health.sam_id


def _origins(enrolment: Enrolment, site: str | None) -> list[str]:
    """The enrolled origin, and its other loopback name if --portal asks for it.

    http://127.0.0.1:8000 and http://localhost:8000 are one portal on this very PC; any other
    address must be enrolled before its pages may read cards.
    """
    if not site:
        return [enrolment.origin]
    try:
        asked = portal.origin_of(site)
    except ValueError:
        raise Trouble(BAD_USE, "--portal 应当像 https://shiming.example.cn") from None
    if asked == enrolment.origin or portal.is_same_loopback(asked, enrolment.origin):
        return list(dict.fromkeys([enrolment.origin, asked]))
    text = f"这台电脑登记在 {enrolment.origin}，不是 {asked}。请改正 --portal，或者重新登记。"
    raise Trouble(NOT_ENROLLED, text)


def _found_ports() -> str:
    found = adapters.serial_ports()
    return f"这台电脑上的串口：{'、'.join(found)}。" if found else "这台电脑上没有找到串口。"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
