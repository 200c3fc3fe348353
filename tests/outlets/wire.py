"""An emulated reader at the far end of a bad line, in simulated time, and the truth about it."""

import math
from collections import deque
from random import Random

from outlets import frames, sam
from outlets.bridge.emulator_desk import NEW_ADDRESSES, Desk
from outlets.bridge.emulator_fault import SPOILING, Fault
from outlets.bridge.emulator_line import Line
from outlets.bridge.people import PEOPLE, Person
from outlets.sam import CardRead, Found, Outcome, Sam

BYTES_A_SECOND = 11520
# Of the questions: lost or damaged on their way, answered after seconds.
LOST, HURT, DELAYED = 0.01, 0.01, 0.03


class Wire:
    """``card`` is what the reader said of the card that lay there, if all of it came whole and in
    time: the parts that must be delivered, or None if nothing may be."""

    def __init__(self, seed: int) -> None:
        self.now = 0.0
        self.desk = Desk(clock=lambda: self.now)
        self.desk.set_fault(Fault.RANDOM, seed)
        self.card: dict[str, bytes] | None = None
        self._person = ""
        self._chance = Random(seed)
        self._line = Line(Random(seed))
        self._coming: deque[tuple[float, bytes]] = deque()
        self._free = 0.0

    def lay(self, person: Person, *, once: bool) -> None:
        self.desk.lay(person, once=once)
        self.card = None

    def run(self, engine: Sam, until: float) -> list[Outcome]:
        """Let time pass until the read is over, one way or the other; what came of it."""
        outcomes: list[Outcome] = []
        while self.now < until and all(isinstance(outcome, Found) for outcome in outcomes):
            if request := engine.to_send():
                self._ask(request)
            arrival = self._coming[0][0] if self._coming else math.inf
            due = math.inf if engine.due is None else engine.due
            self.now = max(self.now, min(arrival, due, until))
            outcomes += engine.advance(self._arrived(), self.now)
        return outcomes

    def _arrived(self) -> bytes:
        data = b""
        while self._coming and self._coming[0][0] <= self.now:
            data += self._coming.popleft()[1]
        return data

    def _ask(self, request: bytes) -> None:
        dice = self._chance.random()
        if dice < LOST:
            return
        if dice < LOST + HURT:
            request = request[:-1] + bytes([request[-1] ^ 1])
        person = self.desk.state()["person"]
        reply = self.desk.answer(request)
        delay = self._chance.uniform(1, 9) if dice > 1 - DELAYED else 0
        # A reader answers in order: what is late makes everything after it late.
        self._free = max(self._free, self.now) + delay
        pieces = list(self._line.carry(reply, self.desk.fault))
        for seconds, piece in pieces:
            self._free += seconds + len(piece) / BYTES_A_SECOND
            self._coming.append((self._free, piece))
        came = b"".join(piece for _, piece in pieces)
        if self.desk.fault not in SPOILING and reply in came and _is_good(reply):
            self._note(request, person)

    def _note(self, request: bytes, person: str | None) -> None:
        if request == frames.READ_BASE and self._free <= self.now + sam.READ_SECONDS:
            assert person
            self._person = person
            self.card = {"block": PEOPLE[person].block()}
            if self.desk.fault is not Fault.NO_PHOTO:
                self.card["wlt"] = PEOPLE[person].photo()
        if request == frames.NEW_ADDRESS and self._free <= self.now + sam.ANSWER_SECONDS:
            assert self.card
            self.card["address"] = _address(self._person)


def _is_good(reply: bytes) -> bool:
    try:
        return frames.parse_reply(reply).ok
    except frames.FrameError:
        return False


def _address(person: str) -> bytes:
    return frames.parse_new_address(
        frames.parse_reply(frames.build_new_address(NEW_ADDRESSES[person]))
    )


def card_of(outcomes: list[Outcome]) -> list[dict[str, bytes]]:
    return [outcome.parts for outcome in outcomes if isinstance(outcome, CardRead)]
