"""No list of the product reads a big table from one end to the other."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, models, transaction
from django.db.models import F
from django.urls import reverse
from django.utils import timezone

from outlets.models import Bridge, Channel, Outlet, Post
from portal.models import AuditEntry, User
from registration.models import (
    Application,
    Decision,
    Finding,
    Identity,
    Line,
    OnlineCheck,
    Party,
    Photo,
    Review,
)
from registration.services import compliance, looks, turn
from registration.services.tally import Pair
from tests.cast import Cast
from tests.plans import run, run_as_kept, scans, statements, whole_tables
from tests.registration.seeded import seeded

APPLICATIONS, OUTLETS = 20_000, 20_000
ORDERS = 10_000
BIG: tuple[type[models.Model], ...] = (
    *(Application, Review, Decision, Party, Identity, Photo, Line, Finding, OnlineCheck),
    *(Outlet, Channel, Bridge, Post, User, AuditEntry),
)

pytestmark = pytest.mark.postgres
Role, Kind = Post.Role, Channel.Kind


@pytest.fixture(scope="module")
def country(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    with seeded(django_db_blocker, APPLICATIONS, OUTLETS):
        yield


@pytest.fixture(autouse=True)
def seeded_db(country: None, db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """The country, in a transaction of this test, on a disk without a moving head."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL random_page_cost = 1.1")
    # The figures above a list are the report's, and counted there.
    monkeypatch.setattr(compliance, "counts", lambda question, clerk=None: Pair())


LISTS = [
    (Role.CLERK, Kind.OUTLET, "counter", ""),
    (Role.CLERK, Kind.OUTLET, "counter_live", ""),
    (Role.VERIFIER, Kind.PROVINCE, "desk", ""),
    (Role.VERIFIER, Kind.PROVINCE, "desk_queue", ""),
    *(
        (Role.MANAGER, kind, name, query)
        for kind in (Kind.HEAD, Kind.PROVINCE, Kind.DISTRICT)
        for name, query in (
            ("supervision", ""),
            ("supervision_live", ""),
            ("report_cases", "?kind=submitted"),
            ("report_cases", "?kind=decided"),
            ("report_cases", "?kind=returned"),
            ("report_cases", "?kind=opened"),
            ("report_cases", "?kind=flagged"),
            ("report_cases", "?kind=refused_read"),
            ("appeals", ""),
            ("channels", "?status=closed"),
            ("channels", "?status=open"),
            ("channels", "?tier=own_hall"),
            ("staff", ""),
            ("staff", "?role=verifier"),
            ("readers", ""),
        )
    ),
    # Above that the tree counts the outlets of a whole province or country, and reads them.
    (Role.MANAGER, Kind.DISTRICT, "channels", ""),
    (Role.MANAGER, Kind.PROVINCE, "staff", "?ended=1"),
    (Role.MANAGER, Kind.DISTRICT, "staff", "?ended=1"),
]


@pytest.mark.parametrize(("role", "kind", "name", "query"), LISTS)
def test_a_list_reads_no_big_table_whole(role: str, kind: str, name: str, query: str) -> None:
    post = _post(role, kind)
    arguments = [post.channel_id] if name == "report_cases" else []
    client = Cast.signed_in(post.user)

    found = whole_tables(client, reverse(name, args=arguments) + query)

    assert [scan.statement for scan in found if scan.table in _big()] == []


def test_who_lacks_a_skill_passes_over_what_needs_it_within_the_queue_s_index() -> None:
    post = _post(Role.VERIFIER, Kind.PROVINCE)
    first = Review.objects.filter(status="decided").values_list("pk", flat=True)[: ORDERS + 1]
    *orders, last = first
    waiting = {"status": "open", "claimed_by": None, "channel_path": post.channel.path}
    # Ten thousand orders of units before the only case that this verifier can take.
    Review.objects.filter(pk__in=orders).update(needs_units=True, priority=9, **waiting)
    Review.objects.filter(status="open", needs_units=False).update(status="decided")
    Review.objects.filter(pk=last).update(priority=0, **waiting)
    Post.objects.filter(pk=post.pk).update(knows_units=False)

    taken, claim = _claim(_acting(post))

    assert taken.pk == last
    steps = run(*claim)
    [queue] = [step for step in steps if step.index == "review_turn"]
    assert "needs_units" in queue.condition
    assert queue.removed == 0
    assert [step.table for step in steps if step.is_whole and step.table in _big()] == []


def test_a_claim_s_kept_plan_comes_upon_the_case_at_once_whoever_asks() -> None:
    """Many have decided much, much is kept for others, and little lies below the last of them."""
    post = _post(Role.VERIFIER, Kind.PROVINCE)
    colleague = User.objects.filter(posts__role=Role.VERIFIER).exclude(pk=post.user_id).first()
    waiting = Review.objects.filter(status="open")
    rows = Review.objects.filter(status="decided").values_list("pk", flat=True)[:ORDERS]
    Review.objects.filter(pk__in=list(rows)).update(status="open", claimed_by=None)
    later = timezone.now() + timedelta(days=1)
    waiting.annotate(rest=F("pk") % 3).filter(rest=0).update(kept_for=colleague, kept_until=later)
    Review.objects.filter(status="decided").update(claimed_by=post.user_id, lease_until=later)

    _taken, claim = _claim(_acting(post))

    steps = run_as_kept(*claim)
    assert [step.table for step in steps if step.is_whole and step.table in _big()] == []
    assert {"review_kept", "review_in_hand"} <= {step.index for step in steps}
    assert sum(step.removed for step in steps) < ORDERS / 10


def test_looks_again_are_found_without_the_queue() -> None:
    post = _post(Role.MANAGER, Kind.HEAD)
    rows = Review.objects.filter(status="decided").values_list("pk", flat=True)[:ORDERS]
    Review.objects.filter(pk__in=list(rows)).update(status="open")
    manager = _acting(post)

    with statements() as said:
        looks.waiting(manager, now=timezone.now())

    [queue] = [step for step in run(*said[0]) if step.table == "registration_review"]
    assert (queue.index, queue.removed) == ("review_looks", 0)


def test_a_table_that_is_read_whole_would_be_noticed() -> None:
    [found] = scans("SELECT count(*) FROM registration_application WHERE round = 77")

    assert found.table == "registration_application"


def _post(role: str, kind: str) -> Post:
    """The last of them: what lies far behind costs no more."""
    posts = Post.objects.filter(role=role, channel__kind=kind).select_related("user", "channel")
    found: Post = posts.latest("pk")
    return found


def _acting(post: Post) -> User:
    """Its holder, as a request has them; PostgreSQL has seen what was changed for them."""
    user: User = post.user
    user.post = Post.objects.held_by(user, timezone.localdate()).get(pk=post.pk)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE registration_review")
    return user


def _claim(verifier: User) -> tuple[Review, tuple[str, Any]]:
    """What they get, and the statement that takes it; it is given back."""
    with statements() as said, transaction.atomic():
        taken = turn.take(verifier, timezone.now())
        transaction.set_rollback(True)
    assert taken is not None
    [claim] = [spoken for spoken in said if spoken[0].startswith("WITH taken")]
    return taken, claim


def _big() -> set[str]:
    return {model._meta.db_table for model in BIG}
