"""What came to nothing is erased after its days, provably and for good (RF-07, C-18)."""

from collections.abc import Callable
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.core.files.storage import storages
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from portal import blobs
from portal.fields import BlindIndexField, EncryptedField
from portal.models import AuditEntry
from portal.services import audit
from registration import flow, health, tasks
from registration.models import (
    Application,
    CarrierOrder,
    Challenge,
    Decision,
    Erasure,
    Identity,
    Judgement,
    Party,
    Photo,
)
from registration.services import erasure, policy
from registration.services.likeness import LOOKS
from tests.cast import Cast

pytestmark = pytest.mark.django_db
Ended = Callable[[Cast], Application]


def abandoned(cast: Cast) -> Application:
    application = cast.ready()
    flow.abandon(application, by=cast.clerk, now=cast.now)
    return application


def turned_down(cast: Cast) -> Application:
    application = cast.ready(proxy="li")
    flow.turn_down(application, "EXPIRED", by=cast.clerk, now=cast.now)
    return application


def refused(cast: Cast) -> Application:
    application = cast.decided("refuse", reason="ONLINE_MISMATCH", note="样本备注")
    made = Decision.objects.get()
    flow.settle(made, now=cast.now + timedelta(minutes=5))
    application.refresh_from_db()
    return application


@pytest.fixture(autouse=True)
def _empty_storage(settings: Any, tmp_path: Path) -> None:
    options = {"location": str(tmp_path / "evidence")}
    evidence = {"BACKEND": settings.STORAGES["evidence"]["BACKEND"], "OPTIONS": options}
    settings.STORAGES = {**settings.STORAGES, "evidence": evidence}


# When ------------------------------------------------------------------------------------


@pytest.mark.parametrize(("seconds", "is_due"), [(-1, False), (0, True)])
def test_thirty_days_are_thirty_days_to_the_second(cast: Cast, seconds: int, is_due: bool) -> None:
    application = _released(abandoned(cast))
    then = application.touched_at + timedelta(days=30, seconds=seconds)

    assert (application.pk in list(erasure.due(then))) is is_due
    assert erasure.erase(application, now=then) is is_due


def test_a_province_may_set_other_days(cast: Cast) -> None:
    application = _released(abandoned(cast))
    policy.put(
        cast.province,
        "retention.refused_days",
        7,
        from_date=timezone.localdate(cast.now),
        reason="样本",
        by=cast.administrator,
        now=cast.now,
    )

    assert erasure.erase(application, now=cast.now + timedelta(days=8))
    assert Erasure.objects.get().after_days == 7


def test_what_a_picture_looks_like_goes_with_it(cast: Cast) -> None:
    application = _released(refused(cast))
    application.photos.update(quality={LOOKS: "00ff", "focus": 9.0})

    erasure.erase(application, now=_later(cast))

    assert set(application.photos.values_list("quality__looks", "quality__focus")) == {(None, None)}


@pytest.mark.parametrize("end", [abandoned, turned_down, refused])
def test_a_decision_starts_the_days(cast: Cast, end: Ended) -> None:
    application = _released(end(cast))

    assert list(erasure.due(_later(cast))) == [application.pk]


def test_what_waits_or_is_served_is_not_erased(cast: Cast) -> None:
    cast.ready()
    cast.in_review("li", number="17000000002")

    assert list(erasure.due(_later(cast))) == []


def test_evidence_is_never_erased(cast: Cast) -> None:
    application = cast.ready()
    flow.turn_down(application, "FORGED", by=cast.clerk, now=cast.now)
    _released(application)

    assert list(erasure.due(_later(cast))) == []
    assert not erasure.erase(application, now=_later(cast))
    assert application.parties.exists()


def test_a_number_that_the_carrier_has_yet_to_hear_of_waits(cast: Cast) -> None:
    application = abandoned(cast)

    assert not erasure.erase(application, now=_later(cast))
    _released(application)
    assert erasure.erase(application, now=_later(cast))


# What ------------------------------------------------------------------------------------


