"""Who works where: appointments, who may make them, and what a dismissal ends."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from outlets.bridge.people import PEOPLE
from outlets.models import Channel, Post
from outlets.services import right, staff
from portal.models import AuditEntry, Session, User
from tests.cast import PASSWORD, Cast
from tests.outlets.places import outlets_below, queries, visitors

Role = Post.Role

# ---------------------------------------------------------------- appointments


def test_an_invited_person_enters_with_the_first_password(cast: Cast) -> None:
    user, password = staff.invite(
        username="new1",
        name="新人样",
        channel=cast.outlet.channel,
        role=Role.CLERK,
        by=cast.manager,
        now=cast.now,
    )

    client = Client()
    page = client.post(reverse("login"), {"username": "NEW1", "password": password})
    assert page.status_code == 302
    assert Post.objects.get(user=user).appointed_by == cast.manager
    assert set(AuditEntry.objects.filter(actor=cast.manager).values_list("action", flat=True)) == {
        "user.invited",
        "post.given",
    }


def test_a_taken_name_is_refused_in_any_case(cast: Cast) -> None:
    with pytest.raises(staff.NameTaken):
        staff.invite(
            username="CLERK",
            name="新人样",
            channel=cast.outlet.channel,
            role=Role.CLERK,
            by=cast.manager,
            now=cast.now,
        )


def test_a_clerk_works_at_an_outlet(cast: Cast) -> None:
    with pytest.raises(staff.WrongNode):
        staff.appoint(cast.clerk, channel=cast.district, role=Role.CLERK, by=None, now=cast.now)


def test_the_same_post_is_not_held_twice(cast: Cast) -> None:
    with pytest.raises(staff.AlreadyHeld):
        staff.appoint(
            cast.clerk, channel=cast.outlet.channel, role=Role.CLERK, by=None, now=cast.now
        )
    with pytest.raises(IntegrityError), transaction.atomic():
        Post.objects.create(
            user=cast.clerk,
            channel=cast.outlet.channel,
            role=Role.CLERK,
            from_date=timezone.localdate(cast.now),
        )


def test_an_inspectors_post_is_dated(cast: Cast) -> None:
    today = timezone.localdate(cast.now)
    inspect: dict[str, Any] = {
        "channel": cast.province,
        "role": Role.INSPECTOR,
        "by": None,
        "now": cast.now,
    }

    with pytest.raises(staff.EndMissing):
        staff.appoint(cast.clerk, **inspect)
    with pytest.raises(staff.EndsInThePast):
        staff.appoint(cast.clerk, **inspect, until=today - timedelta(days=1))
    post = staff.appoint(cast.clerk, **inspect, until=today)

    assert post in Post.objects.held(today)
    assert post not in Post.objects.held(today + timedelta(days=1))


@pytest.mark.parametrize(
    ("who", "where", "role", "may"),
    [
        ("manager", "outlet", Role.CLERK, True),
        ("manager", "outlet", Role.MANAGER, True),
        ("manager", "outlet", Role.VERIFIER, False),
        ("manager", "outlet", Role.ADMINISTRATOR, False),
        ("manager", "district", Role.MANAGER, False),
        ("manager", "city", Role.MANAGER, False),
        ("manager", "sister", Role.CLERK, False),
        ("head_manager", "sister", Role.CLERK, True),
        ("head_manager", "province", Role.MANAGER, True),
        ("head_manager", "head", Role.MANAGER, False),
        ("head_manager", "head", Role.ADMINISTRATOR, False),
        ("head_manager", "province", Role.VERIFIER, False),
        ("administrator", "head", Role.ADMINISTRATOR, True),
        ("administrator", "province", Role.VERIFIER, True),
        ("administrator", "province", Role.PRIVACY, True),
        ("clerk", "outlet", Role.CLERK, False),
        ("verifier", "outlet", Role.CLERK, False),
    ],
)
def test_each_gives_the_roles_that_are_his_to_give(
    cast: Cast, who: str, where: str, role: str, may: bool
) -> None:
    node = getattr(cast, where)
    channel = node if isinstance(node, Channel) else node.channel
    by = getattr(cast, who)
    someone = User.objects.create(username="someone", name="某样本")

    assert staff.may_give(by, channel, role, now=cast.now) is may
    if may:
        staff.appoint(someone, channel=channel, role=role, by=by, now=cast.now)
    else:
        with pytest.raises(right.NotYours):
            staff.appoint(someone, channel=channel, role=role, by=by, now=cast.now)


def test_an_outlets_manager_appoints_its_clerks(cast: Cast) -> None:
    keeper = cast.person("keeper", "店长样", cast.outlet.channel, Role.MANAGER)

    post = staff.appoint(
        cast.sister_clerk, channel=cast.outlet.channel, role=Role.CLERK, by=keeper, now=cast.now
    )

    assert post.appointed_by == keeper


def test_outside_a_request_every_post_held_counts(cast: Cast) -> None:
    manager = User.objects.get(pk=cast.manager.pk)

    assert manager.post is None
    assert right.manages(manager, cast.outlet.channel, now=cast.now)
    assert not right.manages(manager, cast.sister.channel, now=cast.now)


# ---------------------------------------------------------------- ends


def test_a_dismissed_clerks_next_click_lands_on_the_login_page(cast: Cast) -> None:
    client = cast.signed_in(cast.clerk)
    assert client.get(reverse("counter")).status_code == 200

    staff.dismiss(Post.objects.get(user=cast.clerk), by=cast.manager, now=cast.now)
    page = client.get(reverse("counter"))

    assert page.headers["Location"].startswith(reverse("login"))
    assert not Session.objects.filter(user=cast.clerk).exists()


def test_a_dismissed_person_enters_again_and_sees_nothing(cast: Cast) -> None:
    staff.dismiss(Post.objects.get(user=cast.clerk), by=cast.manager, now=cast.now)

    client = Client()
    client.post(reverse("login"), {"username": "clerk", "password": PASSWORD})

    assert client.get(reverse("counter")).status_code == 403
    assert "没有在任的岗位" in client.get(reverse("home")).content.decode()


def test_a_dismissal_ends_only_the_sessions_of_that_person(cast: Cast) -> None:
    colleague = cast.signed_in(cast.colleague)

    staff.dismiss(Post.objects.get(user=cast.clerk), by=cast.manager, now=cast.now)

    assert colleague.get(reverse("counter")).status_code == 200


def test_nobody_dismisses_himself(cast: Cast) -> None:
    with pytest.raises(staff.Yourself):
        staff.dismiss(
            Post.objects.get(user=cast.administrator), by=cast.administrator, now=cast.now
        )


def test_a_manager_does_not_dismiss_his_peer_nor_his_superior(cast: Cast) -> None:
    peer = cast.person("peer", "同级样", cast.district, Role.MANAGER)

    for user in (peer, cast.head_manager, cast.sister_clerk, cast.verifier):
        with pytest.raises(right.NotYours):
            staff.dismiss(Post.objects.get(user=user), by=cast.manager, now=cast.now)


def test_a_post_ends_once(cast: Cast) -> None:
    post = Post.objects.get(user=cast.clerk)
    staff.dismiss(post, by=cast.manager, now=cast.now)

    with pytest.raises(staff.AlreadyEnded):
        staff.dismiss(post, by=cast.head_manager, now=cast.now)

    assert Post.objects.get(pk=post.pk).ended_by == cast.manager


def test_a_transfer_ends_the_old_post_and_begins_the_new_one(cast: Cast) -> None:
    client = cast.signed_in(cast.clerk)
    post = Post.objects.get(user=cast.clerk)

    staff.transfer(post, to=cast.hall.channel, by=cast.manager, now=cast.now)

    held = Post.objects.held_by(cast.clerk, timezone.localdate(cast.now))
    assert [one.channel for one in held] == [cast.hall.channel]
    assert client.get(reverse("counter")).status_code == 302


def test_a_transfer_that_is_refused_changes_nothing(cast: Cast) -> None:
    post = Post.objects.get(user=cast.clerk)

    with pytest.raises(right.NotYours):
        staff.transfer(post, to=cast.sister.channel, by=cast.manager, now=cast.now)
    with pytest.raises(staff.WrongNode):
        staff.transfer(post, to=cast.district, by=cast.manager, now=cast.now)
    with pytest.raises(staff.AlreadyHeld):
        staff.transfer(post, to=cast.outlet.channel, by=cast.manager, now=cast.now)

    held = Post.objects.held_by(cast.clerk, timezone.localdate(cast.now))
    assert list(held) == [post]


def test_a_transfer_keeps_the_day_on_which_the_post_ends(cast: Cast) -> None:
    until = timezone.localdate(cast.now) + timedelta(days=30)
    post = Post.objects.get(user=cast.clerk)
    Post.objects.filter(pk=post.pk).update(until_date=until)
    post.refresh_from_db()

    moved = staff.transfer(post, to=cast.hall.channel, by=cast.manager, now=cast.now)

    assert moved.until_date == until


# ---------------------------------------------------------------- the active post


def test_a_person_with_two_posts_chooses_between_them(cast: Cast) -> None:
    post = staff.appoint(
        cast.manager, channel=cast.other_district, role=Role.MANAGER, by=None, now=cast.now
    )
    client = cast.signed_in(cast.manager)
    url = reverse("outlet", args=[cast.sister.pk])
    before = client.get(url).status_code

    client.post(reverse("choose_post"), {"post": post.pk})

    assert (before, client.get(url).status_code) == (404, 200)
    assert client.get(reverse("outlet", args=[cast.outlet.pk])).status_code == 404
    assert AuditEntry.objects.get(action="post.chosen").subject_id == post.pk


@pytest.mark.parametrize("value", ["others", "ended", "", "x", "999999"])
def test_only_an_own_post_held_today_is_chosen(cast: Cast, value: str) -> None:
    ended = staff.appoint(
        cast.manager, channel=cast.other_district, role=Role.MANAGER, by=None, now=cast.now
    )
    staff.dismiss(ended, by=None, now=cast.now)
    others = Post.objects.get(user=cast.sister_manager)
    client = cast.signed_in(cast.manager)

    posts = {"others": others.pk, "ended": ended.pk}
    page = client.post(reverse("choose_post"), {"post": posts.get(value, value)})

    assert page.status_code == 404
    assert client.get(reverse("channels")).context["top"].channel == cast.district


def test_the_menu_offers_the_posts_held_today(cast: Cast) -> None:
    staff.appoint(
        cast.manager, channel=cast.other_district, role=Role.MANAGER, by=None, now=cast.now
    )

    page = cast.signed_in(cast.manager).get(reverse("channels"))

    assert [post.channel for post in page.context["posts"]] == [cast.district, cast.other_district]


def test_a_chosen_post_that_ends_gives_way_to_the_other_one(cast: Cast) -> None:
    today = timezone.localdate(cast.now)
    post = staff.appoint(
        cast.manager, channel=cast.other_district, role=Role.MANAGER, by=None, now=cast.now
    )
    client = cast.signed_in(cast.manager)
    client.post(reverse("choose_post"), {"post": post.pk})

    Post.objects.filter(pk=post.pk).update(
        from_date=today - timedelta(days=9), until_date=today - timedelta(days=1)
    )

    assert client.get(reverse("channels")).context["top"].channel == cast.district


# ---------------------------------------------------------------- pages


@pytest.mark.parametrize("name", ["staff", "staff_invite", "staff_appoint"])
def test_the_staff_pages_are_the_managers(cast: Cast, name: str) -> None:
    statuses = {
        who: client.get(reverse(name)).status_code for who, client in visitors(cast).items()
    }

    assert statuses == {
        "in scope": 200,
        "above": 200,
        "sister": 200,
        "clerk": 403,
        "signed out": 302,
    }


@pytest.mark.parametrize("name", ["staff", "staff_invite", "staff_appoint"])
def test_a_node_is_named_in_scope_only(cast: Cast, name: str) -> None:
    url = f"{reverse(name)}?node={cast.outlet.channel.pk}"

    statuses = {who: client.get(url).status_code for who, client in visitors(cast).items()}

    assert statuses == {
        "in scope": 200,
        "above": 200,
        "sister": 404,
        "clerk": 403,
        "signed out": 302,
    }


@pytest.mark.parametrize("name", ["person", "post_transfer"])
def test_a_persons_pages_open_in_scope_only(cast: Cast, name: str) -> None:
    pk = cast.clerk.pk if name == "person" else Post.objects.get(user=cast.clerk).pk
    url = reverse(name, args=[pk])

    statuses = {who: client.get(url).status_code for who, client in visitors(cast).items()}

    assert statuses == {
        "in scope": 200,
        "above": 200,
        "sister": 404,
        "clerk": 403,
        "signed out": 302,
    }


def test_the_list_shows_who_is_in_post_today_below_the_node(cast: Cast) -> None:
    staff.dismiss(Post.objects.get(user=cast.colleague), by=cast.manager, now=cast.now)
    cast.signed_in(cast.sister_clerk)
    client, url = cast.signed_in(cast.manager), reverse("staff")

    today = client.get(url)
    ended = client.get(url, {"ended": "1"})

    assert {post.user for post in today.context["page"]} == {cast.manager, cast.clerk}
    assert {post.user for post in ended.context["page"]} == {cast.colleague}


def test_the_list_is_searched_by_name_number_and_role(cast: Cast) -> None:
    cast.signed_in(cast.colleague)
    client, url = cast.signed_in(cast.manager), reverse("staff")

    for query in ({"q": "样本店员"}, {"q": "CLERK"}, {"q": "样本", "role": Role.CLERK}):
        assert [post.user for post in client.get(url, query).context["page"]] == [cast.clerk]
    assert "没有找到人员" in client.get(url, {"q": "查无此人"}).content.decode()


def test_a_person_is_invited_and_the_password_is_shown_once(cast: Cast) -> None:
    client = cast.signed_in(cast.manager)
    url = f"{reverse('staff_invite')}?node={cast.outlet.channel.pk}"
    fields = {"username": "new1", "name": "新人样", "role": Role.CLERK}

    slip = client.post(url, fields)
    again = client.post(url, fields)

    password = slip.context["password"]
    user = User.objects.get(username="new1")
    assert user.check_password(password)
    assert password in slip.content.decode()
    assert "no-store" in slip.headers["Cache-Control"]
    assert again.status_code == 422
    assert password not in client.get(reverse("person", args=[user.pk])).content.decode()


def test_only_roles_that_may_be_given_are_offered(cast: Cast) -> None:
    def offered(user: User, node: Channel) -> list[str]:
        page = cast.signed_in(user).get(f"{reverse('staff_invite')}?node={node.pk}")
        return [value for value, _label in page.context["form"].fields["role"].choices]

    assert offered(cast.manager, cast.outlet.channel) == [Role.CLERK, Role.MANAGER]
    assert offered(cast.manager, cast.district) == []
    assert offered(cast.administrator, cast.district) == [
        role for role in Role.values if role != Role.CLERK
    ]


def test_a_role_that_is_not_offered_is_refused(cast: Cast) -> None:
    url = f"{reverse('staff_invite')}?node={cast.outlet.channel.pk}"
    fields = {"username": "new1", "name": "新人样", "role": Role.ADMINISTRATOR}

    page = cast.signed_in(cast.manager).post(url, fields)

    assert page.status_code == 422
    assert not User.objects.filter(username="new1").exists()


def test_an_inspector_is_invited_with_an_end(cast: Cast) -> None:
    client = cast.signed_in(cast.administrator)
    url = f"{reverse('staff_invite')}?node={cast.province.pk}"
    fields = {"username": "insp", "name": "检查样", "role": Role.INSPECTOR}

    without = client.post(url, fields)
    client.post(url, fields | {"until": "2999-12-31"})

    assert without.status_code == 422
    assert f"{Post.objects.get(user__username='insp').until_date}" == "2999-12-31"


def test_somebody_from_elsewhere_is_appointed_by_the_whole_number(cast: Cast) -> None:
    sister = cast.sister_clerk
    client = cast.signed_in(cast.manager)
    url = f"{reverse('staff_appoint')}?node={cast.outlet.channel.pk}"

    unknown = client.post(url, {"username": "sis", "role": Role.CLERK})
    done = client.post(url, {"username": "Sister", "role": Role.CLERK})

    assert unknown.status_code == 422
    assert done.headers["Location"] == reverse("person", args=[sister.pk])
    # Of the person's posts only the one in the manager's own part is shown.
    page = client.get(done.headers["Location"])
    assert [one["post"].channel for one in page.context["held"]] == [cast.outlet.channel]


def test_a_person_without_a_post_today_is_still_found(cast: Cast) -> None:
    staff.dismiss(Post.objects.get(user=cast.clerk), by=cast.manager, now=cast.now)

    page = cast.signed_in(cast.manager).get(reverse("person", args=[cast.clerk.pk]))

    assert page.context["held"] == []
    assert [one["post"].ended_by for one in page.context["past"]] == [cast.manager]
    assert "今天没有在任的岗位" in page.content.decode()


def test_a_dismissal_is_a_post_and_confirmed_on_the_page(cast: Cast) -> None:
    url = reverse("post_dismiss", args=[Post.objects.get(user=cast.clerk).pk])
    people = visitors(cast)

    assert people["in scope"].get(url).status_code == 405
    statuses = {
        who: people[who].post(url).status_code
        for who in ("sister", "clerk", "signed out", "in scope", "above")
    }
    # The clerk was signed out by the dismissal; the last one comes too late.
    assert statuses == {
        "sister": 404,
        "clerk": 403,
        "signed out": 302,
        "in scope": 302,
        "above": 409,
    }


def test_the_page_offers_no_dismissal_of_oneself(cast: Cast) -> None:
    page = cast.signed_in(cast.manager).get(reverse("person", args=[cast.manager.pk]))

    assert [one["may_end"] for one in page.context["held"]] == [False]


def test_a_post_is_transferred_after_a_choice(cast: Cast) -> None:
    client = cast.signed_in(cast.manager)
    url = reverse("post_transfer", args=[Post.objects.get(user=cast.clerk).pk])

    chooser = client.get(url)
    client.get(url, {"to": cast.hall.channel.pk})
    done = client.post(f"{url}?to={cast.hall.channel.pk}")

    assert [channel for channel, _trail in chooser.context["choices"]] == [cast.hall.channel]
    assert done.headers["Location"] == reverse("person", args=[cast.clerk.pk])
    assert Post.objects.held(timezone.localdate()).get(user=cast.clerk).channel == cast.hall.channel


@pytest.mark.parametrize("name", ["staff", "staff_invite", "person"])
def test_a_list_of_staff_costs_the_same_for_one_and_for_fifty(cast: Cast, name: str) -> None:
    client = cast.signed_in(cast.manager)
    url = reverse(name, args=[cast.clerk.pk] if name == "person" else [])
    few = queries(client, url)

    for number, outlet in enumerate(outlets_below(cast, cast.district, 50)):
        cast.person(f"many{number}", "样本店员", outlet.channel, Role.CLERK)
        staff.appoint(
            cast.clerk, channel=outlet.channel, role=Role.CLERK, by=cast.manager, now=cast.now
        )

    assert queries(client, url) == few


def test_a_clerks_own_document_is_kept_as_a_hash_alone(cast: Cast) -> None:
    number = PEOPLE["li"].number
    url = reverse("person_document", args=[cast.clerk.pk])

    cast.signed_in(cast.manager).post(url, {"document": number.lower()})

    cast.clerk.refresh_from_db()
    assert cast.clerk.person_key
    assert number not in str(vars(cast.clerk))


def test_a_wrong_document_number_is_said_and_not_kept(cast: Cast) -> None:
    url = reverse("person_document", args=[cast.clerk.pk])

    wrong = {"document": PEOPLE["li"].number[:-1] + "Z"}

    page = cast.signed_in(cast.manager).post(url, wrong, follow=True)

    assert "身份证号不对" in page.content.decode()
    cast.clerk.refresh_from_db()
    assert cast.clerk.person_key == ""


def test_nobody_notes_his_own_document(cast: Cast) -> None:
    with pytest.raises(staff.NotYourRole):
        staff.note_document(cast.manager, number=PEOPLE["li"].number, by=cast.manager, now=cast.now)
