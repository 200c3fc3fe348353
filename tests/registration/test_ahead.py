"""The next case, reserved while the one in hand is about to be decided."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from outlets.models import Post
from portal.models import AuditEntry
from registration.models import Photo, Review
from registration.services import ahead, review, shift, supervision
from tests.cast import Cast
from tests.pictures import look

pytestmark = pytest.mark.django_db


@pytest.fixture
def three(cast: Cast) -> list[Review]:
    """Three cases wait, the first longest."""
    return [cast.queued(minutes=minute) for minute in range(3)]


def reserve(cast: Cast, case: Review, *, seconds: int = 0) -> Review | None:
    at = cast.now + timedelta(seconds=seconds)
    return ahead.reserve(case, claim_no=case.claim_no, by=cast.verifier, now=at)


def claim(cast: Cast, *, seconds: int = 0) -> Review | None:
    """By a colleague."""
    return review.claim(cast.second_verifier, now=cast.now + timedelta(seconds=seconds))


# Whose it is ---------------------------------------------------------------------------------


def test_a_reserved_case_goes_to_nobody_else_and_comes_next(
    cast: Cast, three: list[Review]
) -> None:
    case = cast.claimed()

    assert reserve(cast, case) == three[1]

    assert claim(cast) == three[2]
    assert review.held(cast.verifier, now=cast.now) == case
    review.release(case, claim_no=case.claim_no, by=cast.verifier, now=cast.now)
    assert review.claim(cast.verifier, now=cast.now) == three[1]


def test_a_reservation_is_no_claim(cast: Cast, three: list[Review]) -> None:
    reserve(cast, cast.claimed())

    three[1].refresh_from_db()
    assert (three[1].claim_no, three[1].claimed_by, three[1].lease_until) == (0, None, None)


def test_after_a_minute_it_is_everybodys_again(cast: Cast, three: list[Review]) -> None:
    reserve(cast, cast.claimed())

    assert claim(cast, seconds=60) == three[1]


def test_asking_again_prolongs_nothing(cast: Cast, three: list[Review]) -> None:
    case = cast.claimed()
    reserve(cast, case)

    assert reserve(cast, case, seconds=50) == three[1]

    assert claim(cast, seconds=60) == three[1]


def test_the_last_one_that_waits_is_left_to_whoever_is_free(cast: Cast) -> None:
    cast.queued()
    last = cast.queued(minutes=1)

    assert reserve(cast, cast.claimed()) is None
    assert claim(cast) == last


def test_what_another_sent_back_is_not_taken_from_them(cast: Cast, three: list[Review]) -> None:
    case = cast.claimed()
    Review.objects.filter(pk=three[1].pk).update(kept_for=cast.second_verifier)

    assert reserve(cast, case) is None


def test_what_comes_back_to_the_verifier_stays_before_anything_else(
    cast: Cast, three: list[Review]
) -> None:
    case = cast.claimed()
    kept_until = cast.now + timedelta(hours=1)
    Review.objects.filter(pk=three[2].pk).update(kept_for=cast.verifier, kept_until=kept_until)

    assert reserve(cast, case) is None
    three[2].refresh_from_db()
    assert three[2].kept_until == kept_until


def test_nobody_reserves_two(cast: Cast, three: list[Review]) -> None:
    reserve(cast, cast.claimed())

    with pytest.raises(IntegrityError, match=r"one_case_reserved_per_verifier|kept_for"):
        Review.objects.filter(pk=three[2].pk).update(
            kept_for=cast.verifier, kept_until=cast.now, reserved_at=cast.now
        )


def test_who_holds_nothing_reserves_nothing(cast: Cast, three: list[Review]) -> None:
    case = cast.claimed()

    with pytest.raises(review.LeaseLost):
        reserve(cast, case, seconds=60 * 60)
    assert not Review.objects.filter(reserved_at__isnull=False).exists()


def test_a_verifier_on_pause_gives_back_and_reserves_no_more(
    cast: Cast, three: list[Review]
) -> None:
    case = cast.claimed()
    reserve(cast, case)

    shift.drain(cast.verifier.post, by=cast.head_manager, now=cast.now)

    assert claim(cast) == three[1]
    cast.verifier.post.refresh_from_db()
    assert reserve(cast, case) is None


def test_a_supervisors_word_goes_before_a_reservation(cast: Cast, three: list[Review]) -> None:
    reserve(cast, cast.claimed())

    supervision.assign(
        three[1],
        cast.second_verifier.post,
        claim_no=0,
        by=cast.head_manager,
        now=cast.now,
    )

    assert claim(cast) == three[1]


# Over HTTP -----------------------------------------------------------------------------------


@pytest.fixture
def desk(cast: Cast) -> Client:
    return cast.signed_in(cast.verifier)


def pictured(cast: Cast) -> list[Review]:
    """Three whole cases, the first in the verifier's hands."""
    made = []
    for minute, person in enumerate(("wang", "zhang", "li")):
        application = cast.in_review(person, number=f"1700000001{minute}")
        case = application.reviews.get()
        Review.objects.filter(pk=case.pk).update(queued_at=cast.now + timedelta(minutes=minute))
        made.append(case)
    return [cast.claimed(), *made[1:]]


