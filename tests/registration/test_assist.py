"""特殊协助: who may stand by, what gives way to it, and who sees it afterwards (CV-12)."""

from datetime import timedelta
from typing import Any

import pytest
from axes.models import AccessAttempt
from django.db import IntegrityError
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from outlets.bridge.people import PEOPLE
from outlets.models import Post
from outlets.services import staff
from portal.models import AuditEntry
from registration import flow, intake, specimens
from registration.models import Application, Assistance, Photo, Review
from registration.rules import engine
from registration.services import application as applications
from registration.services import assist, consent, photo, policy
from tests.cast import PASSWORD, Cast
from tests.specimens import picture, saved

pytestmark = pytest.mark.django_db


@pytest.fixture
def ready(cast: Cast) -> Application:
    """At the hall: everything is there but the signature."""
    application = cast.ready(by=cast.hall_clerk, outlet=cast.hall)
    application.consents.all().delete()
    application.photos.filter(kind=Photo.Kind.SIGNATURE).delete()
    Application.objects.filter(pk=application.pk).update(confirmed_at=None)
    application.refresh_from_db()
    return application


@pytest.fixture
def clerk(cast: Cast) -> Client:
    return cast.signed_in(cast.hall_clerk)


def begin(cast: Cast, application: Application, **values: Any) -> None:
    given: dict[str, Any] = {
        "reason": Assistance.SIGHT,
        "supervisor": cast.manager,
        "by": application.clerk,
        "now": cast.now,
    }
    assist.begin(application, **(given | values))


def ask(clerk: Client, application: Application, **values: str) -> Any:
    given = {"reason": "sight", "username": "manager", "password": PASSWORD}
    return clerk.post(reverse("assist", args=[application.pk]), given | values)


def faint() -> bytes:
    """A signature on which a machine sees nothing."""
    return saved(picture("L", (700, 300)).point(lambda _value: 255), "PNG")


def found(application: Application, cast: Cast) -> set[tuple[str, str]]:
    verdicts = flow.judge(application, now=cast.now)
    return {(verdict.rule.id, verdict.severity.value) for verdict in verdicts}


# Who may stand by -------------------------------------------------------------------------


def test_a_manager_above_stands_by(cast: Cast, ready: Application) -> None:
    begin(cast, ready)

    ready.refresh_from_db()
    assert (ready.assisted_reason, ready.assisted_by) == ("sight", cast.manager)
    entry = AuditEntry.objects.get(action="application.assisted")
    assert (entry.actor, entry.detail) == (cast.manager, {"clerk": cast.hall_clerk.pk})


@pytest.mark.parametrize("who", ["sister_manager", "verifier", "administrator", "clerk"])
def test_nobody_else_does(cast: Cast, ready: Application, who: str) -> None:
    with pytest.raises(assist.NotAbove):
        begin(cast, ready, supervisor=getattr(cast, who))


def test_a_manager_whose_post_has_ended_does_not(cast: Cast, ready: Application) -> None:
    staff.dismiss(cast.manager.posts.get(), by=cast.head_manager, now=cast.now)

    with pytest.raises(assist.NotAbove):
        begin(cast, ready)


def test_the_clerk_does_not_stand_by_for_themselves(cast: Cast, ready: Application) -> None:
    staff.appoint(
        cast.hall_clerk, channel=cast.district, role=Post.Role.MANAGER, by=None, now=cast.now
    )

    with pytest.raises(assist.NotYourself):
        begin(cast, ready, supervisor=cast.hall_clerk)


def test_an_agent_s_shop_sends_the_customer_to_a_hall(cast: Cast) -> None:
    application = cast.ready()

    with pytest.raises(assist.NotHere):
        begin(cast, application)


def test_a_province_lets_its_agents_help(cast: Cast) -> None:
    application = cast.ready()
    policy.put(
        cast.province,
        "assisted.tiers",
        ["own_hall", "agent_point"],
        from_date=timezone.localdate(cast.now),
        reason="样本",
        by=cast.administrator,
        now=cast.now,
    )

    begin(cast, application)

    assert application.is_assisted


def test_there_must_be_a_customer_to_stand_by(cast: Cast) -> None:
    with pytest.raises(assist.ReadFirst):
        begin(cast, cast.draft(by=cast.hall_clerk, outlet=cast.hall))


def test_what_was_handed_in_is_not_assisted_afterwards(cast: Cast) -> None:
    application = cast.submitted(by=cast.hall_clerk, outlet=cast.hall)

    with pytest.raises(applications.NotEditable):
        begin(cast, application)


@pytest.mark.parametrize("half", [{"assisted_reason": "sight"}, {"assisted_at": timezone.now()}])
def test_the_database_takes_no_half_of_it(ready: Application, half: dict[str, Any]) -> None:
    with pytest.raises(IntegrityError, match="help_has_a_reason_and_a_witness"):
        Application.objects.filter(pk=ready.pk).update(**half)


