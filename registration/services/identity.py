"""Ask for a read, and take the signed answer once."""

import secrets
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from hashlib import sha256

from django.db import IntegrityError, models, transaction
from django.utils.translation import gettext_lazy as _

from outlets.frames import (
    Card,
    FrameError,
    is_jpeg,
    is_wlt,
    parse_text_block,
    with_new_address,
)
from outlets.models import Outlet
from outlets.services import reader
from portal import crypto, prepared
from portal.gateways import card_decoder
from portal.models import User
from portal.parts import part
from portal.refusal import Refusal
from portal.services import audit, person
from registration.models.identity import Challenge, Identity, Trust
from registration.rules.document import Lane

LIFE = timedelta(minutes=2)


class ChallengeSpent(reader.ReplayedRead):
    code = "spent_challenge"
    text = _("这次读卡已经用过，不能再用。")


class RepeatedRead(ChallengeSpent):
    """The very read that was taken, sent again: mostly a reply that was lost on its way."""

    code = "repeated_read"


class ChallengeExpired(Refusal):
    text = _("读卡等待超时。")
    todo = _("请重新读卡。")


class WrongChallenge(reader.UntrustedRead):
    code = "wrong_challenge"
    text = _("这次读卡不是为这张受理单做的，未被采用。")


class UnreadableCard(Refusal):
    code = "unreadable_card"
    text = _("这张卡的内容无法识别，未被采用。")


class UndecodedRead(reader.UntrustedRead):
    """The decoding service said no; its code chooses the words."""

    code = "undecoded_read"
    text = _("解码服务打不开读卡器送来的密文，未被采用。")

    @classmethod
    def because(cls, code: str) -> "UndecodedRead":
        return cls(UNDECODED.get(code))


UNDECODED = {
    "challenge_mismatch": _("读卡器送来的密文不是为这次读卡做的，未被采用。"),
    "spent": _("读卡器送来的密文已经用过，未被采用。"),
}


class DecoderAway(Refusal):
    """Nothing is wrong with the read: the page sends it again by itself."""

    code = "decoder_away"
    status = 503
    text = _("解码服务没有回答，这次读卡还没有保存。")
    todo = _("正在自动重试，请不要关闭页面；草稿都在。一直没有回答，请联系渠道经理。")


@dataclass(frozen=True)
class Chip:
    """What a card's chip said, however it came here. ``photo`` and ``address`` may be b"";
    ``reference`` is the decoding service's number, "" where nothing was enciphered."""

    card: Card
    block: bytes
    photo: bytes
    address: bytes
    sam_id: str
    trust: Trust
    reference: str = ""

    def __repr__(self) -> str:
        return f"<Chip {self.trust}>"


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


def check_question(
    read: reader.SignedRead,
    *,
    application_id: int,
    clerk: User,
    session_key: str,
    now: datetime,
) -> None:
    """Whether the read answers a question of ours that is still open; ``take`` asks again.

    For cipher text: nobody's card is opened for nothing, and a page that waits for a decoding
    service that is away hears when its read has become useless. Raises WrongChallenge,
    RepeatedRead, ChallengeSpent, ChallengeExpired.
    """
    _open(_asked(read.challenge, application_id, clerk, session_key).first(), read, now)


def open_read(read: reader.SignedRead) -> Chip:
    """What the chip said. Cipher text is opened over the network: call it outside transactions.

    Raises UnreadableCard, UntrustedRead, UndecodedRead, WrongReader; DecoderAway to try again.
    """
    chip = _decoded(read) if read.cipher else _signed(read)
    if chip.card.kind != read.card_type and not read.cipher:
        raise reader.UntrustedRead
    return chip


def _signed(read: reader.SignedRead) -> Chip:
    card = _card(read.block, read.address)
    return Chip(card, read.block, read.photo, read.address, read.sam_id, Trust.BRIDGE)


def _decoded(read: reader.SignedRead) -> Chip:
    # The page sends a read again whose reply was lost: the same envelope gets the same answer.
    key = sha256(read.envelope.encode()).hexdigest()[:32]
    try:
        found = card_decoder.client().decode(read.cipher, read.challenge, key)
    except card_decoder.Unavailable:
        raise DecoderAway from None
    except card_decoder.Rejected as rejected:
        raise UndecodedRead.because(rejected.code) from None
    if found.sam_id and read.sam_id and found.sam_id != read.sam_id:
        raise reader.WrongReader
    card = _card(found.block, found.address)
    if found.photo and not (is_wlt(found.photo) or is_jpeg(found.photo)):
        raise UnreadableCard
    sam_id = found.sam_id or read.sam_id
    return Chip(card, found.block, found.photo, found.address, sam_id, Trust.CLOUD, found.reference)


