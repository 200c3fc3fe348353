"""The reader's protocol as a state machine over a byte stream: no ports, no clock, no Django.

GA/T 467, chapter 7: find, select, read, each time anew, then the new address. What arrived and the
time (seconds of any steady clock) go in; bytes to send and outcomes come out.

An answer does not say which question it belongs to, so a late one could pass for the next: at
worst a card that has gone for the card that lies there. Three things keep that from happening:

- Each kind of success has a size of its own; what has the size of another question's is dropped.
- A frame that began to arrive before the question was sent is not its answer.
- After silence, damage or a refusal the reader is asked for its status, and no card is looked for
  before that was answered: a reader answers in order, so nothing older can come after it.

``Accept 9F or resync`` is taken so: 9F is a card, and so is 90 with no more data than 9F carries,
which some readers say instead. 80 is no card and never leads to a select, for a card that was read
and still lies there answers 80 too, and selecting it would read it twice. Anything else, or
nothing, is a line out of step: resync as above and find again.
"""

from dataclasses import dataclass, field
from enum import Enum, StrEnum, auto
from typing import Final

from outlets import frames
from outlets.frames import FrameError, Reply, Stream

# Faster polling makes some modules hang: this long from any answer to the next find.
POLL_SECONDS: Final = 0.3
ANSWER_SECONDS: Final = 1.5
READ_SECONDS: Final = 6.0
# So long after damaged bytes the right answer may still come: noise often runs ahead of it. It is
# worth waiting for where the customer would have to lift the card; a find is just repeated.
SETTLE_SECONDS: Final = 1.0
REPEAT_SECONDS: Final = 0.3
# So many damaged or missing answers in a row mean a broken line, not a stray disturbance.
PATIENCE: Final = 3

BAD_REQUEST: Final = frozenset({0x10, 0x11})
REJECTED: Final = frozenset({0x31, 0x32, 0x33, 0x47})
WRONG_CARD: Final = 0x40
READ_FAILED: Final = 0x41
SELF_TEST_FAILED: Final = 0x60
NOT_AUTHORISED: Final = 0x66
NOT_FOUND: Final = 0x80
NOT_SELECTED: Final = 0x81
ABSENT: Final = 0x91

_FOUND_BYTES: Final = 4
_SELECTED_BYTES: Final = 8
# What the other questions' successes carry: status, find, select, identity, new address.
_NO_CARD_DATA: Final = frozenset({0, _FOUND_BYTES, _SELECTED_BYTES, 16, frames.ADDRESS_BYTES})
_FIND_ANSWERS: Final = frozenset({frames.CARD_FOUND, NOT_FOUND})
_CARD_ANSWERS: Final = _FIND_ANSWERS | REJECTED | {WRONG_CARD, READ_FAILED, NOT_SELECTED, ABSENT}
_BLANK: Final = " \0\u3000"


class Why(StrEnum):
    """SILENT: no answer, no card in sight. SLOW: no answer once a card was found. DAMAGED: only
    bytes that are no answer. REFUSED: the reader said so; its ``sw3`` tells what."""

    SILENT = "silent"
    SLOW = "slow"
    DAMAGED = "damaged"
    REFUSED = "refused"


@dataclass(frozen=True)
class Ready:
    """The reader is well; ``sam_id`` as printed on it."""

    sam_id: str


@dataclass(frozen=True)
class Found:
    """A card answers and is being read."""


@dataclass(frozen=True)
class CardRead:
    """``block`` 256 bytes, ``wlt`` 1024 bytes unless the chip has no usable portrait, ``address``
    70 bytes if the chip has a new one."""

    parts: dict[str, bytes] = field(repr=False)


@dataclass(frozen=True)
class Failed:
    why: Why
    sw3: int = 0


Outcome = Ready | Found | CardRead | Failed


class _Step(Enum):
    IDLE = auto()
    STATUS = auto()
    SAM_ID = auto()
    RESYNC = auto()
    PAUSE = auto()
    FIND = auto()
    SELECT = auto()
    READ = auto()
    ADDRESS = auto()


_REQUESTS: Final = {
    _Step.STATUS: frames.SAM_STATUS,
    _Step.SAM_ID: frames.SAM_ID,
    _Step.RESYNC: frames.SAM_STATUS,
    _Step.FIND: frames.FIND_CARD,
    _Step.SELECT: frames.SELECT_CARD,
    _Step.READ: frames.READ_BASE,
    _Step.ADDRESS: frames.NEW_ADDRESS,
}