def ask(desk: Client, case: Review) -> Any:
    url = reverse("review_ahead", kwargs={"pk": case.pk})
    return desk.post(url, {"claim_no": case.claim_no}, headers={"Accept": "application/json"})


def test_the_page_hears_where_the_next_pictures_lie_and_may_fetch_them(
    cast: Cast, desk: Client
) -> None:
    case, following, last = pictured(cast)

    _page, *pictures = ask(desk, case).json()["paths"]

    assert len(pictures) == following.application.photos.count()
    assert {desk.get(url).status_code for url in pictures} == {200}
    assert AuditEntry.objects.filter(action="photo.viewed").count() == len(pictures)
    assert not AuditEntry.objects.filter(action="identity.viewed").exists()
    other = Photo.objects.filter(application=last.application_id).first()
    assert other is not None
    assert look(desk, cast.verifier, other).status_code == 404


def test_who_has_lost_the_skill_meanwhile_fetches_no_more(cast: Cast, desk: Client) -> None:
    case, following, _last = pictured(cast)
    paths = ask(desk, case).json()["paths"]

    Review.objects.filter(pk=following.pk).update(needs_units=True)
    Post.objects.filter(user=cast.verifier).update(knows_units=False)

    assert [desk.get(url).status_code for url in paths] == [409] + [404] * (len(paths) - 1)


def test_the_page_of_a_reserved_case_stays_shut(cast: Cast, desk: Client) -> None:
    case, following, _last = pictured(cast)
    ask(desk, case)

    assert desk.get(reverse("review", kwargs={"pk": following.pk})).status_code == 409


def ready(desk: Client, case: Review) -> str:
    """Where the page of the next case lies that is made ready."""
    page: str = ask(desk, case).json()["paths"][0]
    return page


def refuse(desk: Client, case: Review) -> Any:
    """The answer to a decision."""
    said = {"claim_no": case.claim_no, "verdict": "refuse", "refuse_reason": "FORGED"}
    return desk.post(reverse("review_decide", kwargs={"pk": case.pk}), said)


def body(answer: Any) -> str:
    """The page without what differs from one answer to the next."""
    token = r'(?<=")\w{64}(?=")'
    standing = r"<span id=.standing.*?</time></span></span>"
    undo = r"<div hx-get=.*?</div>|<form [^>]*data-undo.*?</form>"
    text = re.sub(f"{token}|{standing}|{undo}", "", answer.content.decode(), flags=re.DOTALL)
    return "\n".join(line for line in text.splitlines() if line.strip())


def test_the_page_made_ready_is_the_page_that_the_decision_opens(cast: Cast, desk: Client) -> None:
    case, *_rest = pictured(cast)
    page = ready(desk, case)

    ahead_of_it = desk.get(page)
    opened = refuse(desk, case)

    assert opened["Location"] == page
    assert body(ahead_of_it) == body(desk.get(page))
    assert '<input type="hidden" name="claim_no" value="1">' in ahead_of_it.content.decode()
    assert "no-store" in ahead_of_it["Cache-Control"]


