"""Faces: who stands there with their own document, on their own yes; a machine refuses nobody."""

import io
import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from PIL import Image
from pytest_django.fixtures import Settings

from outlets.bridge.people import PEOPLE, Person
from portal import blobs
from portal.gateways import Unavailable, face
from portal.models import AuditEntry
from registration import flow, specimens, tasks
from registration.models import Application, FaceCheck, Finding, OnlineCheck, Photo, Role
from registration.services import erasure, study
from registration.services import face as faces
from tests import processes
from tests.cast import Cast
from tests.portal.services import running_face

pytestmark = pytest.mark.django_db

Result = FaceCheck.Result
Status = Application.Status


class Engine:
    """Says what it is told to and remembers what it was shown."""

    def __init__(self) -> None:
        self.said = face.Answer(face.Result.ALIKE, 0.8, 0.45, "SPECIMEN 1")
        self.fails = False
        self.shown: list[tuple[bytes, bytes]] = []
        self.keys: list[str] = []

    def compare(self, present: bytes, document: bytes, key: str) -> face.Answer:
        self.shown.append((present, document))
        self.keys.append(key)
        if self.fails:
            raise Unavailable("down")
        return self.said

    def says(self, result: str, score: float | None = None) -> None:
        self.said = face.Answer(face.Result(result), score, 0.45, "SPECIMEN 1")


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch) -> Engine:
    made = Engine()
    monkeypatch.setattr(face, "client", lambda: made)
    # What is cleaned is told by its bytes.
    monkeypatch.setattr(faces, "_clean", lambda name, _longest=0: blobs.get(name))
    return made


def submitted(application: Application, cast: Cast) -> Application:
    return flow.submit(application, by=application.clerk, key=uuid.uuid4(), now=cast.now)


def handed_in(cast: Cast, **fields: Any) -> Application:
    """Nobody has compared anything yet."""
    return submitted(cast.ready(**fields), cast)


def row(application: Application, role: str = Role.HOLDER) -> FaceCheck:
    return FaceCheck.objects.get(application=application, role=role)


def work(application: Application, cast: Cast, *, later: int = 0) -> None:
    """A worker is woken, so many seconds after the submit."""
    now = cast.now + timedelta(seconds=later)
    for check in faces.current(application).select_related("live", "page"):
        faces.compare(check, now=now)
    OnlineCheck.objects.filter(application=application).update(result="match")
    flow.advance(Application.objects.get(pk=application.pk), now=now)


def finding(application: Application) -> Finding | None:
    return Finding.objects.filter(application=application, rule="CV-05F").first()


def picture(application: Application, kind: str) -> bytes:
    return blobs.get(Photo.objects.current().get(application=application, kind=kind).original)


def drawn(cast: Cast, application: Application, kind: str, data: bytes) -> None:
    application.photos.current().filter(kind=kind).update(replaced_at=cast.now)
    cast.photo(application, kind, original=blobs.put(data))


# Whom -----------------------------------------------------------------------------------------


def test_who_stands_there_is_compared_with_their_own_document(cast: Cast, engine: Engine) -> None:
    application = cast.ready("wang")
    drawn(cast, application, "live", b"their face")
    drawn(cast, application, "id_front", b"their card")
    submitted(application, cast)

    work(application, cast)

    assert engine.shown == [(b"their face", b"their card")]
    check = row(application)
    assert (check.result, check.score, check.threshold) == (Result.ALIKE, 0.8, 0.45)
    assert (check.engine, check.portrait) == ("SPECIMEN 1", "page")


def test_of_a_proxy_the_proxy_is_compared_with_the_proxy_s_own_document(
    cast: Cast, engine: Engine
) -> None:
    application = cast.ready("wang", proxy="li")
    drawn(cast, application, "proxy_live", b"the proxy's face")
    drawn(cast, application, "proxy_id_front", b"the proxy's card")
    submitted(application, cast)

    work(application, cast)

    assert engine.shown == [(b"the proxy's face", b"the proxy's card")]
    assert [one.role for one in faces.results(application)] == ["proxy"]


def test_a_guardian_is_compared_and_the_child_is_not(cast: Cast, engine: Engine) -> None:
    application = submitted(cast.ready("tong", guardian="tongfu"), cast)

    work(application, cast)

    assert [one.role for one in faces.results(application)] == ["guardian"]


def test_the_chip_s_own_portrait_is_compared_where_it_can_be_decoded(
    cast: Cast, engine: Engine
) -> None:
    application, wang = cast.ready(), PEOPLE["wang"]
    parts = {"block": wang.block(), "jpeg": portrait(wang)}
    cast.read(application, wang, parts=parts, source="fields")
    application.refresh_from_db()
    cast.signed(application)
    drawn(cast, application, "live", b"their face")
    submitted(application, cast)

    work(application, cast)

    [(present, document)] = engine.shown
    assert present == b"their face"
    assert Image.open(io.BytesIO(document)).size == (102, 126)
    assert row(application).portrait == "chip"