class Sam:
    """One reader, from the moment its line is open until it is lost.

    ``greet`` ends in Ready or Failed; ``read`` gives Found and ends in CardRead or Failed. It waits
    for a card for ever: whoever waits looks at his own clock and calls ``stop``.
    """

    def __init__(self) -> None:
        self.sam_id = ""
        self._step = _Step.IDLE
        self._stream = Stream()
        self._request = b""
        self._due = self._limit = 0.0
        self._answered = float("-inf")
        self._in_step = True
        # Questions for the status whose answers may still come; they look like a find's 90.
        self._owed = 0
        self._failures = 0
        self._tries = PATIENCE
        # What to report unless a better answer comes before it is due.
        self._doubt: Failed | None = None
        self._parts: dict[str, bytes] = {}

    @property
    def due(self) -> float | None:
        """When ``advance`` must be called even if nothing arrives; None while nothing is asked."""
        return None if self._step is _Step.IDLE else self._due

    def greet(self, now: float, *, seconds: float | None = None, tries: int = PATIENCE) -> None:
        """Ask how the reader is and, the first time, who it is."""
        self._failures, self._tries = 0, tries
        self._ask(_Step.STATUS, now, seconds)

    def read(self, now: float) -> None:
        """Look for a card and read it once."""
        self._failures, self._tries, self._parts = 0, PATIENCE, {}
        if self._in_step:
            self._pause(now)
        else:
            self._ask(_Step.RESYNC, now)

    def stop(self) -> CardRead | None:
        """Ask no more: given up or unplugged. A read that only lacked its new address stands."""
        if self._step is _Step.IDLE:
            return None
        read = CardRead(self._parts) if self._step is _Step.ADDRESS else None
        self._in_step = self._in_step and self._step is _Step.PAUSE
        self._step, self._request = _Step.IDLE, b""
        return read

    def to_send(self) -> bytes:
        """The question that waits to be sent; b"" if there is none."""
        request, self._request = self._request, b""
        return request

    def advance(self, data: bytes, now: float) -> list[Outcome]:
        """Take what arrived, b"" if nothing did."""
        outcomes = []
        self._stream.feed(data)
        if data and self._doubt:
            self._suspect(self._doubt, now)
        while taken := self._stream.take():
            outcomes.append(self._hear(*taken, now))
        if self.due is not None and now >= self.due:
            outcomes.append(self._expire(now))
        return [outcome for outcome in outcomes if outcome]

    # -------------------------------------------------------------- the questions

    def _ask(self, step: _Step, now: float, seconds: float | None = None) -> None:
        if seconds is None:
            seconds = READ_SECONDS if step is _Step.READ else ANSWER_SECONDS
        self._step, self._request, self._doubt = step, _REQUESTS[step], None
        self._due = self._limit = now + seconds
        self._stream.mark()
        self._owed += self._request == frames.SAM_STATUS

    def _pause(self, now: float) -> None:
        self._step, self._doubt = _Step.PAUSE, None
        self._due = self._answered + POLL_SECONDS
        if now >= self._due:
            self._ask(_Step.FIND, now)

    def _end(self, outcome: Outcome) -> Outcome:
        self._step = _Step.IDLE
        self._in_step = self._in_step and not isinstance(outcome, Failed)
        return outcome

    def _suspect(self, failure: Failed, now: float) -> None:
        settle = SETTLE_SECONDS if self._step in (_Step.SELECT, _Step.READ) else REPEAT_SECONDS
        self._doubt = failure
        self._due = min(self._limit, now + settle)

    def _expire(self, now: float) -> Outcome | None:
        """The time is up: of a pause, or of an answer."""
        if self._step is _Step.PAUSE:
            self._ask(_Step.FIND, now)
            return None
        self._in_step, self._answered = False, now
        if self._step is _Step.ADDRESS:
            return self._end(CardRead(self._parts))
        if self._step in (_Step.SELECT, _Step.READ):
            return self._end(self._doubt or Failed(Why.SLOW))
        self._failures += 1
        refused = self._doubt is not None and self._doubt.why is Why.REFUSED
        if refused or self._failures >= self._tries:
            return self._end(self._doubt or Failed(Why.SILENT))
        greeting = self._step in (_Step.STATUS, _Step.SAM_ID)
        self._ask(_Step.STATUS if greeting else _Step.RESYNC, now)
        return None

    # -------------------------------------------------------------- the answers

    def _hear(self, frame: bytes, fresh: bool, now: float) -> Outcome | None:
        self._answered = now
        if self._step is _Step.PAUSE:
            self._due = now + POLL_SECONDS
        if not fresh or self._step in (_Step.IDLE, _Step.PAUSE):
            return None
        try:
            reply = frames.parse_reply(frame)
        except FrameError:
            self._suspect(Failed(Why.DAMAGED), now)
            return None
        owed = reply.ok and not reply.data and self._owed > 0
        self._owed -= owed
        match self._step:
            case _Step.STATUS | _Step.RESYNC:
                return self._hear_status(reply, now)
            case _Step.SAM_ID:
                return self._hear_sam_id(reply, now)
            case _Step.FIND:
                return None if owed else self._hear_find(reply, now)
            case _Step.SELECT:
                return self._hear_select(reply, now)
            case _Step.READ:
                return self._hear_read(reply, now)
        return self._hear_address(reply)

    def _hear_status(self, reply: Reply, now: float) -> Outcome | None:
        if reply.sw3 in BAD_REQUEST:
            self._suspect(Failed(Why.DAMAGED), now)
        elif reply.ok and not reply.data:
            self._in_step = True
            if self._step is _Step.RESYNC:
                self._pause(now)
            elif self.sam_id:
                return self._end(Ready(self.sam_id))
            else:
                self._ask(_Step.SAM_ID, now)
        elif not reply.ok and reply.sw3 not in _CARD_ANSWERS:
            return self._end(Failed(Why.REFUSED, reply.sw3))
        return None

    def _hear_sam_id(self, reply: Reply, now: float) -> Outcome | None:
        try:
            self.sam_id = frames.parse_sam_id(reply)
        except FrameError:
            self._suspect(Failed(Why.DAMAGED), now)
            return None
        return self._end(Ready(self.sam_id))

    def _hear_find(self, reply: Reply, now: float) -> Outcome | None:
        if reply.card_found or (reply.ok and len(reply.data) <= _FOUND_BYTES):
            self._failures = 0
            self._ask(_Step.SELECT, now)
            return Found()
        if reply.sw3 == NOT_FOUND:
            self._failures = 0
            self._pause(now)
        elif reply.sw3 in (SELF_TEST_FAILED, NOT_AUTHORISED):
            return self._end(Failed(Why.REFUSED, reply.sw3))
        elif reply.sw3 in REJECTED or reply.sw3 == WRONG_CARD:
            self._suspect(Failed(Why.REFUSED, reply.sw3), now)
        elif not reply.ok and reply.sw3 not in _CARD_ANSWERS:
            self._suspect(Failed(Why.DAMAGED), now)
        return None

    def _hear_select(self, reply: Reply, now: float) -> Outcome | None:
        if reply.ok and len(reply.data) <= _SELECTED_BYTES:
            self._ask(_Step.READ, now)
            return None
        if reply.ok or reply.sw3 in _FIND_ANSWERS or reply.sw3 in (READ_FAILED, ABSENT):
            return None
        return self._end(Failed(Why.REFUSED, reply.sw3))

    def _hear_read(self, reply: Reply, now: float) -> Outcome | None:
        if reply.sw3 in _FIND_ANSWERS or (reply.ok and len(reply.data) in _NO_CARD_DATA):
            return None
        if not reply.ok:
            return self._end(Failed(Why.REFUSED, reply.sw3))
        try:
            self._parts = frames.parse_card_parts(reply)
        except FrameError:
            self._suspect(Failed(Why.DAMAGED), now)
        else:
            self._ask(_Step.ADDRESS, now)
        return None

    def _hear_address(self, reply: Reply) -> Outcome | None:
        if reply.sw3 in _FIND_ANSWERS or (reply.ok and len(reply.data) != frames.ADDRESS_BYTES):
            return None
        if reply.ok and reply.data.decode("utf-16-le", "replace").strip(_BLANK):
            self._parts["address"] = frames.parse_new_address(reply)
        return self._end(CardRead(self._parts))