# What gives way ---------------------------------------------------------------------------


def test_without_a_signature_the_verifier_looks(cast: Cast, ready: Application) -> None:
    assert ("CV-10", "block") in found(ready, cast)

    begin(cast, ready)

    unsigned = ("CV-10", "RT-10", "PI-02", "CV-09", "CV-10C")
    assert found(ready, cast) == {(rule, "review") for rule in ("CV-12", *unsigned)}


def test_an_assisted_customer_is_handed_in_without_a_signature(
    cast: Cast, ready: Application, clerk: Client
) -> None:
    begin(cast, ready)

    clerk.post(
        reverse("application_submit", args=[ready.pk]),
        {"key": "6b1d4f0e-3a39-4d0c-9d35-111111111111"},
    )

    ready.refresh_from_db()
    assert ready.status == Application.Status.SUBMITTED
    assert set(ready.findings.values_list("rule", flat=True)) == {
        *("CV-12", "CV-10"),
        *("RT-10", "PI-02", "CV-09", "CV-10C"),
    }


def test_a_faint_signature_counts_when_somebody_stands_by(cast: Cast, ready: Application) -> None:
    shown = consent.name(ready, now=cast.now)
    said: dict[str, Any] = {"shown": shown, "answers": {"face": True}}
    with pytest.raises(photo.BlankSignature):
        intake.sign(ready, faint(), **said, by=ready.clerk, now=cast.now)
    begin(cast, ready)

    intake.sign(ready, faint(), **said, by=ready.clerk, now=cast.now)

    assert ready.confirmed_at == cast.now


def test_the_mark_s_place_shows_what_became_of_the_picture(cast: Cast, ready: Application) -> None:
    begin(cast, ready)
    mark = cast.photo(ready, Photo.Kind.MARK, status=Photo.Status.RECEIVED)
    client = cast.signed_in(cast.hall_clerk)
    url = reverse("photo_slots", args=[ready.pk])
    tag = client.get(url)["ETag"]

    mark.move(Photo.Status.READY)

    assert client.get(url, headers={"If-None-Match": tag}).status_code == 200


def test_a_mark_is_taken_only_while_somebody_stands_by(cast: Cast, ready: Application) -> None:
    print_of_a_thumb = specimens.id_back(PEOPLE["wang"])

    def take() -> Photo:
        return photo.receive(
            ready,
            "mark",
            print_of_a_thumb,
            source=Photo.Source.CAMERA,
            by=ready.clerk,
            now=cast.now,
        )

    with pytest.raises(photo.WrongKind):
        take()
    begin(cast, ready)

    assert take().kind == Photo.Kind.MARK
    intake.unassist(ready, by=ready.clerk, now=cast.now)
    assert not ready.photos.current().filter(kind=Photo.Kind.MARK).exists()


def test_the_same_person_read_again_stays_assisted_and_another_does_not(
    cast: Cast, ready: Application
) -> None:
    begin(cast, ready)
    cast.now += timedelta(seconds=5)

    cast.read(ready, "wang")
    assert ready.is_assisted
    cast.read(ready, "li")

    ready.refresh_from_db()
    assert (ready.is_assisted, ready.assisted_reason, ready.assisted_by) == (False, "", None)


@pytest.mark.parametrize(
    ("holder_kind", "stays"), [("proxy", False), ("guardian", False), ("teen", True)]
)
def test_who_stood_by_did_so_for_who_was_here(
    cast: Cast, ready: Application, holder_kind: str, stays: bool
) -> None:
    begin(cast, ready)

    cast.answer(ready, holder_kind)

    ready.refresh_from_db()
    assert ready.is_assisted is stays


def test_when_help_ends_the_signature_is_asked_for_again(cast: Cast, ready: Application) -> None:
    begin(cast, ready)

    intake.unassist(ready, by=ready.clerk, now=cast.now)

    assert ("CV-10", "block") in found(ready, cast)


def test_an_unknown_person_is_stopped_all_the_same(cast: Cast, ready: Application) -> None:
    begin(cast, ready)
    ready.photos.filter(kind=Photo.Kind.LIVE).delete()

    stopped = {one.rule.id for one in engine.blocks(flow.judge(ready, now=cast.now))}

    assert stopped == {"CV-04"}


# The page ---------------------------------------------------------------------------------


def test_the_supervisor_s_own_password_opens_the_lane(
    cast: Cast, ready: Application, clerk: Client
) -> None:
    answer = ask(clerk, ready, username="Manager")

    ready.refresh_from_db()
    assert answer.headers["Location"] == reverse("application", args=[ready.pk])
    assert ready.assisted_by == cast.manager
    # Nobody was signed in by it: the session is still the clerk's.
    assert clerk.get(reverse("counter")).context["user"] == cast.hall_clerk


