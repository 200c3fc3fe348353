"""How a stand-in behaves: well, or badly in one of the ways that real systems do."""

import enum
import threading


class Mode(enum.StrEnum):
    OK = "ok"
    SLOW = "slow"
    DOWN = "down"
    WRONG = "wrong"
    DUPLICATE = "duplicate"
    GARBAGE = "garbage"


LABELS = {
    Mode.OK: ("正常", "照常回答"),
    Mode.SLOW: ("缓慢", "照办，但拖上若干秒才回答"),
    Mode.DOWN: ("停机", "一律回答 503，什么也不办"),
    Mode.WRONG: ("拒绝", "业务上一律回答“不行”"),
    Mode.DUPLICATE: ("丢失应答", "照办，但第一次的应答丢失，对方只好再问一遍"),
    Mode.GARBAGE: ("乱码", "回答看不懂的内容"),
}

LONGEST_SECONDS = 600.0

GARBAGE = (
    "<html><body>系统维护中</body></html>".encode(),
    b'{"numbers": ["170',
    b"[]",
    b'{"ok": true}',
)


class Switch:
    """The present mode. Many threads read it while the control page sets it."""

    def __init__(self, mode: Mode = Mode.OK, seconds: float = 8.0) -> None:
        self._lock = threading.Lock()
        self._mode = mode
        self._seconds = seconds
        self._garbage_no = 0

    def set(self, mode: str, seconds: float | str | None = None) -> bool:
        """False, and nothing changed, if there is no such mode or no such time."""
        try:
            new_mode = Mode(mode)
            new_seconds = float(seconds) if seconds else self._seconds
        except (ValueError, TypeError):
            return False
        if not 0 <= new_seconds <= LONGEST_SECONDS:
            return False
        with self._lock:
            self._mode, self._seconds = new_mode, new_seconds
        return True

    def get(self) -> tuple[Mode, float]:
        with self._lock:
            return self._mode, self._seconds

    def garbage(self) -> bytes:
        """Another kind of nonsense each time: no JSON, cut off, the wrong shape, no content."""
        with self._lock:
            self._garbage_no += 1
            return GARBAGE[self._garbage_no % len(GARBAGE)]
