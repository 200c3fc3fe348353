"""What can be wrong with a vendor's service: one table from the fault to what people are told."""

import re
from dataclasses import dataclass
from typing import Final

from outlets.bridge.adapter import Health, ReaderError, State
from outlets.bridge.adapters.sentences import LAY_AGAIN, SELF_TEST


class Trouble(Exception):
    """One try came to nothing; ``code`` is a key of the table below. Never holds a reply."""

    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__(code)


@dataclass(frozen=True)
class _Kind:
    """``error``: the page's code for a read that fails by it. ``tries``: so many in a row end the
    read, 0 never does. ``text``: with the vendor as {title}. ``state``: of the service, if this is
    what a probe met."""

    error: str
    tries: int
    text: str
    state: State = State.FAULT


_KINDS: Final = {
    "service_stopped": _Kind(
        "reader_absent",
        1,
        "没有找到{title}的读卡服务。请启动随读卡器安装的程序，启动后会自动恢复。",
        State.ABSENT,
    ),
    "service_strange": _Kind(
        "reader_absent",
        3,
        "{title}读卡服务的端口上是别的程序，或者服务出错。请重新启动{title}的读卡服务。",
        State.FAULT,
    ),
    "unplugged": _Kind(
        "reader_absent",
        1,
        "{title}的读卡服务没有找到读卡器。请插好读卡器，接好后会自动恢复。",
        State.ABSENT,
    ),
    "self_test": _Kind(
        "reader_absent",
        1,
        SELF_TEST,
        State.FAULT,
    ),
    "service_busy": _Kind(
        "busy", 0, "{title}的读卡服务正忙。请关闭其他正在读卡的网页和程序，再点一次读卡。"
    ),
    "silent": _Kind("timeout", 2, "{title}的读卡服务没有在规定时间内读完。" + LAY_AGAIN),
    "damaged": _Kind("checksum", 3, "{title}读卡服务传来的数据有错。" + LAY_AGAIN),
    "failed": _Kind("card_lifted", 3, "证件没有读成，可能离开了读卡器。" + LAY_AGAIN),
}


def tries(trouble: Trouble) -> int:
    return _KINDS[trouble.code].tries


def error(trouble: Trouble, title: str) -> ReaderError:
    kind = _KINDS[trouble.code]
    return ReaderError(kind.error, kind.text.format(title=title))


def health(trouble: Trouble, title: str) -> Health:
    """The health of a service that could not even be asked how it is."""
    speaks_of_a_card = trouble.code in ("silent", "damaged", "failed")
    kind = _KINDS["service_strange" if speaks_of_a_card else trouble.code]
    code = "service_strange" if trouble.code in ("damaged", "failed") else trouble.code
    return Health(kind.state, kind.text.format(title=title), code=code)


# ---------------------------------------------------------------- the vendors' own sentences

# Where a vendor's codes are not documented its sentence decides. The order counts: "没有找到读卡器"
# is not "没有找到卡". "未检测到身份证，请放在读卡器上" misses no reader: the device's word is
# looked for to the end of the clause only, and a place on the reader is not the reader.
_DEVICE: Final = r"(?:阅读器|读卡器|设备|端口|机具)(?![上里内中感])"
_CLAUSE: Final = r"[^，。；！,;!]*"
_MISSING: Final = r"(?:(?:未|没有?|无法)(?:检测|寻|找|发现|读取|插|放)|(?:检测|寻|找|读)不到)"
_SENTENCES: Final = (
    (re.compile(r"忙|读卡中|占用|正在使用|busy", re.IGNORECASE), "service_busy"),
    (
        re.compile(
            rf"未连接|没有连接|{_MISSING}{_CLAUSE}{_DEVICE}|{_DEVICE}{_CLAUSE}不存在"
            rf"|(?:打开|连接){_CLAUSE}(?:失败|错误)|not connect",
            re.IGNORECASE,
        ),
        "unplugged",
    ),
    (
        re.compile(
            # A module cannot authenticate the card that does not lie there: so CVR says it.
            rf"(?:寻|找|选)卡失败|认证失败|{_MISSING}|(?:无|没有?)(?:身份)?[卡证]"
            r"|请.{0,12}放|超时|timeout|no card",
            re.IGNORECASE,
        ),
        "",
    ),
)


def of_sentence(text: str) -> Trouble | None:
    """What a failure's sentence means; None for "no card yet", which is no trouble at all."""
    for pattern, code in _SENTENCES:
        if pattern.search(text):
            return Trouble(code) if code else None
    return Trouble("failed")
