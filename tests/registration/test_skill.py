"""Foreign papers and units' orders go to verifiers who know them."""

import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.apps import apps
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.urls import reverse
from django.utils import timezone

from outlets.models import Post
from outlets.services import staff
from outlets.services.right import NotYours
from portal.models import AuditEntry, User
from registration import flow
from registration.models import Application, Decision, Identity, Party, Review, Role
from registration.services import ahead, gold, looks, queue, review, shift, skill, supervision, turn
from tests.cast import Cast
from tests.outlets.places import queries
from tests.registration import units
from tests.registration.second import (
    EVERY_ONE,
    REFUSE,
    decide,
    judged,
    judged_again,
    look,
    third_verifier,
)

pytestmark = pytest.mark.django_db

FOREIGN, UNITS = Post.Skill.FOREIGN, Post.Skill.UNITS
RETURN: dict[str, Any] = {
    "verdict": Decision.Verdict.RETURN,
    "reason": Decision.Reason.IMAGE_UNREADABLE,
    "items": ["id_front"],
}


def put(cast: Cast, user: User, name: str, *, knows: bool = False) -> None:
    """By head office; the verifier's next click knows of it."""
    skill.put(_post(user), name, knows=knows, by=cast.head_manager, now=cast.now)
    user.post = Post.objects.held_by(user, timezone.localdate(cast.now)).get()


def needing(cast: Cast, *names: str, minutes: int = 0) -> Review:
    """A case in the queue that asks for these skills."""
    case = cast.queued(minutes=minutes)
    Review.objects.filter(pk=case.pk).update(**{f"needs_{name}": True for name in names})
    case.refresh_from_db()
    return case


def handed_in_again(cast: Cast, application: Application) -> Review:
    Application.objects.filter(pk=application.pk).update(
        status=Application.Status.IN_REVIEW, round=2, redo=[]
    )
    application.refresh_from_db()
    return review.enqueue(application, now=cast.now)


def queued(cast: Cast, application: Application) -> Review:
    """As it is, without handing it in."""
    Application.objects.filter(pk=application.pk).update(
        status=Application.Status.IN_REVIEW,
        submitted_at=cast.now,
        submit_key=uuid.uuid4(),
        round=1,
    )
    application.refresh_from_db()
    return review.enqueue(application, now=cast.now)


def fill() -> None:
    """The migration, whatever its number."""
    found = MigrationLoader(connection).disk_migrations
    [migration] = [one for (_app, name), one in found.items() if name.endswith("_fill_needs")]
    migration.operations[0].code(apps, None)  # type: ignore[attr-defined]


def read_elsewhere(cast: Cast, person: str) -> Identity:
    """A card that was read into some other application."""
    party = cast.read(cast.draft(by=cast.hall_clerk, outlet=cast.hall), person)
    identity: Identity = party.identity
    party.delete()
    return identity


def page(cast: Cast, user: User | None = None) -> str:
    answer = cast.signed_in(user or cast.head_manager).get(reverse("supervision"))
    found: str = answer.content.decode()
    return found


def _post(user: User) -> Post:
    post: Post = Post.objects.select_related("channel", "user").get(user=user)
    return post


# What a case needs ---------------------------------------------------------------------------


def test_a_resident_card_needs_nothing(cast: Cast) -> None:
    cast.in_review()

    assert Review.objects.get().needs == ()


@pytest.mark.parametrize("person", ["hk", "tw", "foreign", "resident_foreigner"])
def test_cards_of_people_from_elsewhere_need_somebody_who_knows_them(
    cast: Cast, person: str
) -> None:
    application = cast.draft(by=cast.hall_clerk, outlet=cast.hall)

    cast.read(application, person)

    assert skill.needs(application) == (FOREIGN,)


