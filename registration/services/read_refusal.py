"""Reads that were not taken: written down for the audit and kept for the managers."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from outlets.models import Bridge, Channel
from outlets.services import envelope, reader, signature
from portal.models import User
from portal.refusal import Refusal
from portal.services import audit
from registration.models.application import Application
from registration.models.read_refusal import ReadRefusal
from registration.services import identity, stale


@transaction.atomic
def record(
    application: Application,
    refusal: Refusal,
    message: Mapping[str, Any],
    *,
    clerk: User,
    now: datetime,
) -> None:
    """Keep why a read was refused. Call it outside the transaction that the refusal rolls back.

    What says nothing against the read is no case of its own: a challenge that ran out, an
    application that was handed in meanwhile, a decoding service that does not answer. The very
    read that was taken, sent again, is written down and no point: a reply may have been lost.
    """
    is_point = refusal.code in ReadRefusal.Code.values
    if not is_point and refusal.code != identity.RepeatedRead.code:
        return
    bridge = _bridge(message)
    if is_point:
        _keep(application, refusal, bridge, clerk=clerk, now=now)
    audit.record(
        "identity.read_refused",
        subject=application,
        by=clerk,
        now=now,
        code=refusal.code,
        kid=bridge.kid if bridge else "",
    )


def _keep(
    application: Application,
    refusal: Refusal,
    bridge: Bridge | None,
    *,
    clerk: User,
    now: datetime,
) -> None:
    # Held until commit: a subtree that moves meanwhile would leave this row at the old place.
    channel = Channel.objects.select_for_update().get(pk=application.outlet.channel_id)
    ReadRefusal.objects.create(
        application=application,
        outlet=application.outlet,
        channel_path=channel.path,
        clerk=clerk,
        code=refusal.code,
        kid=bridge.kid if bridge else "",
        at=now,
    )
    stale.mark(application.outlet_id, now)
    if bridge and refusal.code == reader.ReplayedRead.code:
        # A counter that does not rise: perhaps two computers hold one key.
        reader.contest(bridge.pk, now=now)


def _bridge(message: Mapping[str, Any]) -> Bridge | None:
    """Whose key the message names, if we know it; nothing else of it is worth keeping."""
    try:
        kid = signature.signer(message.get("jws"), typ=envelope.TYPE)
    except signature.BadSignature:
        return None
    found: Bridge | None = Bridge.objects.filter(kid=kid).first()
    return found
