"""A card reader with a SAM module on a serial line: find, select, read, each time anew.

Blocking code for one thread. The port is opened when it is there and found again after it was
unplugged; every failure has a name and a sentence that says what to do.
"""

import errno
import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from threading import Event
from typing import Any, Final

import serial

from outlets import frames
from outlets.frames import BaseRead, FrameError, Reply

try:
    from termios import error as termios_error
except ImportError:  # Windows has no termios, and pyserial no use for it there
    termios_error = OSError  # type: ignore[misc,assignment]

# FrameError is a ValueError too: where both can come, it is caught first.
PORT_ERRORS: Final = (OSError, ValueError, termios_error)

# Faster polling makes some modules hang: never two finds within this many seconds.
POLL_SECONDS: Final = 0.3
ANSWER_SECONDS: Final = 1.5
READ_SECONDS: Final = 6.0
# So many damaged or missing answers in a row mean a broken line, not a stray disturbance.
PATIENCE: Final = 3


class State(StrEnum):
    READY = "ready"
    ABSENT = "absent"
    FAULT = "fault"


@dataclass(frozen=True)
class Health:
    state: State
    text: str
    sam_id: str | None = None


class ReaderError(Exception):
    """A read that came to nothing; ``code`` is for the page, the text for the clerk."""

    def __init__(self, code: str, text: str) -> None:
        self.code = code
        super().__init__(text)


class _Silent(Exception):
    """The reader did not answer in time."""


class _Faulty(Exception):
    """The port opens, but what is behind it cannot read cards; the text says why."""


_LAY_AGAIN: Final = "请把身份证拿起来，重新放好，等提示读完再拿走。"
LIFTED: Final = "身份证离开了读卡器。" + _LAY_AGAIN
DAMAGED: Final = (
    "读卡器传来的数据有错。" + _LAY_AGAIN + "如果总是这样，请插紧读卡器的线或换一个插口。"
)
GONE: Final = "读卡器断开了。请检查连接线和电源，接好后会自动恢复。"
SLOW: Final = "读卡器没有在规定时间内读完。" + _LAY_AGAIN
NO_CARD: Final = "没有等到身份证。请把身份证拿起来，重新平放在读卡器上，再点一次读卡。"
_REFUSED: Final = "这张证读不出来，可能不是居民身份证，或者芯片已损坏。请换一张有效的证件。"
_READ_FAILURES: Final = {
    0x31: ("unknown_card", _REFUSED),
    0x32: ("unknown_card", _REFUSED),
    0x33: ("unknown_card", _REFUSED),
    0x40: ("unknown_card", _REFUSED),
    0x10: ("checksum", DAMAGED),
    0x60: ("reader_absent", "读卡器自检没有通过。请拔下读卡器再插上；还不行请报修。"),
    0x66: ("reader_absent", "读卡器的安全模块没有授权。请联系设备供应商。"),
}


