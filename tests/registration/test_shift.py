"""A verifier, or a whole team, finishes what is in hand and goes, and comes again."""

from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse

from outlets.models import Post
from outlets.services.right import NotYours
from portal.models import AuditEntry, User
from registration import flow
from registration.models import Application, Decision, Review
from registration.services import review, shift, supervision
from tests.cast import Cast

pytestmark = pytest.mark.django_db

RETURN: dict[str, Any] = {
    "verdict": Decision.Verdict.RETURN,
    "reason": Decision.Reason.IMAGE_UNREADABLE,
    "items": ["id_front"],
}


def drain(cast: Cast, user: User | None = None) -> None:
    """Asked for by head office; the verifier's next click knows of it."""
    user = user or cast.verifier
    shift.drain(_post(user), by=cast.head_manager, now=cast.now)
    user.post = _post(user)


def page(cast: Cast, user: User | None = None, name: str = "supervision") -> str:
    answer = cast.signed_in(user or cast.head_manager).get(reverse(name))
    found: str = answer.content.decode()
    return found


def _post(user: User) -> Post:
    post: Post = Post.objects.select_related("channel", "user", "paused_by").get(user=user)
    return post


def _entries(action: str) -> list[int | None]:
    found = AuditEntry.objects.filter(action=action).order_by("pk")
    return list(found.values_list("subject_id", flat=True))


# One verifier --------------------------------------------------------------------------------


def test_who_is_drained_finishes_and_gets_nothing_new(cast: Cast) -> None:
    cast.queued()
    cast.queued(minutes=1)
    case = cast.claimed()

    drain(cast)

    assert review.claim(cast.verifier, now=cast.now) == case
    flow.decide(case, claim_no=case.claim_no, by=cast.verifier, now=cast.now, **RETURN)
    assert review.claim(cast.verifier, now=cast.now) is None


def test_what_would_have_come_to_them_is_anybody_s(cast: Cast) -> None:
    case = cast.queued()
    later = cast.now + timedelta(minutes=5)
    Review.objects.filter(pk=case.pk).update(kept_for=cast.verifier, kept_until=later)

    drain(cast)

    assert cast.claimed(cast.second_verifier) == case


def test_what_they_send_back_comes_to_a_colleague(cast: Cast) -> None:
    application = cast.queued().application
    case = cast.claimed()
    drain(cast)
    flow.decide(case, claim_no=case.claim_no, by=cast.verifier, now=cast.now, **RETURN)
    Application.objects.filter(pk=application.pk).update(
        status=Application.Status.IN_REVIEW, round=2, redo=[]
    )
    application.refresh_from_db()

    again = review.enqueue(application, now=cast.now)

    assert again.kept_for is None
    assert cast.claimed(cast.second_verifier) == again


def test_what_they_have_in_hand_stays_under_its_token(cast: Cast) -> None:
    cast.queued()
    case = cast.claimed()
    until = cast.now + timedelta(minutes=1)
    Review.objects.filter(pk=case.pk).update(kept_for=cast.verifier, kept_until=until)

    drain(cast)

    until = review.heartbeat(case, claim_no=case.claim_no, by=cast.verifier, now=cast.now)
    assert until > cast.now
    assert review.claim(cast.second_verifier, now=cast.now) is None


def test_what_they_put_back_does_not_come_again(cast: Cast) -> None:
    cast.queued()
    case = cast.claimed()
    drain(cast)

    review.release(case, claim_no=case.claim_no, by=cast.verifier, now=cast.now)

    assert review.claim(cast.verifier, now=cast.now) is None


def test_asking_twice_is_asking_once(cast: Cast) -> None:
    drain(cast)
    first = _post(cast.verifier).paused_at

    shift.drain(_post(cast.verifier), by=cast.administrator, now=cast.now + timedelta(hours=1))

    again = _post(cast.verifier)
    assert (again.paused_at, again.paused_by) == (first, cast.head_manager)
    assert _entries("post.drained") == [again.pk]


def test_who_goes_on_gets_cases_again(cast: Cast) -> None:
    case = cast.queued()
    drain(cast)

    for _click in range(2):
        shift.resume(_post(cast.verifier), by=cast.head_manager, now=cast.now)

    cast.verifier.post = _post(cast.verifier)
    assert cast.verifier.post.paused_by is None
    assert cast.claimed() == case
    assert _entries("post.resumed") == [cast.verifier.post.pk]


def test_who_is_stopped_at_once_loses_what_is_in_hand(cast: Cast) -> None:
    cast.queued()
    case = cast.claimed()

    shift.pause(_post(cast.verifier), by=cast.head_manager, now=cast.now)

    with pytest.raises(review.TakenAway):
        review.heartbeat(case, claim_no=case.claim_no, by=cast.verifier, now=cast.now)
    assert cast.claimed(cast.second_verifier) == case
    assert _entries("review.taken_away") == [case.pk]
    assert _entries("post.drained") == [_post(cast.verifier).pk]


