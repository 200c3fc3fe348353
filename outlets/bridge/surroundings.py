"""What the bridge needs around it and cannot repair: the portal, the clock, its own local port."""

import json
import urllib.error
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from enum import StrEnum
from http.client import HTTPException
from typing import Any, Final

from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidMessage
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Origin

from outlets.bridge import AGENT, portal
from outlets.bridge.key import Enrolment

PORTAL_SECONDS: Final = 4.0
BRIDGE_SECONDS: Final = 2.0
LONGEST_ANSWER: Final = 4096
# The portal refuses a read whose time is ten minutes away from its own: warn long before.
CLOCK_SECONDS: Final = 120.0


class ItemState(StrEnum):
    OK = "ok"
    TROUBLE = "trouble"
    ABSENT = "absent"


@dataclass(frozen=True)
class Item:
    """One thing looked at. ``todo`` is "" where nothing is to be done. Nothing of any customer."""

    name: str
    state: ItemState
    text: str
    todo: str = ""


# ---------------------------------------------------------------- the portal


def of_portal(origin: str) -> list[Item]:
    """Whether the portal answers at {origin}/healthz, and whether its clock and ours agree."""
    url = f"{origin}/healthz"
    try:
        with portal.opener(origin).open(url, timeout=PORTAL_SECONDS) as response:
            answer = response.read(LONGEST_ANSWER)
            arrived, date = response.geturl(), response.headers["Date"]
    except urllib.error.HTTPError as error:
        error.close()
        return [_trouble(f"{origin} 出错（{error.code}）。", "请稍后再试；一直这样请联系管理员。")]
    except (OSError, HTTPException, ValueError):
        return [_trouble(f"连不上 {origin}。", "请检查这台电脑的网络，用浏览器打开平台试一试。")]
    if arrived != url or not _says_well(answer):
        return [_trouble(f"{origin} 不像实名平台。", "请检查网络是否要先登录，或请管理员查网址。")]
    return [Item("实名平台", ItemState.OK, f"{origin} 正常"), *_clock(date)]


def _trouble(text: str, todo: str) -> Item:
    return Item("实名平台", ItemState.TROUBLE, text, todo)


def _says_well(answer: bytes) -> bool:
    try:
        facts = json.loads(answer)
    except ValueError:
        return False
    return isinstance(facts, dict) and facts.get("ok") is True


def _clock(date: str | None) -> list[Item]:
    """From the portal's Date header (RFC 9110, whole seconds); nothing where it sends none."""
    try:
        there = parsedate_to_datetime(date or "").astimezone(UTC)
    except ValueError:
        return []
    ahead = (datetime.now(UTC) - there).total_seconds()
    if abs(ahead) <= CLOCK_SECONDS:
        return [Item("电脑时钟", ItemState.OK, "和平台一致")]
    how = "快" if ahead > 0 else "慢"
    text = f"这台电脑的时钟比平台{how} {abs(ahead) / 60:.0f} 分钟。"
    todo = "请在系统设置里打开“自动设置时间”，否则读卡会被平台拒绝。"
    return [Item("电脑时钟", ItemState.TROUBLE, text, todo)]


# ---------------------------------------------------------------- the bridge that runs


def of_bridge(port: int, enrolment: Enrolment | None) -> tuple[Item, bool, str]:
    """The bridge on this PC as a page of the portal hears it; whether its reader works; the name
    of that reader ("" if there is none)."""
    stranger = Item(
        "读卡程序",
        ItemState.TROUBLE,
        f"本机端口 {port} 被别的程序占用，或者被另一份登记的读卡程序占用。",
        "请关闭那个程序；不知道是哪个，请重新启动电脑。",
    )
    origin = Origin(enrolment.origin) if enrolment else None
    try:
        with connect(
            f"ws://127.0.0.1:{port}/",
            origin=origin,
            proxy=None,
            open_timeout=BRIDGE_SECONDS,
            close_timeout=BRIDGE_SECONDS,
        ) as connection:
            hello, reader = _hear(connection, "hello"), _hear(connection, "reader")
    except ConnectionRefusedError:
        return Item("读卡程序", ItemState.ABSENT, "没有在运行。", "请启动读卡程序。"), False, ""
    except (OSError, ConnectionClosed, InvalidHandshake, InvalidMessage, ValueError):
        return stranger, False, ""
    if not enrolment or hello.get("kid") != enrolment.kid:
        return stranger, False, ""
    works = reader.get("state") == "ready"
    # The first bridges did not tell it; they knew only serial readers.
    name = str(reader.get("reader") or "serial") if works else ""
    return _running(hello, reader), works, name


def _running(hello: dict[str, Any], reader: dict[str, Any]) -> Item:
    agent = hello.get("agent")
    if agent != AGENT:
        text = f"正在运行的是另一个版本（{agent}）。"
        return Item("读卡程序", ItemState.TROUBLE, text, "请重新启动读卡程序。")
    return Item("读卡程序", ItemState.OK, f"正在运行：{reader.get('text', '')}")


def _hear(connection: ClientConnection, event: str) -> dict[str, Any]:
    """The bridge says hello and then how its reader is. Raises ValueError for anything else."""
    facts = json.loads(connection.recv(timeout=BRIDGE_SECONDS))
    if not isinstance(facts, dict) or facts.get("event") != event:
        raise ValueError("not a bridge")
    return facts