class SamReader:
    """One reader on one port. Not safe for two threads; the server gives it one of its own."""

    def __init__(self, port: str, baud: int = 115200) -> None:
        self.port = port
        self.baud = baud
        self.health = Health(State.ABSENT, f"没有找到读卡器（{port}）。请插好读卡器。")
        self._line: Any = None
        self._last_find = 0.0
        self._abandoned = Event()

    def check(self) -> Health:
        """See whether the reader is there, opening the port if need be. Never raises."""
        try:
            if self._line is None:
                self._open()
            else:
                self._ask_status()
        except _Faulty as error:
            self._lose(Health(State.FAULT, str(error)))
        except (_Silent, FrameError):
            text = f"{self.port} 上没有读卡器回答。请检查读卡器的电源，或者换一个端口。"
            self._lose(Health(State.FAULT, text))
        except PORT_ERRORS as error:
            self._lose(_why_closed(error, self.port))
        return self.health

    def abandon(self) -> None:
        """Let a running command end at once; the one method that another thread may call."""
        self._abandoned.set()

    def close(self) -> None:
        if self._line is not None:
            line, self._line = self._line, None
            try:
                line.close()
            except PORT_ERRORS:
                return

    def read_card(
        self,
        *,
        waiting: Callable[[int], None],
        found: Callable[[], None],
        cancelled: Event,
        wait: float,
    ) -> BaseRead | None:
        """Wait for a card and read it; None if cancelled. Raises ReaderError.

        ``waiting`` is called with the seconds waited so far, ``found`` once a card answers.
        """
        if self._line is None and self.check().state is not State.READY:
            raise ReaderError("reader_absent", self.health.text)
        try:
            if not self._wait_for_card(waiting, cancelled, wait):
                return None
            found()
            read = self._read()
        except FrameError:
            raise ReaderError("checksum", DAMAGED) from None
        except PORT_ERRORS:
            self._lose(Health(State.ABSENT, GONE))
        except _Silent:
            raise ReaderError("timeout", SLOW) from None
        else:
            return None if cancelled.is_set() else read
        raise ReaderError("reader_absent", GONE)

    # -------------------------------------------------------------- the three steps

    def _wait_for_card(self, waiting: Callable[[int], None], cancelled: Event, wait: float) -> bool:
        started = time.monotonic()
        told = failures = 0
        while not cancelled.wait(self._until_next_poll()):
            try:
                if self._find():
                    return True
                failures = 0
            except (_Silent, FrameError) as error:
                failures += 1
                if failures == PATIENCE:
                    self._give_up(error)
            waited = time.monotonic() - started
            if waited >= wait:
                raise ReaderError("timeout", NO_CARD)
            if waited >= told + 1:
                told = int(waited)
                waiting(told)
        return False

    def _until_next_poll(self) -> float:
        return max(0.0, self._last_find + POLL_SECONDS - time.monotonic())

    def _find(self) -> bool:
        try:
            return self._exchange(frames.FIND_CARD, ANSWER_SECONDS).card_found
        finally:
            # Counted from the answer: on a slow line the question itself arrives late.
            self._last_find = time.monotonic()

    def _give_up(self, error: Exception) -> None:
        if isinstance(error, FrameError):
            raise error
        self._lose(Health(State.ABSENT, GONE))
        raise ReaderError("reader_absent", GONE)

    def _read(self) -> BaseRead:
        for command, seconds in (
            (frames.SELECT_CARD, ANSWER_SECONDS),
            (frames.READ_BASE, READ_SECONDS),
        ):
            reply = self._exchange(command, seconds)
            if not reply.ok:
                code, text = _READ_FAILURES.get(reply.sw3, ("card_lifted", LIFTED))
                raise ReaderError(code, text)
        return frames.parse_base_read(reply)

    # -------------------------------------------------------------- the line

    def _open(self) -> None:
        # exclusive: two programs on one reader would take each other's answers.
        self._line = serial.Serial(
            self.port, self.baud, timeout=0.05, write_timeout=1, exclusive=True
        )
        self._ask_status()
        sam_id = frames.parse_sam_id(self._exchange(frames.SAM_ID, ANSWER_SECONDS))
        self.health = Health(State.READY, "读卡器正常", sam_id)

    def _ask_status(self) -> None:
        reply = self._exchange(frames.SAM_STATUS, ANSWER_SECONDS)
        if not reply.ok:
            _, text = _READ_FAILURES.get(reply.sw3, ("", f"读卡器报告故障（{reply.sw3:02X}）。"))
            raise _Faulty(text)

    def _exchange(self, request: bytes, seconds: float) -> Reply:
        """One question, one answer. Raises _Silent, FrameError for a damaged answer, OSError."""
        line = self._line
        line.reset_input_buffer()
        line.write(request)
        buffer = b""
        until = time.monotonic() + seconds
        while time.monotonic() < until and not self._abandoned.is_set():
            frame, buffer = frames.take_frame(buffer + line.read(max(1, line.in_waiting)))
            if frame is None:
                continue
            reply = frames.parse_reply(frame)
            # A late answer to an earlier find: not what was asked now.
            if reply.card_found and request != frames.FIND_CARD:
                continue
            return reply
        raise _Silent

    def _lose(self, health: Health) -> None:
        self.close()
        self.health = health


def _why_closed(error: Exception, port: str) -> Health:
    number = getattr(error, "errno", None)
    if number in (errno.EACCES, errno.EPERM):
        text = f"没有权限打开 {port}。请让管理员把当前用户加入 dialout 组，然后重新登录。"
        return Health(State.FAULT, text)
    if number in (errno.EBUSY, errno.EAGAIN):
        text = f"{port} 正被另一个程序占用。请关闭其他读卡软件。"
        return Health(State.FAULT, text)
    return Health(State.ABSENT, f"没有找到读卡器（{port}）。请插好读卡器，接好后会自动恢复。")
