"""A customer appeals against a refusal, and what is upheld is lifted at once (RF-06)."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from threading import Barrier
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from outlets.models import Channel, Post
from outlets.services import channel as channels
from portal.models import AuditEntry, User
from registration import flow
from registration.models import Appeal, Application, CarrierOrder
from registration.services import appeal, erasure, story
from tests.cast import Cast
from tests.registration import units

pytestmark = pytest.mark.django_db
UPHELD, REJECTED = Appeal.Outcome.UPHELD, Appeal.Outcome.REJECTED
WORDS, ANSWER = "样本：我用的是自己的证件", "样本：查了原件，您说得对"


@pytest.fixture(autouse=True)
def _decisions_take_effect_at_once(settings: Any) -> None:
    settings.UNDO = timedelta(0)


def refused(cast: Cast, code: str = "FORGED") -> Application:
    """Turned down at the counter; the carrier has heard that the number is free."""
    application = cast.ready()
    flow.turn_down(application, code, by=cast.clerk, now=cast.now)
    application.orders.update(status=CarrierOrder.Status.DONE)
    return fresh(application)


def made(cast: Cast, application: Application) -> Appeal:
    return appeal.make(application, "hotline", WORDS, by=cast.manager, now=cast.now)


def decide(
    cast: Cast,
    row: Appeal,
    outcome: str = UPHELD,
    *,
    by: User | None = None,
    now: datetime | None = None,
) -> None:
    appeal.decide(row, outcome, ANSWER, by=by or cast.manager, now=now or cast.now)


def fresh(application: Application) -> Application:
    return Application.objects.get(pk=application.pk)


# Taken down ------------------------------------------------------------------------------


def test_an_appeal_is_answered_within_the_days_of_the_place_s_policy(cast: Cast) -> None:
    first = made(cast, refused(cast))
    cast.policy("appeal.answer_days", 7)
    second = made(cast, refused_order(cast))

    today = timezone.localdate(cast.now)
    assert (first.due_date, second.due_date) == (
        today + timedelta(days=15),
        today + timedelta(days=7),
    )
    assert Appeal.objects.get(pk=first.pk).words == WORDS


def test_only_a_refusal_is_appealed_against(cast: Cast) -> None:
    with pytest.raises(appeal.NotRefused):
        made(cast, cast.in_review())


def test_a_second_appeal_waits_for_the_first_one_s_answer(cast: Cast) -> None:
    application = refused(cast)
    first = made(cast, application)

    with pytest.raises(appeal.AlreadyOpen):
        made(cast, application)
    decide(cast, first, REJECTED)

    assert made(cast, application).pk != first.pk


def test_nobody_appeals_against_what_was_lifted(cast: Cast) -> None:
    application = refused(cast)
    decide(cast, made(cast, application), UPHELD)

    with pytest.raises(appeal.AlreadyUpheld):
        made(cast, application)


def test_what_is_erased_cannot_be_looked_into(cast: Cast) -> None:
    application = refused(cast, "EXPIRED")
    erasure.erase(application, now=cast.now + timedelta(days=31))

    with pytest.raises(appeal.Erased):
        made(cast, fresh(application))


def test_the_audit_knows_of_an_appeal_but_not_its_words(cast: Cast) -> None:
    row = made(cast, refused(cast))
    decide(cast, row)

    came, ended = AuditEntry.objects.filter(action__startswith="appeal.").order_by("pk")

    assert came.detail == {"application": row.application_id, "way": "hotline"}
    assert ended.detail == {
        "application": row.application_id,
        "outcome": "upheld",
        "lifted": True,
    }
    assert (ended.subject_id, ended.actor) == (row.pk, cast.manager)


def test_the_database_keeps_an_answer_whole_and_one_appeal_open(cast: Cast) -> None:
    row = made(cast, refused(cast))
    wrong: list[dict[str, Any]] = [
        {"outcome": "upheld"},
        {"answer": ANSWER},
        {"outcome": "maybe", "answer": ANSWER, "decided_by": cast.manager, "decided_at": cast.now},
    ]

    for changes in wrong:
        with pytest.raises(IntegrityError), transaction.atomic():
            Appeal.objects.filter(pk=row.pk).update(**changes)
    row.pk = None
    with pytest.raises(IntegrityError), transaction.atomic():
        row.save()


def test_an_appeal_goes_where_its_outlet_goes(cast: Cast) -> None:
    row = made(cast, refused(cast))

    channels.move(cast.outlet.channel, cast.other_district, by=None, now=cast.now)

    moved = Channel.objects.get(pk=cast.outlet.channel_id)
    assert Appeal.objects.get(pk=row.pk).channel_path == moved.path
    assert Appeal.objects.visible_to(cast.sister_manager).get() == row


# Decided ---------------------------------------------------------------------------------


def test_what_is_upheld_is_no_evidence_any_more(cast: Cast) -> None:
    application, later = refused(cast), cast.now + timedelta(days=3)
    assert application.legal_hold_at

    decide(cast, made(cast, application), now=later)

    application = fresh(application)
    assert (application.legal_hold_at, application.touched_at) == (None, later)
    assert application.status == Application.Status.REFUSED
    assert appeal.is_upheld(application)


def test_what_is_rejected_stays_as_it_was(cast: Cast) -> None:
    before = refused(cast)

    decide(cast, made(cast, before), REJECTED, now=cast.now + timedelta(days=3))

    after = fresh(before)
    assert after.legal_hold_at == before.legal_hold_at
    assert after.touched_at == before.touched_at
    assert not appeal.is_upheld(after)


def test_an_answer_is_given_once(cast: Cast) -> None:
    row = made(cast, refused(cast))
    decide(cast, row, REJECTED)

    with pytest.raises(appeal.Answered):
        decide(cast, row, UPHELD, by=cast.head_manager)

    assert Appeal.objects.get().outcome == REJECTED
    assert Application.objects.get().legal_hold_at


def now_manager(cast: Cast, name: str) -> Any:
    """Somebody of the case who manages the district today."""
    user = getattr(cast, name)
    Post.objects.filter(user=user).update(channel=cast.district, role=Post.Role.MANAGER)
    return user


def test_whoever_turned_the_customer_down_does_not_answer_him(cast: Cast) -> None:
    application = cast.ready()
    flow.turn_down(application, "ABNORMAL", by=cast.colleague, now=cast.now)
    row = made(cast, application)

    for name in ("clerk", "colleague"):
        with pytest.raises(appeal.OwnWork):
            decide(cast, row, by=now_manager(cast, name))

    assert not Appeal.objects.get().outcome


def test_the_verifier_who_refused_does_not_judge_the_appeal(cast: Cast) -> None:
    row = made(cast, cast.decided("refuse", reason="ONLINE_MISMATCH"))

    with pytest.raises(appeal.OwnWork):
        decide(cast, row, by=now_manager(cast, "verifier"))
    decide(cast, row, by=cast.head_manager)

    assert Appeal.objects.get().decided_by == cast.head_manager


def test_whoever_stood_by_does_not_judge_the_appeal(cast: Cast) -> None:
    application = refused(cast)
    Application.objects.filter(pk=application.pk).update(
        assisted_by=cast.manager, assisted_at=cast.now, assisted_reason="sight"
    )

    with pytest.raises(appeal.OwnWork):
        decide(cast, made(cast, application))


# Units -----------------------------------------------------------------------------------


def refused_order(cast: Cast, reason: str = "FORGED") -> Application:
    order = units.papered(cast, units.draft(cast))
    units.number(cast, order, user="wang")
    units.matched(cast, units.submitted(cast, order))
    units.decided(cast, "refuse", reason=reason)
    CarrierOrder.objects.update(status=CarrierOrder.Status.DONE)
    return fresh(order)


def test_the_numbers_of_an_order_are_let_go_with_it(cast: Cast) -> None:
    order, later = refused_order(cast), cast.now + timedelta(days=3)
    number = order.numbers.get()
    assert number.legal_hold_at

    decide(cast, made(cast, order), now=later)

    number.refresh_from_db()
    assert (number.legal_hold_at, number.touched_at) == (None, later)
    assert appeal.is_upheld(number)


def test_a_number_that_is_evidence_for_itself_stays_evidence(cast: Cast) -> None:
    order, other = refused_order(cast), cast.now - timedelta(hours=1)
    order.numbers.update(legal_hold_at=other)

    decide(cast, made(cast, order))

    assert order.numbers.get().legal_hold_at == other


def test_a_number_that_was_refused_with_its_order_is_appealed_against_there(cast: Cast) -> None:
    number = refused_order(cast).numbers.get()

    with pytest.raises(appeal.WithItsOrder):
        made(cast, number)


# Erasure ---------------------------------------------------------------------------------


def is_due(application: Application, *, at: Any) -> bool:
    return application.pk in erasure.due(at)


def test_nothing_is_erased_while_an_appeal_waits(cast: Cast) -> None:
    application, later = refused(cast, "EXPIRED"), cast.now + timedelta(days=31)
    row = made(cast, application)

    assert not is_due(application, at=later)
    assert not erasure.erase(application, now=later)
    decide(cast, row, REJECTED, now=later)
    assert is_due(application, at=later)


def test_an_order_s_numbers_wait_for_its_appeal_too(cast: Cast) -> None:
    order, later = refused_order(cast, "ONLINE_MISMATCH"), cast.now + timedelta(days=31)
    number = order.numbers.get()
    assert is_due(number, at=later)

    made(cast, order)

    assert not is_due(number, at=later)


def test_the_days_to_the_erasure_are_counted_from_the_answer(cast: Cast) -> None:
    application, then = refused(cast), cast.now + timedelta(days=20)
    decide(cast, made(cast, application), now=then)

    assert not is_due(application, at=then + timedelta(days=30, seconds=-1))
    assert is_due(application, at=then + timedelta(days=30))


def test_the_words_and_the_answer_are_erased_and_the_outcome_stays(cast: Cast) -> None:
    application = refused(cast)
    decide(cast, made(cast, application))

    assert erasure.erase(application, now=cast.now + timedelta(days=31))

    row = Appeal.objects.get()
    assert (row.words, row.answer, row.outcome) == ("", "", UPHELD)


def test_an_appeal_that_comes_among_the_files_stops_the_erasure(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    application = refused(cast, "EXPIRED")

    def meanwhile(*_photo: Any) -> None:
        if not Appeal.objects.exists():
            made(cast, application)

    monkeypatch.setattr(erasure, "_erase_files", meanwhile)

    assert not erasure.erase(application, now=cast.now + timedelta(days=31))
    assert fresh(application).parties.exists()


# The story -------------------------------------------------------------------------------


def test_the_story_tells_that_an_appeal_came_and_how_it_ended(cast: Cast) -> None:
    application = refused(cast)
    decide(cast, made(cast, application), now=cast.now + timedelta(hours=1))

    told = [(event.title, event.who, event.state) for event in story.tell(application)]

    assert told[-2:] == [
        ("客户申诉", cast.manager, "note"),
        ("申诉成立", cast.manager, "pass"),
    ]


# Two at once -----------------------------------------------------------------------------


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_of_two_managers_who_decide_at_once_one_wins_and_the_other_hears_it() -> None:
    cast = Cast()
    row, start = made(cast, refused(cast)), Barrier(2)
    managers = {UPHELD: cast.manager, REJECTED: cast.head_manager}

    def at_once(outcome: str) -> str:
        start.wait()
        try:
            decide(cast, row, outcome, by=managers[Appeal.Outcome(outcome)])
        except appeal.Answered:
            return ""
        finally:
            connection.close()
        return outcome

    with ThreadPoolExecutor(2) as pool:
        won = "".join(pool.map(at_once, managers))

    assert won == Appeal.objects.get().outcome
    assert (Application.objects.get().legal_hold_at is None) is (won == UPHELD)
    assert AuditEntry.objects.filter(action="appeal.decided").count() == 1


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_a_double_click_takes_one_appeal_down() -> None:
    cast = Cast()
    application, start = refused(cast), Barrier(2)

    def click(_number: int) -> bool:
        start.wait()
        try:
            made(cast, application)
        except appeal.AlreadyOpen:
            return False
        finally:
            connection.close()
        return True

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(click, range(2))) == [False, True]

    assert Appeal.objects.count() == 1