def test_a_wrong_password_is_said_beside_the_field_counted_and_written_down(
    cast: Cast, ready: Application, clerk: Client
) -> None:
    answer = ask(clerk, ready, password="不对")

    assert answer.status_code == 422
    assert answer.context["form"].errors["password"] == ["工号或密码不对，请重新输入。"]
    assert AccessAttempt.objects.get().failures_since_start == 1
    entry = AuditEntry.objects.get(action="vouch.failed")
    assert (entry.subject_id, entry.detail) == (cast.manager.pk, {"known": True, "locked": False})
    assert not Application.objects.get(pk=ready.pk).is_assisted


def test_too_many_wrong_passwords_lock_the_name_and_not_the_clerk(
    settings: Any, cast: Cast, ready: Application, clerk: Client
) -> None:
    for _try in range(settings.AXES_FAILURE_LIMIT):
        ask(clerk, ready, password="不对")

    assert ask(clerk, ready).status_code == 429
    assert clerk.get(reverse("counter")).status_code == 200
    assert not Application.objects.get(pk=ready.pk).is_assisted


def test_the_right_password_forgets_the_slips_before(
    cast: Cast, ready: Application, clerk: Client
) -> None:
    ask(clerk, ready, password="不对")

    ask(clerk, ready)

    assert not AccessAttempt.objects.exists()


def test_a_password_is_not_tried_before_a_reason_is_there(
    cast: Cast, ready: Application, clerk: Client
) -> None:
    answer = ask(clerk, ready, reason="", password="不对")

    assert answer.context["form"].errors == {"reason": ["请选一个原因。"]}
    assert not AccessAttempt.objects.exists()


def test_somebody_who_is_not_above_is_told_beside_the_name(
    cast: Cast, ready: Application, clerk: Client
) -> None:
    answer = ask(clerk, ready, username=cast.sister_manager.username)

    assert "不是本网点的上级渠道经理" in answer.context["form"].errors["username"][0]


def test_the_password_does_not_come_back_with_the_page(
    cast: Cast, ready: Application, clerk: Client
) -> None:
    answer = ask(clerk, ready, username=cast.sister_manager.username)

    assert PASSWORD not in answer.content.decode()


def test_a_shop_where_help_is_not_given_says_where_it_is(cast: Cast) -> None:
    client = cast.signed_in(cast.clerk)

    page = client.get(reverse("assist", args=[cast.ready().pk])).content.decode()

    assert "请引导客户到营业厅，或者由营业厅派人上门办理。" in page
    assert 'name="password"' not in page


def test_the_signature_s_page_may_be_handed_in_and_says_who_stands_by(
    cast: Cast, ready: Application, clerk: Client
) -> None:
    address = reverse("application_sign", args=[ready.pk])
    assert "disabled" in clerk.get(address).content.decode()

    ask(clerk, ready)

    page = clerk.get(address).content.decode()
    assert "视力障碍" in page
    assert cast.manager.name in page
    assert "disabled" not in page


def test_the_mark_is_a_picture_that_may_be_left_out(
    cast: Cast, ready: Application, clerk: Client
) -> None:
    ask(clerk, ready)

    slots = clerk.get(reverse("photos", args=[ready.pk])).context["slots"]

    assert (slots[-1].kind, slots[-1].state) == ("mark", "optional")


# Afterwards -------------------------------------------------------------------------------


def handed_in(cast: Cast, application: Application) -> Application:
    begin(cast, application)
    key = "6b1d4f0e-3a39-4d0c-9d35-222222222222"
    flow.submit(application, by=application.clerk, key=key, now=cast.now)  # type: ignore[arg-type]
    return cast.matched(application)


def test_the_verifier_sees_who_stood_by_and_why_and_is_asked(
    cast: Cast, ready: Application
) -> None:
    handed_in(cast, ready)
    case, desk = cast.claimed(), cast.signed_in(cast.verifier)

    shown = desk.get(reverse("review", args=[case.pk]))

    page = shown.content.decode()
    assert "视力障碍" in page
    assert cast.manager.name in page
    assert "客户由上级在场协助办理" in page
    assert "check_help" in {question.name for question in shown.context["questions"]}


def test_who_stood_by_does_not_judge_the_case(cast: Cast, ready: Application) -> None:
    staff.appoint(
        cast.manager, channel=cast.province, role=Post.Role.VERIFIER, by=None, now=cast.now
    )
    cast.manager.post = cast.manager.posts.select_related("channel").get(role="verifier")
    handed_in(cast, ready)

    assert not Review.objects.open_to(cast.manager).exists()
    assert Review.objects.open_to(cast.verifier).exists()


def test_the_manager_s_page_tells_it_and_the_slip_names_no_reason(
    cast: Cast, ready: Application, clerk: Client
) -> None:
    handed_in(cast, ready)

    case = cast.signed_in(cast.manager).get(reverse("report_case", args=[ready.pk]))
    slip = clerk.get(reverse("application_result", args=[ready.pk]))

    assert "特殊协助：上级确认客户在场" in case.content.decode()
    assert "协助工号" in slip.content.decode()
    assert "视力障碍" not in slip.content.decode()