@pytest.mark.parametrize("person", ["anna", "marco", "hk", "tw"])
def test_passports_and_travel_permits_do_too(cast: Cast, person: str) -> None:
    application = cast.draft(by=cast.hall_clerk, outlet=cast.hall)

    cast.travel(application, person)

    assert skill.needs(application) == (FOREIGN,)


def test_a_proxy_s_card_counts_as_the_holder_s(cast: Cast) -> None:
    application = cast.draft(by=cast.hall_clerk, outlet=cast.hall)
    cast.answer(application, "proxy")
    cast.read(application, "wang")

    cast.read(application, "hk", "proxy")

    assert skill.needs(application) == (FOREIGN,)


def test_an_order_needs_who_knows_units_and_its_end_users_papers(cast: Cast) -> None:
    order = units.papered(cast, units.draft(cast))
    units.number(cast, order, 1, "wang")
    units.number(cast, order, 2, "tw")

    units.matched(cast, units.submitted(cast, order))

    assert Review.objects.get(application=order).needs == (FOREIGN, UNITS)


def test_what_joins_an_order_in_the_queue_is_needed_from_then_on(cast: Cast) -> None:
    order = units.papered(cast, units.draft(cast))
    units.number(cast, order, 1, "wang")
    late = units.number(cast, order, 2)
    units.matched(cast, units.submitted(cast, order))
    before = Review.objects.get(application=order).needs

    cast.read(late, "tw", Role.END_USER)
    units.submitted(cast, late)
    units.matched(cast, late)

    assert before == (UNITS,)
    assert Review.objects.get(application=order).needs == (FOREIGN, UNITS)


def test_a_number_that_comes_later_needs_who_knows_units(cast: Cast) -> None:
    number = units.number(cast, units.draft(cast), user="wang")

    assert skill.needs(number) == (UNITS,)


def test_who_looks_again_has_to_know_it_too(cast: Cast, settings: Any) -> None:
    settings.UNDO = timedelta(0)
    cast.policy(EVERY_ONE, 100)
    cast.in_review()
    case = cast.claimed()
    Party.objects.update(identity=read_elsewhere(cast, "tw"))

    decide(cast, case, REFUSE, cast.verifier)

    assert look().needs == (FOREIGN,)


def test_so_has_a_third_person(cast: Cast, settings: Any) -> None:
    settings.UNDO = timedelta(0)
    cast.policy(EVERY_ONE, 100)
    judged(cast)
    Party.objects.update(identity=read_elsewhere(cast, "tw"))
    judged_again(cast, REFUSE)
    third = third_verifier(cast)

    put(cast, third, FOREIGN)

    assert look("third").needs == (FOREIGN,)
    assert review.claim(third, now=cast.now) is None


def test_what_waited_before_there_were_skills_gets_its_needs(cast: Cast) -> None:
    order = units.papered(cast, units.draft(cast))
    units.number(cast, order, 1, "tw")
    units.matched(cast, units.submitted(cast, order))
    traveller = cast.draft(by=cast.hall_clerk, outlet=cast.hall)
    cast.read(traveller, "foreign")
    queued(cast, traveller)
    plain = cast.queued().application
    Review.objects.update(needs_foreign=False, needs_units=False)

    fill()

    found = {row.application: row.needs for row in Review.objects.all()}
    assert found == {order: (FOREIGN, UNITS), traveller: (FOREIGN,), plain: ()}


# Who gets it ---------------------------------------------------------------------------------


def test_everybody_has_every_skill_until_somebody_says_otherwise(cast: Cast) -> None:
    case = needing(cast, FOREIGN, UNITS)

    assert _post(cast.verifier).lacks == ()
    assert cast.claimed() == case


def test_who_lacks_a_skill_is_passed_over_and_a_colleague_gets_it(cast: Cast) -> None:
    order, plain = needing(cast, UNITS), cast.queued(minutes=1)
    put(cast, cast.verifier, UNITS)

    assert cast.claimed() == plain
    assert cast.claimed(cast.second_verifier) == order


