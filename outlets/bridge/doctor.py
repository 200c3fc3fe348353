"""What is on this counter PC and what is wrong with it, in sentences for the shop.

python -m outlets.bridge doctor [--json]

Looks at everything that a read needs: the enrolment, the portal and its clock, the bridge that may
already run, each serial port, each vendor's service. Nobody's card is read.
"""

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from outlets.bridge import AGENT, COMMAND, adapters, key, surroundings
from outlets.bridge.adapter import Adapter, Health, State
from outlets.bridge.adapters import BadReader
from outlets.bridge.key import Enrolment, NotEnrolled
from outlets.bridge.surroundings import Item, ItemState

FIT: Final = 0
UNFIT: Final = 1
BAD_USE: Final = 2

_MARKS: Final = {ItemState.OK: "✓", ItemState.TROUBLE: "!", ItemState.ABSENT: "–"}


@dataclass(frozen=True)
class Report:
    """``fit``: cards can be read here, for the PC is enrolled and one reader works."""

    items: list[Item]
    fit: bool


def examine(
    folder: Path,
    *,
    listen_port: int = 0,
    reader: Adapter | None = None,
    specs: Sequence[str] | None = None,
) -> Report:
    """Blocks for some seconds. ``reader``: inside a running bridge, the one that it holds;
    ``listen_port``: outside of it, where it should listen. ``specs``: the readers to look at
    instead of all that could be one; BadReader if malformed."""
    items = [Item("版本", ItemState.OK, f"读卡程序 {AGENT}")]
    enrolment, item = _enrolment(folder)
    items.append(item)
    if enrolment:
        items += surroundings.of_portal(enrolment.origin)
    if reader:
        held, name = reader.health.state is State.READY, reader.name
        items.append(_of_health("正在使用的读卡器", reader.health))
    else:
        item, held, name = surroundings.of_bridge(listen_port, enrolment)
        items.append(item)
    found = [_of_reader(spec, held_by_bridge=name) for spec in _specs(specs, reader)]
    working = held or any(item.state is ItemState.OK for item in found)
    found = _summed_up(found)
    if not working:
        found.append(_NO_READER)
    return Report(items + found, fit=working and enrolment is not None)


_NO_READER: Final = Item(
    "读卡器",
    ItemState.TROUBLE,
    "没有找到能用的读卡器。",
    "请插好读卡器的线；如果读卡器带有自己的程序，请先启动那个程序。",
)


def _summed_up(found: list[Item]) -> list[Item]:
    """Several that are not there are one line, with nothing to do: nobody has every reader."""
    absent = [item for item in found if item.state is ItemState.ABSENT]
    if len(absent) < 2:
        return found
    there = [item for item in found if item.state is not ItemState.ABSENT]
    names = "、".join(item.name for item in absent)
    return [*there, Item("没有回答的", ItemState.ABSENT, names)]


def _enrolment(folder: Path) -> tuple[Enrolment | None, Item]:
    try:
        enrolment = key.load(folder)
    except NotEnrolled as error:
        return None, Item("登记", ItemState.TROUBLE, *_split(str(error)))
    text = f"{enrolment.outlet} · 密钥编号 {enrolment.kid} · 平台 {enrolment.origin}"
    return enrolment, Item("登记", ItemState.OK, text)


def _specs(specs: Sequence[str] | None, reader: Adapter | None) -> list[str]:
    asked = adapters.candidates() if specs is None else list(specs)
    held = {reader.name, f"serial:{getattr(reader, 'port', '')}"} if reader else set()
    return [spec for spec in asked if spec not in held]


def _of_reader(spec: str, *, held_by_bridge: str) -> Item:
    name, _, where = spec.partition(":")
    adapter = adapters.open_adapter(spec)
    health = adapter.check()
    adapter.close()
    # Nothing is wrong with a PC that has no such service and with a port that has another device.
    if name in adapters.VENDORS:
        title = adapters.VENDORS[name].title
        return _of_health(f"{title}读卡服务", health, not_there="service_stopped")
    if health.code == "port_busy" and held_by_bridge == "serial":
        return Item(f"串口 {where}", ItemState.OK, "正被占用，应当就是正在运行的读卡程序在用。")
    return _of_health(f"串口 {where}" if name == "serial" else spec, health, not_there="silent")


def _of_health(name: str, health: Health, *, not_there: str = "") -> Item:
    if health.state is State.READY:
        number = f" · 安全模块号 {health.sam_id}" if health.sam_id else ""
        return Item(name, ItemState.OK, health.text + number)
    state = ItemState.ABSENT if health.code == not_there else ItemState.TROUBLE
    return Item(name, state, *_split(health.text))


def _split(text: str) -> tuple[str, str]:
    """What is, and what to do: every sentence of the bridge says them in this order."""
    first, _, rest = text.partition("。")
    return first + "。", rest


# ---------------------------------------------------------------- the command


def main(arguments: list[str], *, listen_port: int) -> int:
    parser = argparse.ArgumentParser(
        prog=f"{COMMAND} doctor", description="检查这台电脑能不能读卡。"
    )
    parser.add_argument("--json", action="store_true", help="给程序看的结果")
    parser.add_argument("--reader", action="append", help="只检查这个读卡器，可以写多次")
    parser.add_argument("--listen-port", type=int, default=listen_port, help="读卡程序的本机端口")
    parser.add_argument("--state", type=Path, default=key.DEFAULT_FOLDER, help="存放密钥的文件夹")
    options = parser.parse_args(arguments)
    try:
        report = examine(
            options.state.expanduser(), listen_port=options.listen_port, specs=options.reader
        )
    except BadReader as error:
        print(f"{error}。", file=sys.stderr)
        return BAD_USE
    print(_as_json(report) if options.json else _as_text(report))
    return FIT if report.fit else UNFIT


def _as_json(report: Report) -> str:
    facts = {"fit": report.fit, "items": [asdict(item) for item in report.items]}
    return json.dumps(facts, ensure_ascii=False, indent=2)


def _as_text(report: Report) -> str:
    lines = []
    for item in report.items:
        lines.append(f"{_MARKS[item.state]} {item.name}：{item.text}")
        if item.todo:
            lines.append(f"    {item.todo}")
    lines.append("可以读卡。" if report.fit else "现在还不能读卡，请按上面带 ! 的各项处理。")
    return "\n".join(lines)