# Consent --------------------------------------------------------------------------------------


def test_who_said_no_is_shown_to_no_engine_and_nothing_waits(cast: Cast, engine: Engine) -> None:
    application = cast.ready(outlet=cast.hall, by=cast.hall_clerk)
    cast.signed(application, face=False)
    submitted(application, cast)

    work(application, cast)

    assert engine.shown == []
    assert row(application).result == Result.NOT_COMPARED
    assert finding(application) is None  # CV-05 says it of the customer's own no
    assert Finding.objects.filter(application=application, rule="CV-05").exists()


def test_a_yes_that_is_taken_back_before_the_worker_comes_counts(
    cast: Cast, engine: Engine
) -> None:
    application = handed_in(cast)
    application.consents.filter(kind="face").update(given=False)

    work(application, cast)

    assert engine.shown == []
    assert row(application).result == Result.NOT_COMPARED


def test_a_transferor_who_did_not_sign_is_compared_by_people(cast: Cast, engine: Engine) -> None:
    application = submitted(cast.asking("transfer", "wang", "li"), cast)

    work(application, cast)

    assert len(engine.shown) == 1
    assert row(application, Role.TRANSFEROR).result == Result.NOT_COMPARED
    found = finding(application)
    assert found is not None
    assert (found.role, found.severity) == ("transferor", "review")


def test_without_a_signature_nothing_is_compared(cast: Cast, engine: Engine) -> None:
    application = cast.ready()
    application.consents.all().delete()

    faces.ask(application, now=cast.now)
    faces.compare(row(application), now=cast.now)

    assert engine.shown == []
    assert row(application).result == Result.NOT_COMPARED


# What follows -------------------------------------------------------------------------------


def test_alike_needs_nobody(cast: Cast, engine: Engine) -> None:
    application = handed_in(cast)

    work(application, cast)

    assert finding(application) is None
    assert Application.objects.get(pk=application.pk).status == Status.IN_REVIEW


@pytest.mark.parametrize(
    ("result", "score"),
    [("unsure", 0.4), ("differs", 0.1), ("no_face", None), ("several", None)],
)
def test_below_the_threshold_a_person_looks_and_may_approve(
    cast: Cast, engine: Engine, result: str, score: float | None
) -> None:
    application = handed_in(cast)
    engine.says(result, score)

    work(application, cast)

    found = finding(application)
    assert found is not None
    assert (found.severity, found.role) == ("review", "holder")
    application.refresh_from_db()
    assert application.status == Status.IN_REVIEW
    assert flow.hindrance(application, now=cast.now) is None


def test_the_audit_keeps_score_engine_and_threshold_and_no_picture(
    cast: Cast, engine: Engine
) -> None:
    application = handed_in(cast)

    work(application, cast)

    entry = AuditEntry.objects.get(action="face.compared")
    assert entry.subject_id == application.pk
    assert entry.detail == {
        "role": "holder",
        "result": "alike",
        "score": 0.8,
        "threshold": 0.45,
        "engine": "SPECIMEN 1",
        "portrait": "page",
    }


def test_nothing_of_a_face_is_stored() -> None:
    kinds = {field.get_internal_type() for field in FaceCheck._meta.concrete_fields}

    assert not kinds & {"BinaryField", "TextField", "JSONField"}


# When ---------------------------------------------------------------------------------------


def test_a_case_waits_for_its_faces_and_goes_on_when_they_are_compared(
    cast: Cast, engine: Engine
) -> None:
    application = handed_in(cast)
    OnlineCheck.objects.update(result="match")
    flow.advance(application, now=cast.now)
    assert Application.objects.get(pk=application.pk).status == Status.SUBMITTED

    tasks.compare_faces(application_id=application.pk)
    tasks.advance(application_id=application.pk)

    assert Application.objects.get(pk=application.pk).status == Status.IN_REVIEW


def test_an_engine_that_is_down_holds_a_case_up_for_a_minute_and_no_longer(
    cast: Cast, engine: Engine
) -> None:
    application = handed_in(cast)
    engine.fails = True
    work(application, cast)
    assert row(application).result == Result.UNAVAILABLE
    assert Application.objects.get(pk=application.pk).status == Status.SUBMITTED

    flow.advance(application, now=cast.now + study.PATIENCE)

    assert Application.objects.get(pk=application.pk).status == Status.IN_REVIEW
    found = finding(application)
    assert found is not None
    assert "没有回应" in found.reason


