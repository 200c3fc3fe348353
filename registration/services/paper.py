"""Keep a document without a readable chip: the lines of its zone, and what no machine gives."""

from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from outlets.models import Outlet
from portal import crypto
from portal.models import User
from portal.refusal import Refusal
from portal.services import audit, person
from registration import stated
from registration.models.identity import Identity, Trust
from registration.rules import number
from registration.rules.document import DOCUMENTS, Lane
from registration.services import identity


class ReadByMachine(Refusal):
    """CV-02: what a reader can read nobody types."""

    code = "read_by_machine"
    text = _("这种证件要放到读卡器上读，不能手工录入。")
    todo = _("请把证件放到读卡器上；没有芯片的请先点“没有芯片的证件”。")


TRUST = {Lane.MRZ: Trust.MRZ, Lane.SIGHTED: Trust.SIGHTED}


@transaction.atomic
def capture(
    kind: str,
    zone: str,
    said: stated.Stated,
    *,
    application_id: int,
    outlet: Outlet,
    role: str,
    clerk: User,
    session_key: str,
    now: datetime,
) -> Identity:
    """Store the document. ``zone`` is "" for one that is sighted. Raises ReadByMachine."""
    lane = DOCUMENTS[kind].lane
    if lane == Lane.CHIP:
        raise ReadByMachine
    block, text = zone.encode("ascii"), stated.pack(said)
    day = timezone.localdate(now)
    card = (
        stated.from_zone(kind, block, text, day)
        if lane == Lane.MRZ
        else stated.from_text(kind, text)
    )
    # Asked and answered at once: who, where, for which application and role is kept as for a chip.
    asked = identity.ask(
        application_id, outlet=outlet, role=role, clerk=clerk, session_key=session_key, now=now
    )
    captured = Identity.objects.create(
        outlet=outlet,
        challenge=asked,
        lane=lane,
        card_type=kind,
        trust=TRUST[lane],
        block=block,
        stated=text,
        stated_index=_seal(block, text),
        number_index=identity.index(card.number),
        person_key=person.key(number.of_person(kind, card.number, card.nationality)),
        read_at=now,
        received_at=now,
    )
    audit.record(
        "identity.captured", subject=captured, by=clerk, now=now, role=role, kind=kind, lane=lane
    )
    return captured


def is_as_captured(captured: Identity) -> bool:
    return _seal(captured.block, captured.stated or "") == captured.stated_index


def _seal(block: bytes, text: str) -> str:
    return crypto.keyring().blind_index(f"{block.decode('ascii')}\n{text}", "stated")
