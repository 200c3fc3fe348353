"""The made-up country of ``manage.py seed``: whole, and fit to work on."""

from collections import Counter
from collections.abc import Iterator
from random import Random
from typing import Any

import pytest
from django.db import connection, models
from django.test import Client
from django.urls import reverse
from stdnum.iso7064 import mod_11_2

from outlets.models import Channel, Outlet, Post, Tier
from portal.models import User
from registration.models import Application, Decision, Identity, Line, Photo, Review, Slot
from registration.seeding import people, tables
from registration.seeding.fill import TABLES
from registration.services import review
from tests.cast import Cast
from tests.registration.seeded import NOW, seeded

Status = Application.Status
APPLICATIONS, OUTLETS = 2_000, 200

pytestmark = pytest.mark.postgres


@pytest.fixture(scope="module")
def country(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    with seeded(django_db_blocker, APPLICATIONS, OUTLETS):
        yield


@pytest.fixture
def seeded_db(country: None, db: None) -> None:
    """The country, in a transaction of this test."""


@pytest.mark.usefixtures("seeded_db")
def test_as_many_are_there_as_were_asked_for() -> None:
    assert Application.objects.count() == APPLICATIONS
    assert Outlet.objects.count() == OUTLETS
    assert set(Outlet.objects.values_list("tier", flat=True)) == set(Tier.values)
    assert Decision.objects.count() > APPLICATIONS * 0.9
    assert Photo.objects.count() > 3 * APPLICATIONS


@pytest.mark.usefixtures("seeded_db")
def test_the_tree_is_sound_in_the_eyes_of_treebeard() -> None:
    assert Channel.objects.find_problems() == ([], [], [], [], [])
    assert not Outlet.objects.exclude(channel__kind=Channel.Kind.OUTLET).exists()


@pytest.mark.usefixtures("seeded_db")
def test_most_are_done_and_some_wait_in_every_state() -> None:
    statuses = Counter(Application.objects.values_list("status", flat=True))

    assert statuses[Status.ACTIVE] > APPLICATIONS * 0.9
    assert Review.objects.waiting().count() == statuses[Status.IN_REVIEW] > 5
    assert Line.objects.count() == statuses[Status.ACTIVE]
    assert {Status.REFUSED, Status.ABANDONED} < set(statuses)


@pytest.mark.usefixtures("seeded_db")
def test_they_come_in_over_thirteen_months_and_none_from_the_future() -> None:
    made = Application.objects.aggregate(models.Min("made_at"), models.Max("made_at"))
    late = Application.objects.filter(touched_at__gt=NOW) | Application.objects.filter(
        reviews__decision__decided_at__gt=NOW
    )

    assert (made["made_at__max"] - made["made_at__min"]).days in (394, 395)
    assert not late.exists()


@pytest.mark.usefixtures("seeded_db")
def test_everybody_is_made_up_and_has_a_right_number() -> None:
    cards = [identity.card for identity in Identity.objects.order_by("pk")[:50]]

    assert all(card.number.startswith("99") for card in cards)
    assert all(mod_11_2.is_valid(card.number) for card in cards)
    assert len({card.number for card in cards}) > 40


@pytest.mark.usefixtures("seeded_db")
def test_columns_that_are_encrypted_are_encrypted() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT block FROM registration_identity LIMIT 1")
        [block] = cursor.fetchone()
    number = Application.objects.filter(number__isnull=False).latest("pk").number

    assert "示例省样本市".encode("utf-16-le") in people.made_up(0, Random(1)).block()
    assert "示例省样本市".encode("utf-16-le") not in bytes(block)
    assert number.startswith("170")


@pytest.mark.usefixtures("seeded_db")
def test_nobody_judges_or_exceeds_what_the_law_allows() -> None:
    own = Decision.objects.filter(decided_by=models.F("review__captured_by"))
    most = Slot.objects.values("person_key").annotate(lines=models.Count("pk"))

    assert not own.exists()
    assert max(row["lines"] for row in most) <= 3


@pytest.mark.usefixtures("seeded_db")
def test_the_tables_have_their_indexes_and_constraints_back() -> None:
    names = [model._meta.db_table for model in TABLES]
    wanted = {index.name for model in TABLES for index in model._meta.indexes}
    wanted |= {str(one.name) for model in TABLES for one in model._meta.constraints}
    indexes = {name.strip('"') for name, _ in tables._ask(tables.INDEXES, names)}
    constraints = {name for _, name, _ in tables._ask(tables.CONSTRAINTS, names)}
    with connection.cursor() as cursor:
        cursor.execute("SELECT conname FROM pg_constraint WHERE contype = 'c'")
        constraints |= {name for (name,) in cursor.fetchall()}

    assert wanted <= indexes | constraints
    assert sum(name.endswith(("_id", "_fk")) or "_fk_" in name for name in constraints) > 30


@pytest.mark.usefixtures("seeded_db")
def test_new_rows_go_on_behind_the_seeded_ones() -> None:
    last = User.objects.latest("pk").pk

    user = User.objects.create(username="next", name="样本后来")

    assert user.pk == last + 1


@pytest.mark.usefixtures("seeded_db")
def test_a_verifier_claims_from_the_seeded_queue() -> None:
    verifier = _somebody(Post.Role.VERIFIER)

    claimed = review.claim(verifier, now=NOW)

    assert claimed
    assert claimed.channel_path.startswith(verifier.post.channel.path)


@pytest.mark.usefixtures("seeded_db")
@pytest.mark.parametrize(
    ("role", "page"),
    [
        (Post.Role.MANAGER, "report"),
        (Post.Role.MANAGER, "channels"),
        (Post.Role.MANAGER, "staff"),
        (Post.Role.MANAGER, "supervision"),
        (Post.Role.MANAGER, "appeals"),
        (Post.Role.CLERK, "counter"),
        (Post.Role.VERIFIER, "desk"),
    ],
)
def test_a_page_works_over_the_seeded_country(role: str, page: str) -> None:
    client = Cast.signed_in(_somebody(role))

    answer = client.get(reverse(page))

    assert answer.status_code == 200


@pytest.mark.usefixtures("seeded_db")
def test_the_cases_and_a_case_of_the_whole_country_open() -> None:
    client = Cast.signed_in(_somebody(Post.Role.MANAGER))
    head = Channel.objects.get(depth=1)
    done = Application.objects.filter(status=Status.ACTIVE).latest("pk")

    cases = client.get(reverse("report_cases", args=[head.pk]))
    one = client.get(reverse("report_case", args=[done.pk]))

    assert len(cases.context["page"]) > 10
    assert "170****" in one.content.decode().replace(" ", "")


@pytest.mark.usefixtures("seeded_db")
def test_the_password_that_is_printed_opens_the_accounts() -> None:
    client = Client()
    username = _somebody(Post.Role.VERIFIER).username

    answer = client.post(
        reverse("login"), {"username": username, "password": "yanshi-2026"}, follow=True
    )

    assert answer.wsgi_request.user.username == username


def _somebody(role: str) -> User:
    post = Post.objects.filter(role=role).select_related("user", "channel").order_by("pk")[0]
    user: User = post.user
    user.post = post
    return user
