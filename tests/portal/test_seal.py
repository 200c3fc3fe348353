"""The audit as a transparency log: whatever is done to a row afterwards shows."""

from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from portal.models import AuditEntry, TreeHead
from portal.services import audit, seal
from tests.cast import Cast

pytestmark = pytest.mark.django_db


@pytest.fixture
def sealed() -> None:
    """Nine entries under three heads."""
    now = timezone.now()
    for batch in range(3):
        for place in range(3):
            audit.record("test.happened", by=None, now=now, batch=batch, place=place)
        seal.seal(now=now)
        now += timedelta(seconds=5)


def _entry(leaf: int) -> AuditEntry:
    return AuditEntry.objects.get(leaf=leaf)


@pytest.mark.usefixtures("sealed")
def test_an_untouched_log_is_intact() -> None:
    assert seal.verify() is None
    assert TreeHead.objects.count() == 3


@pytest.mark.usefixtures("sealed")
def test_a_changed_entry_is_named() -> None:
    entry = _entry(4)
    AuditEntry.objects.filter(pk=entry.pk).update(detail={"batch": 1, "place": 9})

    assert seal.verify() == seal.Fault("changed", entry.pk, 4)


@pytest.mark.usefixtures("sealed")
def test_a_removed_entry_is_named() -> None:
    _entry(2).delete()

    assert seal.verify() == seal.Fault("removed", None, 2)


@pytest.mark.usefixtures("sealed")
def test_an_entry_slipped_in_behind_the_last_head_is_named() -> None:
    forged = AuditEntry.objects.create(at=timezone.now(), action="forged", leaf=9)

    assert seal.verify() == seal.Fault("slipped_in", forged.pk, 9)


@pytest.mark.usefixtures("sealed")
def test_a_backdated_entry_is_named_before_and_after_it_is_sealed() -> None:
    long_ago = timezone.now() - timedelta(hours=1)
    forged = AuditEntry.objects.create(at=long_ago, action="forged")

    assert seal.verify() == seal.Fault("slipped_in", forged.pk, None)
    seal.seal(now=timezone.now() + timedelta(minutes=1))
    assert seal.verify() == seal.Fault("slipped_in", forged.pk, 9)


def test_a_backlog_of_several_batches_that_waited_long_is_intact(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(seal, "BATCH", 2)
    now = timezone.now()
    for hours in range(5, 0, -1):
        audit.record("test.happened", by=None, now=now - timedelta(hours=hours))

    while seal.seal(now=now):
        pass

    assert TreeHead.objects.count() == 3
    assert seal.verify() is None


@pytest.mark.usefixtures("sealed")
def test_a_row_and_its_leaf_changed_together_break_the_signed_root() -> None:
    head = TreeHead.objects.get(first=3)
    entry = _entry(4)
    entry.detail = {"forged": True}
    entry.save(update_fields=["detail"])
    leaves = bytes(head.leaves)
    forged = leaves[:32] + seal.leaf_hash(entry) + leaves[64:]
    TreeHead.objects.filter(pk=head.pk).update(leaves=forged)

    assert seal.verify() == seal.Fault("head_changed", None, 3)


@pytest.mark.usefixtures("sealed")
def test_a_removed_head_is_noticed() -> None:
    TreeHead.objects.filter(first=3).delete()

    assert seal.verify() == seal.Fault("head_removed", None, 3)


@pytest.mark.usefixtures("sealed")
def test_a_head_signed_by_another_key_is_noticed() -> None:
    TreeHead.objects.filter(first=6).update(signature=b"\0" * 64)

    assert seal.verify() == seal.Fault("head_changed", None, 6)


def test_nothing_new_makes_no_head() -> None:
    assert seal.seal(now=timezone.now()) == 0
    assert not TreeHead.objects.exists()


def test_the_second_of_two_sealers_does_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    now = timezone.now()
    audit.record("test.happened", by=None, now=now)
    real = AuditEntry.objects.bulk_update

    def other_sealer_first(*args: object, **kwargs: object) -> int:
        TreeHead.objects.create(
            first=0, size=1, root=b"r", leaves=b"l", frontier=[], signed_at=now, signature=b"s"
        )
        return real(*args, **kwargs)  # type: ignore[arg-type]

    monkeypatch.setattr(AuditEntry.objects, "bulk_update", other_sealer_first)

    assert seal.seal(now=now) == 0
    assert _unsealed() == 1


def _unsealed() -> int:
    return AuditEntry.objects.filter(leaf__isnull=True).count()


def test_entries_that_wait_for_over_a_minute_are_counted() -> None:
    now = timezone.now()
    audit.record("test.happened", by=None, now=now - timedelta(seconds=61))
    audit.record("test.happened", by=None, now=now - timedelta(seconds=30))

    assert seal.unsealed_since(now=now) == 1


@pytest.mark.usefixtures("sealed")
def test_the_command_says_intact_or_names_the_row() -> None:
    out = StringIO()
    call_command("audit", "verify", stdout=out)
    assert "intact: 9 entries" in out.getvalue()

    _entry(0).delete()
    with pytest.raises(CommandError, match="removed: leaf 0"):
        call_command("audit", "verify")


def test_a_journey_leaves_no_personal_data_in_the_audit(cast: Cast) -> None:
    cast.decided("approve")

    text = " ".join(str(row) for row in AuditEntry.objects.values_list("action", "detail"))

    assert "王样本" not in text
    assert "19900314" not in text
    assert "17000000001" not in text
