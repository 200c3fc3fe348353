"""No list of the product reads a big table from one end to the other."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection, models
from django.urls import reverse

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
from registration.services import compliance
from registration.services.tally import Pair
from tests.cast import Cast
from tests.plans import scans, whole_tables
from tests.registration.seeded import seeded

APPLICATIONS, OUTLETS = 20_000, 20_000
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


def test_a_table_that_is_read_whole_would_be_noticed() -> None:
    [found] = scans("SELECT count(*) FROM registration_application WHERE round = 77")

    assert found.table == "registration_application"


def _post(role: str, kind: str) -> Post:
    """The last of them: what lies far behind costs no more."""
    posts = Post.objects.filter(role=role, channel__kind=kind).select_related("user", "channel")
    found: Post = posts.latest("pk")
    return found


def _big() -> set[str]:
    return {model._meta.db_table for model in BIG}
