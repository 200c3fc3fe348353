"""Command line of the bridge.

python -m outlets.bridge enrol CODE --portal https://shiming.example.cn
python -m outlets.bridge --port /dev/ttyUSB0 --portal https://shiming.example.cn
"""

import argparse
import asyncio
import errno
import socket
import sys
from pathlib import Path
from typing import Final, NoReturn

from serial.tools import list_ports

from outlets.bridge import AGENT, enrol, key, server
from outlets.bridge.adapter import State
from outlets.bridge.adapters.serial import SamReader
from outlets.bridge.enrol import EnrolmentFailed
from outlets.bridge.key import Enrolment, NotEnrolled

BAD_USE: Final = 2
NOT_ENROLLED: Final = 3
PORT_IN_USE: Final = 4
ENROLMENT_FAILED: Final = 5
NO_READER: Final = 6

LISTEN_PORT: Final = 17520


class Trouble(Exception):
    """Ends the program with one line and an exit code."""

    def __init__(self, code: int, text: str) -> None:
        self.code = code
        super().__init__(text)


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise Trouble(BAD_USE, f"命令写得不对：{message}。加 --help 看用法。")


def main(arguments: list[str]) -> int:
    try:
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
    parser.add_argument("--port", help="读卡器的串口，例如 /dev/ttyUSB0 或 COM3")
    parser.add_argument("--baud", type=int, default=115200, help="串口速率（默认 115200）")
    parser.add_argument("--portal", help="实名平台的网址")
    parser.add_argument(
        "--state",
        type=Path,
        default=key.DEFAULT_FOLDER,
        help=f"存放密钥的文件夹（默认 {key.DEFAULT_FOLDER}）",
    )
    return parser


def _run(arguments: list[str]) -> None:
    parser = _parser("", "读卡器本地桥：让实名平台的网页读取这台电脑上的身份证读卡器。")
    parser.add_argument("--listen-port", type=int, default=LISTEN_PORT, help="网页连接的本机端口")
    parser.add_argument(
        "--renew-days", type=float, default=renew.DAYS, help="密钥用多少天后自动更换（默认 30）"
    )
    parser.add_argument("--version", action="version", version=AGENT)
    options = parser.parse_args(arguments)
    if not options.port:
        raise Trouble(BAD_USE, f"请用 --port 指明读卡器的串口。{_found_ports()}")
    try:
        enrolment = key.load(options.state.expanduser())
    except NotEnrolled as error:
        raise Trouble(NOT_ENROLLED, str(error)) from None
    origins = _origins(enrolment, options.portal)
    listener = _listen(options.listen_port)
    reader = SerialReader(options.port, options.baud)
    asyncio.run(
        server.run(
            reader, enrolment, origins=origins, listener=listener, renew_days=options.renew_days
        )
    )


def _listen(port: int) -> socket.socket:
    try:
        return socket.create_server((server.HOST, port))
    except (OSError, OverflowError) as error:
        taken = isinstance(error, OSError) and error.errno == errno.EADDRINUSE
        why = "已被占用：本地桥可能已经在运行，请先关闭它" if taken else "打不开"
        text = f"本机端口 {port} {why}，或者用 --listen-port 换一个。"
        raise Trouble(PORT_IN_USE, text) from None


def _enrol(arguments: list[str]) -> None:
    parser = _parser(" enrol", "用渠道经理给的一次性登记码登记这台电脑。")
    parser.add_argument("code", help="一次性登记码")
    options = parser.parse_args(arguments)
    if not options.portal:
        raise Trouble(BAD_USE, "请用 --portal 指明实名平台的网址。")
    sam_id = _sam_id(options.port, options.baud) if options.port else None
    folder = options.state.expanduser()
    try:
        enrolment = enrol.enrol(options.code, site=options.portal, folder=folder, sam_id=sam_id)
    except EnrolmentFailed as error:
        raise Trouble(ENROLMENT_FAILED, f"登记没有成功：{error}") from None
    print(
        f"已登记：{enrolment.outlet} · 密钥编号 {enrolment.kid}。现在请启动（或重新启动）本地桥。"
    )


def _sam_id(port: str, baud: int) -> str:
    reader = SerialReader(port, baud)
    health = reader.check()
    reader.close()
    if health.state is not State.READY or health.sam_id is None:
        raise Trouble(
            NO_READER, f"{health.text}登记码还没有用掉，可以再试；也可以去掉 --port 先登记。"
        )
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
    found = [port.device for port in list_ports.comports()]
    return f"这台电脑上有：{'、'.join(found)}。" if found else "这台电脑上没有找到串口。"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
