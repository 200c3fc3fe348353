"""How the cards of an application were read: what other reads say about each of them.

Only reads from before count, so that the answer for a read stays the same whenever it is asked.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import time, timedelta
from functools import reduce
from operator import or_

from django.db.models import F, Q
from django.utils import timezone

from outlets.models import Outlet
from outlets.services import reader
from registration.models.application import Party
from registration.models.identity import Identity, Role
from registration.rules.policy import Values
from registration.rules.reading import COPY_MINUTES, LOOK_BACK_DAYS


@dataclass(frozen=True)
class Reading:
    """Of one party's card. ``at`` is the time in Shanghai by our clock, not by the counter's;
    ``customers`` for whom it was read lately, this one included; ``principals``: how many of them
    are not the card's own person."""

    at: time
    is_elsewhere: bool
    is_by_reader_from_elsewhere: bool
    customers: int
    principals: int


def look(parties: Sequence[Party], outlet: Outlet, policies: Values) -> dict[str, Reading]:
    """By role. Two queries, and one for each reader that was used."""
    reads = [party.identity for party in parties]
    copied = _copied(parties, timedelta(minutes=COPY_MINUTES.of(policies)))
    lately = timedelta(days=LOOK_BACK_DAYS.of(policies))
    customers, borrowed = _customers(reads, lately), _borrowed(reads, outlet, lately)
    return {
        party.role: Reading(
            at=timezone.localtime(party.identity.received_at).time(),
            is_elsewhere=party.identity_id in copied,
            is_by_reader_from_elsewhere=party.identity.sam_id in borrowed,
            customers=len(customers[party.identity.person_key]),
            principals=len(customers[party.identity.person_key] - {party.identity.person_key}),
        )
        for party in parties
    }


def _copied(parties: Sequence[Party], soon: timedelta) -> set[int]:
    """Identities whose document was read into another application shortly before.

    Known by its number, not by its bytes: who plays back a block changes one that nobody reads,
    and two kinds of reader give two blocks of one card.
    """
    wanted = [
        Q(number_index=read.number_index) & _lately(read, soon)
        for read in (party.identity for party in parties)
    ]
    if not wanted:
        return set()
    rows = Identity.objects.filter(reduce(or_, wanted)).exclude(
        challenge__application=parties[0].application_id
    )
    found = set(rows.values_list("number_index", flat=True))
    return {party.identity_id for party in parties if party.identity.number_index in found}


def _lately(read: Identity, time: timedelta) -> Q:
    """Reads that came in before this one. Of two at the same moment the row made first counts as
    the earlier; rows alone do not tell, since a cloud read gets its row seconds after it came."""
    at = read.received_at
    return Q(received_at__gte=at - time) & (
        Q(received_at__lt=at) | Q(received_at=at, pk__lt=read.pk)
    )


def _customers(reads: Sequence[Identity], lately: timedelta) -> dict[str, set[str]]:
    """For which holders each person's card was read, in any role, also where another card took
    its place since."""
    wanted = [
        Q(person_key=read.person_key) & (_lately(read, lately) | Q(pk=read.pk)) for read in reads
    ]
    found: defaultdict[str, set[str]] = defaultdict(set)
    if wanted:
        rows = Identity.objects.filter(
            reduce(or_, wanted), challenge__application__parties__role=Role.HOLDER
        )
        holder = F("challenge__application__parties__identity__person_key")
        for person, customer in rows.values_list("person_key", holder).distinct():
            found[person].add(customer)
    return found


def _borrowed(reads: Sequence[Identity], outlet: Outlet, lately: timedelta) -> set[str]:
    """The readers (SAM ids) that another outlet used too."""
    since = {read.sam_id: read.received_at for read in reads}
    return {
        sam_id for sam_id, at in since.items() if reader.seen_elsewhere(sam_id, outlet, at - lately)
    }
