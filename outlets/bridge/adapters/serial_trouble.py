"""What can go wrong with a reader on a serial line: a code for the page, a sentence for people."""

import errno
from typing import Final

from outlets import sam
from outlets.bridge.adapter import Health, State
from outlets.bridge.adapters.sentences import LAY_AGAIN, SELF_TEST, WRONG_CARD
from outlets.sam import Failed, Why

try:
    from termios import error as termios_error
except ImportError:  # Windows has no termios, and pyserial no use for it there
    termios_error = OSError  # type: ignore[misc,assignment]

# What opening and using a port raises.
PORT_ERRORS: Final = (OSError, ValueError, termios_error)

GONE: Final = "读卡器断开了。请检查连接线和电源，接好后会自动恢复。"
_SLOW: Final = "读卡器没有在规定时间内读完。" + LAY_AGAIN
_LIFTED: Final = "证件离开了读卡器。" + LAY_AGAIN
_DAMAGED: Final = (
    "读卡器传来的数据有错。" + LAY_AGAIN + "如果总是这样，请插紧读卡器的线或换一个插口。"
)
_BROKEN: Final = (
    "读卡器和这张证没有对上，可能是证件的芯片已损坏。请擦净证件，重新放好再读一次；"
    "还是这样就请客户换一张有效的证件。"
)
_UNFIT: Final = {
    sam.SELF_TEST_FAILED: ("self_test", SELF_TEST),
    sam.NOT_AUTHORISED: ("not_authorised", "读卡器的安全模块没有授权。请联系设备供应商。"),
}


def of_read(failure: Failed) -> tuple[str, str]:
    """The code of a ReaderError and its sentence."""
    match failure.why:
        case Why.SILENT:
            return "reader_absent", GONE
        case Why.SLOW:
            return "timeout", _SLOW
        case Why.DAMAGED:
            return "checksum", _DAMAGED
    if failure.sw3 in _UNFIT:
        return "reader_absent", _UNFIT[failure.sw3][1]
    if failure.sw3 in sam.REJECTED:
        return "card_damaged", _BROKEN
    if failure.sw3 == sam.WRONG_CARD:
        return "wrong_card", WRONG_CARD
    if failure.sw3 in (sam.READ_FAILED, sam.NOT_SELECTED):
        return "card_lifted", _LIFTED
    return "checksum", _DAMAGED


def of_reader(failure: Failed, port: str) -> Health:
    """How a reader is that did not answer well when it was asked."""
    if failure.why is not Why.REFUSED:
        text = f"{port} 上没有读卡器回答。请检查读卡器的电源，或者换一个端口。"
        return Health(State.FAULT, text, code="silent")
    other = "self_test", f"读卡器报告故障（{failure.sw3:02X}）。请拔下读卡器再插上；还不行请报修。"
    code, text = _UNFIT.get(failure.sw3, other)
    return Health(State.FAULT, text, code=code)


def unfit(failure: Failed, port: str) -> Health | None:
    """How the reader is now if a read failed because of it and not because of the card."""
    if failure.why is Why.SILENT:
        return gone()
    if failure.why is Why.REFUSED and failure.sw3 in _UNFIT:
        return of_reader(failure, port)
    return None


def gone() -> Health:
    return Health(State.ABSENT, GONE, code="unplugged")


def of_port(error: Exception | None, port: str) -> Health:
    """Why a port cannot be opened or used; None before anybody tried."""
    number = getattr(error, "errno", None)
    # Windows says "access denied" for a port that another program holds, and gives no number.
    busy = number in (errno.EBUSY, errno.EAGAIN) or "PermissionError" in str(error)
    if busy:
        text = f"{port} 正被另一个程序占用。请关闭其他读卡软件。"
        return Health(State.FAULT, text, code="port_busy")
    if number in (errno.EACCES, errno.EPERM):
        text = f"没有权限打开 {port}。请让管理员把当前用户加入 dialout 组，然后重新登录。"
        return Health(State.FAULT, text, code="no_permission")
    text = f"没有找到读卡器（{port}）。请插好读卡器，接好后会自动恢复。"
    return Health(State.ABSENT, text, code="unplugged")