def test_a_page_made_ready_is_a_look_at_people_and_no_claim(cast: Cast, desk: Client) -> None:
    case, following, _last = pictured(cast)

    desk.get(ready(desk, case))

    seen = AuditEntry.objects.filter(action="identity.viewed")
    holder = following.application.parties.get().identity_id
    assert [(entry.subject_id, entry.actor) for entry in seen] == [(holder, cast.verifier)]
    following.refresh_from_db()
    assert (following.claim_no, following.claimed_by, following.lease_until) == (0, None, None)


def test_nobody_else_and_nobody_later_has_the_page_made_ready(cast: Cast, desk: Client) -> None:
    case, following, _last = pictured(cast)
    page = ready(desk, case)
    rows = Review.objects.filter(pk=following.pk)
    posts = Post.objects.filter(user=cast.verifier)

    assert cast.signed_in(cast.second_verifier).get(page).status_code == 409
    rows.update(needs_units=True)
    posts.update(knows_units=False)
    assert desk.get(page).status_code == 409
    posts.update(knows_units=True)
    assert desk.get(page).status_code == 200
    rows.update(kept_until=timezone.now())
    assert desk.get(page).status_code == 409


def test_its_address_is_another_for_another_login_claim_or_language(
    cast: Cast, desk: Client
) -> None:
    case, following, _last = pictured(cast)
    pages = {ready(desk, case), ready(cast.signed_in(cast.verifier), case)}

    desk.cookies["django_language"] = "en"
    pages.add(ready(desk, case))
    Review.objects.filter(pk=following.pk).update(claim_no=1)
    pages.add(ready(desk, case))

    assert len(pages) == 4


def test_the_page_made_ready_hears_afterwards_what_was_just_done(
    cast: Cast, desk: Client, settings: Any
) -> None:
    settings.UNDO = timedelta(seconds=5)
    case, following, _last = pictured(cast)
    before = desk.get(ready(desk, case)).content.decode()
    refuse(desk, case)
    refuse(desk, case)  # a double click

    url = reverse("review_since", kwargs={"pk": following.pk})
    since = desk.get(url).content.decode()

    assert url in before
    undo = reverse("review_undo", kwargs={"pk": case.pk})
    assert undo not in before
    assert undo in since
    assert "你已在" in since
    following.refresh_from_db()
    assert f'datetime="{timezone.localtime(following.claimed_at).isoformat()}"' in since


def test_deciding_opens_the_reserved_case_and_leaves_nothing_reserved(
    cast: Cast, desk: Client
) -> None:
    case, following, _last = pictured(cast)
    ask(desk, case)

    answer = refuse(desk, case)

    assert answer["Location"].startswith(reverse("review", kwargs={"pk": following.pk}))
    assert not Review.objects.filter(reserved_at__isnull=False).exists()


def test_putting_the_case_back_gives_the_reserved_one_back_too(cast: Cast, desk: Client) -> None:
    case, following, _last = pictured(cast)
    ask(desk, case)

    desk.post(reverse("review_release", kwargs={"pk": case.pk}), {"claim_no": case.claim_no})

    following.refresh_from_db()
    assert (following.kept_for, following.reserved_at) == (None, None)


def test_a_reservation_that_ran_out_does_not_come_before_what_is_urgent(
    cast: Cast, desk: Client
) -> None:
    case, following, last = pictured(cast)
    ask(desk, case)
    Review.objects.filter(pk=following.pk).update(kept_until=timezone.now())
    Review.objects.filter(pk=last.pk).update(priority=9)
    Review.objects.filter(pk=case.pk).update(lease_until=None, claimed_by=None, priority=-9)

    answer = desk.post(reverse("review_claim"))

    assert answer["Location"] == reverse("review", kwargs={"pk": last.pk})


def test_a_colleague_cannot_ask_for_it(cast: Cast, desk: Client) -> None:
    case, *_rest = pictured(cast)

    answer = ask(cast.signed_in(cast.second_verifier), case)

    assert answer.status_code == 409
    assert not Review.objects.filter(reserved_at__isnull=False).exists()
