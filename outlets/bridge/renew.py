"""A new key every month, without anybody at the counter noticing.

The old key signs for the new one, the portal answers, and one file on this PC is replaced. Until
the portal's answer has arrived the old key stays in use and the next one is kept: whatever is lost
on the way, the same question about the same key is asked again, and the portal gives the same
answer. Which thread does what is the server's business.
"""

import base64
import socket
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final

from outlets.bridge import AGENT, envelope, jws, key, portal
from outlets.bridge.key import Enrolment, NotEnrolled

DAYS: Final = 30.0
VERSION: Final = 1
TYPE: Final = "shiming-rotate+jws"
# The portal speaks of this key; any other refusal (422: clock, counter) is about the moment.
FINAL: Final = frozenset({403, 409})


class RenewalFailed(Exception):
    """The key stays as it is. ``refused``: the portal does not want this key any more."""

    def __init__(self, text: str, *, refused: bool = False) -> None:
        self.refused = refused
        super().__init__(text)


@dataclass(frozen=True)
class Question:
    """What the portal is asked: to take ``fresh`` in place of ``old``. ``jws`` says so."""

    old: Enrolment
    fresh: Enrolment
    jws: str


def is_due(enrolment: Enrolment, *, days: float, now: datetime) -> bool:
    """Also if a change was begun, and if a wrong clock dated the key into the future."""
    age = abs(now - enrolment.made_at)
    return key.is_changing(enrolment) or age >= timedelta(days=days)


def current(enrolment: Enrolment) -> Enrolment:
    """The enrolment as it is on disk: another program of this PC may have changed it."""
    try:
        found = key.load(enrolment.folder)
    except NotEnrolled:
        return enrolment
    return found if found.origin == enrolment.origin else enrolment


def prepare(old: Enrolment, *, now: datetime) -> Enrolment:
    """The enrolment that shall follow, its key kept on this PC. Raises RenewalFailed."""
    try:
        private = key.next_key(old)
    except OSError:
        raise RenewalFailed(f"新密钥写不进 {old.folder}") from None
    kid = key.key_id(key.public_bytes(private))
    return replace(old, key=private, kid=kid, made_at=now)


def question(old: Enrolment, fresh: Enrolment, *, now: datetime) -> Question:
    """Takes a counter of its own, so that it must not run beside a read. Raises NotEnrolled."""
    proof = fresh.key.sign(f"shiming-rotate {old.kid}".encode("ascii"))
    claims = {
        "ver": VERSION,
        "kid": old.kid,
        "counter": old.next_counter(),
        "public_key": base64.b64encode(key.public_bytes(fresh.key)).decode(),
        "proof": base64.b64encode(proof).decode(),
        "agent": AGENT,
        "host": socket.gethostname(),
        "at": envelope.moment(now),
    }
    return Question(old, fresh, jws.sign(claims, key=old.key, kid=old.kid, kind=TYPE))


def ask(question: Question) -> Enrolment:
    """The new enrolment, as the portal knows it. Raises RenewalFailed. Seconds over the network."""
    try:
        answer = portal.post(question.old.origin, "/api/bridges/rotate/", {"jws": question.jws})
    except portal.Refused as refusal:
        raise RenewalFailed(str(refusal), refused=refusal.status in FINAL) from None
    except portal.Unreachable as error:
        raise RenewalFailed(str(error)) from None
    return _known(question.fresh, answer)


def switch(fresh: Enrolment) -> None:
    """From here on the new key counts, also after a crash. Raises RenewalFailed."""
    try:
        key.save(fresh)
    except OSError:
        raise RenewalFailed(f"新密钥写不进 {fresh.folder}") from None


def _known(fresh: Enrolment, answer: dict[str, Any]) -> Enrolment:
    """The outlet may have a new name; the web page that may read cards never changes this way."""
    outlet = answer.get("outlet")
    if answer.get("kid") != fresh.kid or not isinstance(outlet, str):
        raise RenewalFailed("平台对换密钥的回答看不懂")
    return replace(fresh, outlet=outlet)