@pytest.mark.parametrize("end", [abandoned, turned_down, refused])
def test_nothing_of_the_person_is_left_in_the_database_or_on_the_disk(
    cast: Cast, end: Ended
) -> None:
    application = _released(end(cast))
    assert _files()

    erasure.erase(application, now=_later(cast))

    application.refresh_from_db()
    assert _files() == []
    for model in (Party, Identity, Challenge, Judgement):
        assert not model.objects.exists()
    assert (application.number, application.number_index, application.iccid) == (None, "", "")
    assert {order.number for order in CarrierOrder.objects.all()} == {""}
    assert not Decision.objects.filter(note__isnull=False).exists()


def test_the_reason_the_times_and_the_proof_stay(cast: Cast) -> None:
    application = _released(turned_down(cast))
    hashes = sorted(application.photos.values_list("sha256", flat=True))

    erasure.erase(application, now=_later(cast))

    proof = Erasure.objects.get()
    entry = AuditEntry.objects.get(action="application.erased")
    assert application.turndown.code == "EXPIRED"
    assert proof.pictures_digest == sha256("\n".join(hashes).encode()).hexdigest()
    assert (proof.pictures, proof.people, proof.after_days) == (len(hashes), 2, 30)
    assert entry.detail["pictures_digest"] == proof.pictures_digest
    assert entry.detail["record"] == proof.record
    assert sorted(application.photos.values_list("sha256", flat=True)) == hashes
    assert application.consents.count() == 4


def test_the_record_is_of_this_person_and_no_other(cast: Cast) -> None:
    first, second = _released(abandoned(cast)), cast.ready("li", number="17000000002")
    flow.abandon(second, by=cast.clerk, now=cast.now)
    _released(second)

    for application in (first, second):
        erasure.erase(application, now=_later(cast))

    assert len(set(Erasure.objects.values_list("record", flat=True))) == 2


def test_every_encrypted_or_keyed_column_of_a_case_is_spoken_for() -> None:
    """A new table with personal data fails here until ``erasure`` knows it."""
    for model in apps.get_app_config("registration").get_models():
        names = {
            field.name
            for field in model._meta.concrete_fields
            if isinstance(field, EncryptedField | BlindIndexField)
        }
        known = (*erasure.GONE, *erasure.EMPTY_BEFORE, *erasure.ELSEWHERE)
        if names and model.__name__ not in known:
            assert names == set(erasure.EMPTIED.get(model.__name__, ())), model


# Again, and in between -------------------------------------------------------------------


def test_erasing_twice_is_erasing_once(cast: Cast) -> None:
    application = _released(abandoned(cast))

    first = erasure.erase(application, now=_later(cast))
    second = erasure.erase(application, now=_later(cast))

    assert (first, second) == (True, False)
    assert Erasure.objects.count() == 1
    assert list(erasure.due(_later(cast))) == []