def test_what_needs_two_skills_goes_to_who_has_both(cast: Cast) -> None:
    needing(cast, FOREIGN, UNITS)
    put(cast, cast.verifier, FOREIGN)
    put(cast, cast.second_verifier, UNITS)

    assert review.claim(cast.verifier, now=cast.now) is None
    assert review.claim(cast.second_verifier, now=cast.now) is None


def test_what_was_put_back_comes_at_last_only_to_who_may_take_it(cast: Cast) -> None:
    needing(cast, UNITS)
    case = cast.claimed()
    put(cast, cast.verifier, UNITS)

    review.release(case, claim_no=case.claim_no, by=cast.verifier, now=cast.now)

    assert review.claim(cast.verifier, now=cast.now) is None


def test_granted_again_it_comes_again(cast: Cast) -> None:
    order = needing(cast, UNITS)
    put(cast, cast.verifier, UNITS)

    put(cast, cast.verifier, UNITS, knows=True)

    assert cast.claimed() == order


def test_what_is_in_hand_when_the_skill_is_taken_is_finished(cast: Cast) -> None:
    needing(cast, UNITS)
    case = cast.claimed()

    put(cast, cast.verifier, UNITS)

    assert review.claim(cast.verifier, now=cast.now) == case
    until = review.heartbeat(case, claim_no=case.claim_no, by=cast.verifier, now=cast.now)
    flow.decide(case, claim_no=case.claim_no, by=cast.verifier, now=cast.now, **RETURN)
    assert until > cast.now
    assert Decision.objects.get().decided_by == cast.verifier


def test_the_token_still_fences_when_the_lease_has_run_out(cast: Cast, settings: Any) -> None:
    needing(cast, UNITS)
    case = cast.claimed()
    put(cast, cast.verifier, UNITS)
    later = cast.now + settings.LEASE
    taken = review.claim(cast.second_verifier, now=later)

    with pytest.raises(review.TakenOver):
        flow.decide(case, claim_no=case.claim_no, by=cast.verifier, now=later, **RETURN)
    assert taken == case
    assert review.claim(cast.verifier, now=later) is None


def test_what_they_sent_back_goes_to_others_once_the_skill_is_gone(cast: Cast) -> None:
    application = units.draft(cast)
    case = queued(cast, application)
    cast.claimed()
    flow.decide(case, claim_no=1, by=cast.verifier, now=cast.now, **(RETURN | {"items": ["unit"]}))
    put(cast, cast.verifier, UNITS)

    again = handed_in_again(cast, application)

    assert again.kept_for is None
    assert cast.claimed(cast.second_verifier) == again


def test_what_came_back_to_them_before_goes_to_others_too(cast: Cast) -> None:
    order, plain = needing(cast, UNITS), cast.queued()
    later = cast.now + timedelta(minutes=5)
    Review.objects.update(kept_for=cast.verifier, kept_until=later)

    put(cast, cast.verifier, UNITS)

    assert cast.claimed(cast.second_verifier) == order
    assert cast.claimed() == plain


def test_what_was_kept_for_them_in_the_very_moment_does_not_come_either(cast: Cast) -> None:
    order = needing(cast, UNITS)
    put(cast, cast.verifier, UNITS)
    later = cast.now + timedelta(minutes=1)

    Review.objects.filter(pk=order.pk).update(kept_for=cast.verifier, kept_until=later)

    assert review.claim(cast.verifier, now=cast.now) is None
    assert review.claim(cast.second_verifier, now=later) == order


def test_nothing_that_they_cannot_take_is_reserved_ahead(cast: Cast) -> None:
    cast.queued()
    case = cast.claimed()
    needing(cast, UNITS, minutes=1)
    plain, _last = cast.queued(minutes=2), cast.queued(minutes=3)
    put(cast, cast.verifier, UNITS)

    found = ahead.reserve(case, claim_no=case.claim_no, by=cast.verifier, now=cast.now)

    assert found == plain