def test_an_answer_that_comes_late_takes_the_place_of_the_finding(
    cast: Cast, engine: Engine
) -> None:
    application = handed_in(cast)
    OnlineCheck.objects.update(result="match")
    flow.advance(application, now=cast.now + study.PATIENCE)
    assert finding(application) is not None

    tasks.compare_faces(application_id=application.pk)

    assert finding(application) is None


def test_the_same_question_is_asked_with_the_same_key_and_not_too_often(
    cast: Cast, engine: Engine
) -> None:
    application = handed_in(cast)
    engine.fails = True

    for later in (0, 1, 15, 16, 45):
        check = row(application)
        if check.due_at <= cast.now + timedelta(seconds=later):
            faces.compare(check, now=cast.now + timedelta(seconds=later))

    assert len(engine.keys) == 3
    assert len(set(engine.keys)) == 1


def test_a_worker_that_was_killed_leaves_its_face_to_the_next_one(
    cast: Cast, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    application = handed_in(cast)
    monkeypatch.setattr(engine, "compare", _die)
    with pytest.raises(KeyboardInterrupt):
        faces.compare(row(application), now=cast.now)
    monkeypatch.undo()

    assert row(application).result == Result.WAITING
    assert row(application).due_at == cast.now + faces.LEASE


def test_of_two_workers_one_asks(cast: Cast, engine: Engine) -> None:
    application = handed_in(cast)
    check, same = row(application), row(application)

    assert faces.compare(check, now=cast.now)
    assert not faces.compare(same, now=cast.now)

    assert len(engine.shown) == 1


def test_a_new_picture_of_the_face_or_the_card_is_compared_anew(cast: Cast, engine: Engine) -> None:
    application = handed_in(cast)
    engine.says("differs", 0.1)
    work(application, cast)
    engine.says("alike", 0.9)

    for kind in ("live", "id_front"):
        drawn(cast, application, kind, b"another")
        assert faces.results(application) == []
        faces.ask(application, now=cast.now)
        work(application, cast)

        assert [one.result for one in faces.results(application)] == ["alike"]
    faces.ask(application, now=cast.now)
    assert FaceCheck.objects.filter(application=application).count() == 3


def test_a_submit_costs_one_row_for_all_faces(
    cast: Cast, django_assert_num_queries: Callable[..., Any]
) -> None:
    application = cast.ready()

    with django_assert_num_queries(3):  # pictures, consent, rows
        faces.ask(application, now=cast.now)

    with django_assert_num_queries(1):
        faces.results(application)


# Afterwards ---------------------------------------------------------------------------------


def test_scores_go_when_what_came_to_nothing_is_erased(cast: Cast, engine: Engine) -> None:
    application = handed_in(cast)
    work(application, cast)
    case = cast.claimed()
    flow.decide(
        case,
        claim_no=case.claim_no,
        verdict="refuse",
        reason="FORGED",
        by=cast.verifier,
        now=cast.now,
    )
    # The carrier has heard that the number is free; nobody keeps the forged card as evidence.
    application.orders.update(status="done")
    Application.objects.filter(pk=application.pk).update(legal_hold_at=None)

    assert erasure.erase(
        Application.objects.get(pk=application.pk), now=cast.now + timedelta(days=31)
    )

    assert not FaceCheck.objects.exists()


# Real processes -----------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_a_real_worker_compares_with_the_embedded_engine_after_another_was_killed() -> None:
    cast = Cast()
    application = shown(cast)
    with processes.running(processes.worker(beat=False)) as first:
        first.kill()
        submitted(application, cast)

    with processes.running(processes.worker()):
        assert processes.eventually(lambda: row(application).checked_at is not None)

    check = row(application)
    assert check.result == Result.ALIKE
    assert check.score is not None
    assert check.score >= 0.45


def test_a_picture_really_goes_to_another_system(cast: Cast, settings: Settings) -> None:
    application = shown(cast)
    submitted(application, cast)
    with running_face() as service:
        settings.FACE_URL = service.url

        faces.compare(row(application), now=cast.now)

    assert (row(application).result, row(application).engine) == (Result.ALIKE, "DEMO 1.0")


def shown(cast: Cast) -> Application:
    """Lacks nothing but the submit, with a face on the pictures."""
    application = cast.ready("wang")
    drawn(cast, application, "live", specimens.live_photo(PEOPLE["wang"], (600, 800)))
    drawn(cast, application, "id_front", specimens.id_front(PEOPLE["wang"], (1100, 694)))
    return application


def portrait(person: Person) -> bytes:
    """As some vendors' services give it."""
    out = io.BytesIO()
    specimens.bust(person, (102, 126)).save(out, "JPEG")
    return out.getvalue()


def _die(*_args: object) -> None:
    raise KeyboardInterrupt
