"""Number audit entries into a Merkle tree and sign its head; find the first row that was touched.

After RFC 9162: leaves are hashes of canonical entries, a signed head commits to all of them. The
head keeps the leaf hashes that it added, so that a changed row is named and not only noticed.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models import Max, QuerySet

from portal import crypto, merkle
from portal.models import AuditEntry, TreeHead

BATCH = 2000
HASH_BYTES = 32
# No transaction lasts so long: an entry that is older when it appears was slipped in.
LATE = timedelta(minutes=10)
UNSEALED_ALARM = timedelta(minutes=1)


@dataclass(frozen=True)
class Fault:
    """Where the record stops being true: the entry's id (None: a head) and what happened to it."""

    kind: str  # changed, removed, slipped_in, head_removed, head_changed
    entry_id: int | None
    leaf: int | None

    def __str__(self) -> str:
        where = f"entry {self.entry_id}" if self.entry_id else f"leaf {self.leaf}"
        return f"{self.kind.replace('_', ' ')}: {where}"


def seal(*, now: datetime) -> int:
    """Seal what is new, up to a batch; returns how many entries. Two sealers cannot both win."""
    try:
        with transaction.atomic():
            return _seal(now)
    except IntegrityError:
        return 0  # another sealer signed this head a moment ago


def _seal(now: datetime) -> int:
    last = TreeHead.objects.order_by("-size").first()
    frontier = merkle.Frontier.load(last.size, last.frontier) if last else merkle.Frontier()
    first = frontier.size
    entries = list(AuditEntry.objects.filter(leaf__isnull=True).order_by("pk")[:BATCH])
    if not entries:
        return 0
    leaves = [leaf_hash(entry) for entry in entries]
    for entry, leaf in zip(entries, leaves, strict=True):
        entry.leaf = frontier.size
        frontier.append(leaf)
    AuditEntry.objects.bulk_update(entries, ["leaf"], batch_size=500)
    ring = crypto.keyring()
    TreeHead.objects.create(
        first=first,
        size=frontier.size,
        root=frontier.root(),
        leaves=b"".join(leaves),
        frontier=frontier.dump(),
        signed_at=now,
        key_id=ring.audit_key_id,
        signature=ring.sign(head_message(frontier.size, frontier.root(), now)),
    )
    return len(entries)


def leaf_hash(entry: AuditEntry) -> bytes:
    """RFC 9162 leaf hash of the entry as canonical JSON (sorted keys, UTC, UTF-8)."""
    facts = {
        "id": entry.pk,
        "at": entry.at.astimezone(UTC).isoformat(timespec="microseconds"),
        "action": entry.action,
        "actor": entry.actor_id,
        "subject": [entry.subject_type, entry.subject_id],
        "detail": entry.detail,
    }
    text = json.dumps(facts, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return merkle.leaf_hash(text.encode())


def head_message(size: int, root: bytes, signed_at: datetime) -> bytes:
    moment = signed_at.astimezone(UTC).isoformat(timespec="microseconds")
    return f"shiming tree head 1\n{size}\n{root.hex()}\n{moment}\n".encode()


def unsealed_since(*, now: datetime) -> int:
    """Entries that have waited for over a minute: the sealer does not run."""
    return AuditEntry.objects.filter(leaf__isnull=True, at__lt=now - UNSEALED_ALARM).count()


def verify() -> Fault | None:
    """Recompute everything; the first row that was changed, removed or slipped in, or None."""
    return next(_faults(), None)


def _faults() -> Iterator[Fault]:
    ring = crypto.keyring()
    frontier = merkle.Frontier()
    before: datetime | None = None
    for head in TreeHead.objects.order_by("size").iterator(chunk_size=100):
        if head.first != frontier.size:
            yield Fault("head_removed", None, frontier.size)
        yield from _batch_faults(head, before)
        for leaf in _leaves(head):
            frontier.append(leaf)
        message = head_message(head.size, bytes(head.root), head.signed_at)
        if frontier.root() != bytes(head.root) or not ring.verify(bytes(head.signature), message):
            yield Fault("head_changed", None, head.first)
        before = _reached(head)
    beyond = AuditEntry.objects.filter(leaf__gte=frontier.size).order_by("leaf").first()
    if beyond:
        yield Fault("slipped_in", beyond.pk, beyond.leaf)
    if before:
        hidden = AuditEntry.objects.filter(leaf__isnull=True, at__lt=before - LATE)
        for entry in hidden.order_by("pk")[:1]:
            yield Fault("slipped_in", entry.pk, None)


def _batch_faults(head: TreeHead, before: datetime | None) -> Iterator[Fault]:
    entries = {entry.leaf: entry for entry in _rows(head)}
    for leaf, known in enumerate(_leaves(head), start=head.first):
        entry = entries.get(leaf)
        if entry is None:
            yield Fault("removed", None, leaf)
        elif leaf_hash(entry) != known:
            yield Fault("changed", entry.pk, leaf)
        elif before and entry.at < before - LATE:
            yield Fault("slipped_in", entry.pk, leaf)


def _rows(head: TreeHead) -> QuerySet[AuditEntry]:
    return AuditEntry.objects.filter(leaf__gte=head.first, leaf__lt=head.size)


def _reached(head: TreeHead) -> datetime:
    """Up to when the record is told by now. Not simply the time of the signature: a sealer that
    was away has a backlog of several batches, and the later ones are as old as the first."""
    newest: datetime | None = _rows(head).aggregate(newest=Max("at"))["newest"]
    return min(newest, head.signed_at) if newest else head.signed_at


def _leaves(head: TreeHead) -> list[bytes]:
    joined = bytes(head.leaves)
    return [joined[i : i + HASH_BYTES] for i in range(0, len(joined), HASH_BYTES)]