def test_what_was_reserved_is_given_back_with_the_skill(cast: Cast) -> None:
    cast.queued()
    case = cast.claimed()
    order, _last = needing(cast, UNITS, minutes=1), cast.queued(minutes=2)
    ahead.reserve(case, claim_no=case.claim_no, by=cast.verifier, now=cast.now)

    put(cast, cast.verifier, UNITS)

    order.refresh_from_db()
    assert (order.kept_for, order.reserved_at) == (None, None)
    assert cast.claimed(cast.second_verifier) == order


def test_it_cannot_be_assigned_and_the_refusal_names_the_skill(cast: Cast) -> None:
    case = needing(cast, FOREIGN, UNITS)
    put(cast, cast.verifier, UNITS)
    post = _post(cast.verifier)

    with pytest.raises(supervision.Unskilled) as refusal:
        supervision.assign(case, post, claim_no=0, by=cast.head_manager, now=cast.now)

    assert str(refusal.value.text) == "样本审核没有审这一单要的技能：单位订单。"


def test_nor_is_it_offered_to_a_verifier_as_a_test(cast: Cast) -> None:
    application = cast.done(judged(cast))
    Party.objects.update(identity=read_elsewhere(cast, "tw"))
    put(cast, cast.second_verifier, FOREIGN)

    with pytest.raises(gold.NobodyLeft):
        gold.plant(
            application,
            verdict="return",
            reason=RETURN["reason"],
            many=1,
            by=cast.head_manager,
            now=cast.now,
        )


def test_a_second_look_is_stuck_when_nobody_else_knows_it(cast: Cast) -> None:
    case = needing(cast, UNITS)
    Review.objects.filter(pk=case.pk).update(
        kind="second", stands=False, cause="tier", seen_by=cast.verifier
    )
    second = cast.second_verifier
    before = looks.waiting(cast.head_manager, now=cast.now)

    put(cast, second, UNITS)

    after = looks.waiting(cast.head_manager, now=cast.now)
    assert [row.is_stuck for row in (*before, *after)] == [False, True]


def test_the_desk_counts_what_the_verifier_could_take(cast: Cast) -> None:
    needing(cast, UNITS)
    cast.queued()
    put(cast, cast.verifier, UNITS)

    assert queue.of(cast.verifier, now=cast.now).length == 1
    assert queue.of(cast.second_verifier, now=cast.now).length == 2


def test_the_desk_hears_at_once_what_is_kept_from_its_verifier(cast: Cast) -> None:
    client, url = cast.signed_in(cast.verifier), reverse("desk_queue")
    first = client.get(url)

    put(cast, cast.verifier, UNITS)

    second = client.get(url, headers={"If-None-Match": first.headers["ETag"]})
    assert "不派给你" not in first.content.decode()
    assert "不派给你、也不算在这里的：单位订单。" in second.content.decode()


def test_who_knows_everything_claims_with_the_same_words_as_ever() -> None:
    plain = turn._statement(True, (), False)

    assert "needs_" not in plain
    assert 'NOT "registration_review"."needs_units"' in turn._statement(True, ("units",), False)


# Who says so ---------------------------------------------------------------------------------


def test_taking_and_granting_is_written_down_once(cast: Cast) -> None:
    for knows in (False, False, True, True):
        put(cast, cast.verifier, UNITS, knows=knows)

    entries = AuditEntry.objects.filter(action__startswith="post.skill").order_by("pk")
    assert list(entries.values_list("action", "subject_id", "actor", "detail")) == [
        (f"post.skill_{what}", _post(cast.verifier).pk, cast.head_manager.pk, {"skill": "units"})
        for what in ("taken", "granted")
    ]


def test_a_district_s_manager_says_nothing_of_the_province_s_verifiers(cast: Cast) -> None:
    with pytest.raises(NotYours):
        skill.put(_post(cast.verifier), UNITS, knows=False, by=cast.manager, now=cast.now)