@prepared.throughout()
@part
def take(
    read: reader.SignedRead,
    chip: Chip,
    *,
    application_id: int,
    clerk: User,
    session_key: str,
    now: datetime,
) -> Identity:
    """Store a verified read and spend its challenge and counter.

    Raises WrongChallenge, ChallengeExpired, ChallengeSpent, and what ``reader.check_clock`` and
    ``reader.spend_counter`` raise.
    """
    rows = _asked(read.challenge, application_id, clerk, session_key)
    # Held until commit: a page that sends its read twice at once must hear "taken already", not
    # that the counter stands still, which is how a copied key looks.
    asked = _open(rows.select_for_update(of=("self",)).first(), read, now)
    reader.check_clock(read, now=now)
    # Of a cloud reader only the decoding service can say which one it is.
    reader.spend_counter(replace(read, sam_id=chip.sam_id), now=now)
    try:
        with transaction.atomic():
            identity = store(read, chip, asked, now=now)
    except IntegrityError:
        raise ChallengeSpent from None
    audit.record(
        "identity.read",
        subject=identity,
        by=clerk,
        now=now,
        role=asked.role,
        sam_id=identity.sam_id,
        reader=identity.reader,
        trust=identity.trust,
    )
    return identity


def index(number: str) -> str:
    """What stands for a document's number where it is searched."""
    return crypto.keyring().blind_index(number, "document")


def store(read: reader.SignedRead, chip: Chip, asked: Challenge, *, now: datetime) -> Identity:
    """The row of a read that was found good. Raises IntegrityError for a spent challenge."""
    card = chip.card
    return Identity.objects.create(
        outlet=asked.outlet,
        challenge=asked,
        lane=Lane.CHIP,
        bridge=read.bridge,
        sam_id=chip.sam_id,
        counter=read.counter,
        reader=read.reader,
        source=read.source,
        card_type=card.kind,
        trust=chip.trust,
        decode_reference=chip.reference,
        block=chip.block,
        address_block=chip.address or None,
        photo=chip.photo or None,
        block_sha256=sha256(chip.block).hexdigest(),
        envelope=read.envelope,
        number_index=index(card.number),
        person_key=person.key(card.person_number),
        link_index=index(card.linked_number) if card.linked_number else "",
        read_at=read.read_at,
        received_at=now,
    )


def is_another(identity: Identity) -> bool:
    """Whether somebody else was read into the same role of the application before. Nobody can tell
    of what was typed from sight alone: there a slip that is mended looks the same."""
    asked = identity.challenge
    same_role = Identity.objects.filter(
        challenge__application=asked.application_id, challenge__role=asked.role
    )
    before = same_role.exclude(pk=identity.pk).order_by("-pk").first()
    is_typed = identity.lane == Lane.SIGHTED
    return before is not None and not is_typed and before.person_key != identity.person_key


def _asked(
    nonce: str, application_id: int, clerk: User, session_key: str
) -> models.QuerySet[Challenge]:
    """The question, if it was asked by this clerk in this session for this application."""
    rows: models.QuerySet[Challenge] = Challenge.objects.filter(
        nonce=nonce,
        application_id=application_id,
        clerk=clerk,
        session_hash=_hash(session_key),
    )
    return rows.select_related("outlet")


def _open(asked: Challenge | None, read: reader.SignedRead, now: datetime) -> Challenge:
    if asked is None:
        raise WrongChallenge
    # Spent is said before expired: a replay an hour later is still a replay.
    if taken := Identity.objects.filter(challenge=asked).first():
        raise RepeatedRead if taken.envelope == read.envelope else ChallengeSpent
    if asked.expires_at <= now:
        raise ChallengeExpired
    return asked


def _card(block: bytes, address: bytes) -> Card:
    try:
        card = parse_text_block(block)
        return with_new_address(card, address) if address else card
    except FrameError as error:
        raise UnreadableCard(str(error)) from None


def _hash(session_key: str) -> str:
    return sha256(session_key.encode()).hexdigest()
