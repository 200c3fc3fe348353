"""Claims by text message (BF-06): kept until their sender comes to a counter, and no longer."""

import uuid
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from outlets.models import Channel
from portal import crypto
from portal.gateways import carrier
from portal.refusal import Refusal
from portal.services import audit
from registration.models.application import Application, Party
from registration.models.claim import Claim
from registration.models.identity import Role
from registration.rules.consent import REFUSED_DAYS
from registration.rules.sms import Answer, parse
from registration.rules.sms import Claim as Said
from registration.services import policy

Status = Claim.Status


class Again(Refusal):
    """Nothing was kept: the gateway delivers the message again."""

    status = 503
    todo = _("请稍后重新投递这条短信。")


class CarrierAway(Again):
    text = _("运营商系统暂时没有回应。")


class Busy(Again):
    text = _("这部手机的另一条短信正在处理。")


def receive(message: str, sender: str, text: str, *, now: datetime) -> Answer:
    """What the sender is told. ``message`` is the gateway's number of it, ``sender`` the telephone.

    Not one transaction: the carrier is asked whether this number is due. Raises Again.
    """
    said = parse(text)
    if isinstance(said, Answer):
        return said
    if Claim.objects.filter(message=message).exists():
        return Answer.CLAIMED
    if not _is_due(sender):
        return Answer.NOT_DUE
    try:
        _keep(message, sender, said, now=now)
    except IntegrityError:
        raise Busy from None  # two messages from one telephone at once: one comes again
    return Answer.CLAIMED


def _is_due(number: str) -> bool:
    try:
        found = carrier.client().look_up(number, str(uuid.uuid4()))
    except (carrier.Unavailable, carrier.Rejected):
        raise CarrierAway from None
    return found.standing == carrier.Standing.UNREGISTERED


@transaction.atomic
def _keep(message: str, sender: str, said: Said, *, now: datetime) -> None:
    index = crypto.keyring().blind_index
    number_index = index(sender, "number")
    # Who writes again corrects what was written before; the same message delivered twice does not.
    before = Claim.objects.filter(number_index=number_index, status=Status.OPEN)
    before.exclude(message=message).update(status=Status.REPLACED)
    claim, is_new = Claim.objects.get_or_create(
        message=message,
        defaults={
            "number": sender,
            "number_index": number_index,
            "name": said.name,
            "document": said.number,
            "document_index": index(said.number, "document"),
            "received_at": now,
        },
    )
    if is_new:
        audit.record("claim.received", subject=claim, by=None, now=now)


def compared(application: Application, parties: list[Party]) -> str:
    """ "agrees" or "differs": the open claim for this number against the holder's document; "" for
    a number that nobody claims, or before the holder is read."""
    if not application.asked.for_unregistered or not application.number_index:
        return ""
    claim = Claim.objects.filter(number_index=application.number_index, status=Status.OPEN).first()
    holder = next((party for party in parties if party.role == Role.HOLDER), None)
    if claim is None or holder is None:
        return ""
    is_same = claim.document_index == holder.identity.number_index
    return "agrees" if is_same else "differs"


def settle(application: Application) -> None:
    """Somebody was registered with the number: what was claimed before is of no use."""
    Claim.objects.filter(number_index=application.number_index, status=Status.OPEN).update(
        status=Status.SETTLED
    )


def forget(*, now: datetime) -> None:
    """Erase what nobody came for, and what was settled, after its days (RF-07)."""
    head = Channel.objects.filter(depth=1).values_list("path", flat=True).first() or ""
    days = REFUSED_DAYS.of(policy.in_force(head, timezone.localdate(now)))
    old = Claim.objects.filter(received_at__lte=now - timedelta(days=days))
    count, _rows = old.delete()
    if count:
        audit.record("claim.erased", by=None, now=now, count=count)