def test_who_moves_to_another_team_knows_no_more_than_before(cast: Cast) -> None:
    put(cast, cast.verifier, UNITS)

    moved = staff.transfer(
        _post(cast.verifier), to=cast.other_province, by=cast.administrator, now=cast.now
    )

    assert Post.objects.get(pk=moved.pk).lacks == (UNITS,)


# The supervisor's page -----------------------------------------------------------------------


def test_the_page_says_what_nobody_can_take(cast: Cast) -> None:
    for _one in range(3):
        needing(cast, FOREIGN)
    needing(cast, FOREIGN, UNITS)
    put(cast, cast.verifier, FOREIGN)

    found = page(cast)

    assert "3 单境外人员证件没有人能审。" in found
    assert "1 单境外人员证件、单位订单没有人能审。" in found
    assert "请给在岗的审核员加上这项技能" in found


def test_somebody_above_or_there_who_knows_it_is_enough(cast: Cast) -> None:
    needing(cast, UNITS)
    put(cast, cast.verifier, UNITS)
    before = supervision.waiting(cast.manager, now=cast.now).gaps

    cast.person("v9", "总部审核", cast.head, Post.Role.VERIFIER)

    assert [gap.number for gap in before] == [1]
    assert supervision.waiting(cast.manager, now=cast.now).gaps == []
    assert supervision.waiting(cast.head_manager, now=cast.now).gaps == []


def test_another_province_s_verifier_is_not(cast: Cast) -> None:
    needing(cast, UNITS)
    put(cast, cast.verifier, UNITS)
    cast.far_verifier  # noqa: B018 - knows everything, elsewhere

    assert [gap.number for gap in supervision.waiting(cast.head_manager, now=cast.now).gaps] == [1]


def test_who_finishes_counts_for_nobody_and_what_is_in_hand_does_not_wait(cast: Cast) -> None:
    needing(cast, UNITS)
    needing(cast, UNITS)
    cast.claimed()

    shift.drain(_post(cast.verifier), by=cast.head_manager, now=cast.now)

    assert [gap.number for gap in supervision.waiting(cast.head_manager, now=cast.now).gaps] == [1]


def test_a_button_takes_a_skill_and_the_same_button_gives_it_back(cast: Cast) -> None:
    client, pk = cast.signed_in(cast.head_manager), _post(cast.verifier).pk
    url = reverse("verifier_skill", args=[pk])

    taken = client.post(url, {"take": UNITS}, follow=True).content.decode()
    lacks = _post(cast.verifier).lacks
    granted = client.post(url, {"grant": UNITS}, follow=True).content.decode()

    assert "样本审核不再接新的单位订单。" in taken
    assert lacks == (UNITS,)
    assert "样本审核可以审单位订单了。" in granted
    assert _post(cast.verifier).lacks == ()


def test_only_who_knows_it_is_offered_for_a_case(cast: Cast) -> None:
    needing(cast, UNITS)
    put(cast, cast.verifier, UNITS)
    second = cast.second_verifier

    loads = supervision.loads(cast.head_manager, now=cast.now)
    [row] = supervision.cases(cast.head_manager, loads, now=cast.now)

    assert [post.user for post in row.others] == [second]


def test_the_page_costs_the_same_whatever_people_know(cast: Cast) -> None:
    needing(cast, FOREIGN)
    client = cast.signed_in(cast.head_manager)
    few = queries(client, reverse("supervision"))
    for place in range(4):
        who = cast.person(f"v{place}", f"样本审核{place}", cast.city, Post.Role.VERIFIER)
        put(cast, who, (FOREIGN, UNITS)[place % 2])
        needing(cast, FOREIGN, UNITS, minutes=place)
        shift.drain(_post(who), by=cast.head_manager, now=cast.now)
    put(cast, cast.verifier, UNITS)

    assert queries(client, reverse("supervision")) == few