def test_killed_among_the_pictures_the_next_run_goes_on(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    application = _released(abandoned(cast))
    count = application.photos.count()
    _killed_after(3, monkeypatch)
    with pytest.raises(KeyboardInterrupt):
        erasure.erase(application, now=_later(cast))
    assert _files()
    assert Party.objects.exists()
    monkeypatch.undo()

    assert erasure.erase(application, now=_later(cast))

    assert _files() == []
    assert Erasure.objects.get().pictures == count


def test_killed_among_the_rows_nothing_is_half_gone(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    application = _released(abandoned(cast))

    def killed(*_args: Any, **_kwargs: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(audit, "record", killed)
    with pytest.raises(KeyboardInterrupt), transaction.atomic():
        erasure.erase(application, now=_later(cast))
    assert Party.objects.exists()
    assert not Erasure.objects.exists()
    monkeypatch.undo()

    assert erasure.erase(application, now=_later(cast))


def test_a_file_that_is_gone_already_is_no_obstacle(cast: Cast) -> None:
    application = _released(abandoned(cast))
    blobs.delete(application.photos.get(kind="live").view)

    assert erasure.erase(application, now=_later(cast))


def test_a_storage_that_is_away_is_tried_again(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    application = _released(abandoned(cast))
    Application.objects.update(touched_at=timezone.now() - timedelta(days=31))

    def away(_name: str) -> None:
        raise blobs.BlobUnavailable

    monkeypatch.setattr(blobs, "delete", away)
    tasks.erase(application_id=application.pk)
    assert not Erasure.objects.exists()
    monkeypatch.undo()
    rung: list[int] = []
    monkeypatch.setattr(tasks, "ring", lambda _task, application_id: rung.append(application_id))
    tasks.erase_due()
    tasks.erase(application_id=application.pk)

    assert rung == [application.pk]
    assert Erasure.objects.exists()


def test_a_picture_that_nobody_worked_on_is_not_looked_for_afterwards(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    application = cast.ready()
    Photo.objects.filter(kind="live").update(
        status=Photo.Status.RECEIVED, view="", taken_at=timezone.now() - timedelta(days=1)
    )
    flow.abandon(application, by=cast.clerk, now=cast.now)
    erasure.erase(_released(application), now=_later(cast))
    rung: list[str] = []
    monkeypatch.setattr(tasks, "ring", lambda task, **_ids: rung.append(task))

    tasks.sweep()

    assert rung == []


@pytest.mark.parametrize(("days", "state"), [(31, "pass"), (33, "block")])
def test_what_should_have_been_erased_days_ago_turns_the_health_page_red(
    cast: Cast, days: int, state: str
) -> None:
    _released(abandoned(cast))

    assert health.erasures(cast.now + timedelta(days=days)).state == state


# What must be true -----------------------------------------------------------------------


@pytest.mark.parametrize(
    "wrong", [{"status": "draft"}, {"number_index": "x"}, {"legal_hold_at": timezone.now()}]
)
def test_only_what_came_to_nothing_can_be_called_erased(cast: Cast, wrong: dict[str, Any]) -> None:
    application = _released(abandoned(cast))
    erasure.erase(application, now=_later(cast))

    with pytest.raises(IntegrityError), transaction.atomic():
        Application.objects.filter(pk=application.pk).update(**wrong)


# What is shown ---------------------------------------------------------------------------


def test_the_case_says_when_it_was_erased_and_still_tells_its_story(cast: Cast) -> None:
    application = _released(refused(cast))
    erasure.erase(application, now=_later(cast))

    page = cast.signed_in(cast.manager).get(reverse("report_case", args=[application.pk]))

    text = page.content.decode()
    day = timezone.localtime(_later(cast))
    assert f"已于 {day:%Y-%m-%d %H:%M} 按规定删除影像和证件资料" in text
    assert Erasure.objects.get().pictures_digest in text
    assert "联网核验不一致" in text
    assert "王" not in text


def test_the_case_says_that_evidence_stays(cast: Cast) -> None:
    application = cast.ready()
    flow.turn_down(application, "IMPERSONATION", by=cast.clerk, now=cast.now)

    page = cast.signed_in(cast.manager).get(reverse("report_case", args=[application.pk]))

    assert "资料作为证据保留" in page.content.decode()


def test_the_counter_s_result_survives_the_erasure(cast: Cast) -> None:
    application = _released(turned_down(cast))
    erasure.erase(application, now=_later(cast))

    page = cast.signed_in(cast.clerk).get(reverse("application_result", args=[application.pk]))

    assert page.status_code == 200


# -----------------------------------------------------------------------------------------


def _later(cast: Cast) -> Any:
    return cast.now + timedelta(days=31)


def _released(application: Application) -> Application:
    """The carrier has heard that the number is free."""
    application.orders.update(status=CarrierOrder.Status.DONE)
    application.refresh_from_db()
    return application


def _files() -> list[Path]:
    root = storages["evidence"].path("")
    return [path for path in Path(root).rglob("*") if path.is_file()]


def _killed_after(count: int, monkeypatch: pytest.MonkeyPatch) -> None:
    delete = blobs.delete
    calls: list[str] = []

    def counted(name: str) -> None:
        if len(calls) == count:
            raise KeyboardInterrupt
        calls.append(name)
        delete(name)

    monkeypatch.setattr(blobs, "delete", counted)
