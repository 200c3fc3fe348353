"""Ask for a read, and take the signed answer once."""

import secrets
from datetime import datetime, timedelta
from hashlib import sha256

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from outlets.frames import FrameError, parse_text_block
from outlets.models import Outlet
from outlets.services import reader
from portal import crypto
from portal.models import User
from portal.refusal import Refusal
from portal.services import audit, person
from registration.models.identity import Challenge, Identity

LIFE = timedelta(minutes=2)


class ChallengeSpent(reader.ReplayedRead):
    text = _("这次读卡已经用过，不能再用。")


class ChallengeExpired(Refusal):
    text = _("读卡等待超时。")
    todo = _("请重新读卡。")


class WrongChallenge(reader.UntrustedRead):
    text = _("这次读卡不是为这张受理单做的，未被采用。")


class UnreadableCard(Refusal):
    text = _("这张卡的内容无法识别，未被采用。")


def ask(
    application_id: int,
    *,
    outlet: Outlet,
    role: str,
    clerk: User,
    session_key: str,
    now: datetime,
) -> Challenge:
    """A random number for one read: this clerk, session, outlet, application and role."""
    return Challenge.objects.create(
        nonce=secrets.token_urlsafe(32),
        application_id=application_id,
        role=role,
        clerk=clerk,
        session_hash=_hash(session_key),
        outlet=outlet,
        expires_at=now + LIFE,
    )


@transaction.atomic
def take(
    read: reader.SignedRead,
    *,
    application_id: int,
    clerk: User,
    session_key: str,
    now: datetime,
) -> Identity:
    """Store a verified read and spend its challenge and counter.

    Raises WrongChallenge, ChallengeExpired, ChallengeSpent, ReplayedRead, UnreadableCard.
    """
    asked = _challenge(read.challenge, application_id, clerk, session_key)
    # Spent is said before expired: a replay an hour later is still a replay.
    if Identity.objects.filter(challenge=asked).exists():
        raise ChallengeSpent
    if asked.expires_at <= now:
        raise ChallengeExpired
    reader.check_clock(read, now=now)
    number = _number(read)
    reader.spend_counter(read, now=now)
    try:
        with transaction.atomic():
            identity = store(read, asked, number, now=now)
    except IntegrityError:
        raise ChallengeSpent from None
    audit.record(
        "identity.read", subject=identity, by=clerk, now=now, role=asked.role, sam_id=read.sam_id
    )
    return identity


def store(read: reader.SignedRead, asked: Challenge, number: str, *, now: datetime) -> Identity:
    """The row of a read that was found good. Raises IntegrityError for a spent challenge."""
    return Identity.objects.create(
        outlet=asked.outlet,
        challenge=asked,
        bridge=read.bridge,
        sam_id=read.sam_id,
        counter=read.counter,
        card_type=read.card_type,
        block=read.block,
        photo=read.photo,
        block_sha256=sha256(read.block).hexdigest(),
        envelope=read.envelope,
        number_index=crypto.keyring().blind_index(number, "document"),
        person_key=person.key(number),
        read_at=read.read_at,
        received_at=now,
    )


def _challenge(nonce: str, application_id: int, clerk: User, session_key: str) -> Challenge:
    asked = (
        Challenge.objects.filter(
            nonce=nonce,
            application_id=application_id,
            clerk=clerk,
            session_hash=_hash(session_key),
        )
        .select_related("outlet")
        .first()
    )
    if asked is None:
        raise WrongChallenge
    return asked


def _number(read: reader.SignedRead) -> str:
    try:
        card = parse_text_block(read.block)
    except FrameError as error:
        raise UnreadableCard(str(error)) from None
    if card.kind != read.card_type:
        raise reader.UntrustedRead
    return card.number


def _hash(session_key: str) -> str:
    return sha256(session_key.encode()).hexdigest()