def test_who_finishes_too_slowly_is_stopped_all_the_same(cast: Cast) -> None:
    cast.queued()
    case = cast.claimed()
    drain(cast)

    shift.pause(_post(cast.verifier), by=cast.head_manager, now=cast.now)

    assert cast.claimed(cast.second_verifier) == case


def test_a_gold_case_that_is_taken_back_stays_its_verifier_s(cast: Cast) -> None:
    case = cast.queued()
    Review.objects.filter(pk=case.pk).update(
        kind="gold",
        stands=False,
        known_verdict="approve",
        kept_for=cast.verifier,
        kept_until=cast.now + timedelta(days=9),
    )
    cast.claimed()

    shift.pause(_post(cast.verifier), by=cast.head_manager, now=cast.now)

    case.refresh_from_db()
    assert (case.claimed_by, case.kept_for) == (None, cast.verifier)


def test_a_district_s_manager_drains_no_verifier_of_the_province(cast: Cast) -> None:
    post = _post(cast.verifier)

    for verb in (shift.drain, shift.pause, shift.resume):
        with pytest.raises(NotYours):
            verb(post, by=cast.manager, now=cast.now)
    for whole in (shift.drain_team, shift.resume_team):
        with pytest.raises(NotYours):
            whole(cast.province, by=cast.manager, now=cast.now)


def test_nothing_is_assigned_to_who_is_drained_and_the_refusal_says_why(cast: Cast) -> None:
    case = cast.queued()
    drain(cast)

    with pytest.raises(supervision.GetsNothing) as refusal:
        supervision.assign(
            case, _post(cast.verifier), claim_no=0, by=cast.head_manager, now=cast.now
        )

    assert str(refusal.value.text) == "样本审核在收尾，不再派新单。"


# A team --------------------------------------------------------------------------------------


def test_a_team_is_drained_and_goes_on_together(cast: Cast) -> None:
    team, stranger = (cast.verifier, cast.second_verifier), cast.far_verifier
    drain(cast)

    many = shift.drain_team(cast.province, by=cast.head_manager, now=cast.now)

    assert many == 1  # the other was drained before
    assert all(_post(user).paused_at for user in team)
    assert _post(stranger).paused_at is None
    assert shift.resume_team(cast.province, by=cast.head_manager, now=cast.now) == len(team)
    assert not any(_post(user).paused_at for user in team)


def test_the_buttons_do_it_and_undo_it(cast: Cast) -> None:
    client, node = cast.signed_in(cast.head_manager), cast.province.pk
    one = _post(cast.verifier).pk

    client.post(reverse("verifier_drain", args=[one]))
    drained = _post(cast.verifier).paused_by
    client.post(reverse("verifier_resume", args=[one]))
    resumed = _post(cast.verifier).paused_at
    client.post(reverse("team_drain", args=[node]))
    with_team = _post(cast.verifier).paused_by
    client.post(reverse("team_resume", args=[node]))

    assert (drained, resumed, with_team) == (cast.head_manager, None, cast.head_manager)
    assert _post(cast.verifier).paused_at is None


# What the pages say --------------------------------------------------------------------------


def test_the_supervisor_sees_who_finishes_and_who_is_done(cast: Cast) -> None:
    cast.queued()
    case = cast.claimed()
    drain(cast)

    before = page(cast)
    flow.decide(case, claim_no=case.claim_no, by=cast.verifier, now=cast.now, **RETURN)

    assert ("收尾中" in before, "已收尾" in before) == (True, False)
    after = page(cast)
    assert ("收尾中" in after, "已收尾" in after) == (False, True)


def test_the_page_hears_at_once_that_somebody_is_done(cast: Cast) -> None:
    looked_at_again = cast.queued()  # which the list of what is waited for leaves out
    Review.objects.filter(pk=looked_at_again.pk).update(kind="second", stands=False, cause="tier")
    case = cast.claimed()
    drain(cast)
    client, url = cast.signed_in(cast.head_manager), reverse("supervision_live")
    tag = client.get(url).headers["ETag"]

    review.release(case, claim_no=case.claim_no, by=cast.verifier, now=cast.now)

    assert client.get(url, headers={"If-None-Match": tag}).status_code == 200


def test_the_desk_says_who_asked_and_how_to_go_on(cast: Cast) -> None:
    cast.queued()
    case = cast.claimed()
    drain(cast)

    holding = page(cast, cast.verifier, "desk")
    review.release(case, claim_no=case.claim_no, by=cast.verifier, now=cast.now)
    empty_handed = page(cast, cast.verifier, "desk")

    assert "审完这一单就好，不再派新单" in holding
    assert "继续审核" in holding
    assert "你已收尾，不再派新单" in empty_handed
    assert all("请找总部经理恢复派单" in text for text in (holding, empty_handed))
    assert "领取下一单" not in empty_handed


def test_who_asks_for_a_case_all_the_same_is_not_told_that_none_waits(cast: Cast) -> None:
    cast.queued()
    drain(cast)

    answer = cast.signed_in(cast.verifier).post(reverse("review_claim"), follow=True)

    text = answer.content.decode()
    assert "你已收尾，不再派新单" in text
    assert "现在没有等待审核的受理单" not in text
