"""A query that is compiled once says what the same query says that is compiled each time."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.db import connection
from django.db.models import Q, QuerySet, Value

from portal import prepared
from portal.models import AuditEntry, User
from portal.prepared import named, prepare

pytestmark = pytest.mark.django_db

NOBODY, NEVER = 2_000_000_001, datetime(9999, 1, 1, tzinfo=UTC)


def user(username: str, **changes: Any) -> User:
    made = User.objects.create_user(username, username)
    User.objects.filter(pk=made.pk).update(**changes)
    return made


def rows(pk: int, made: datetime) -> QuerySet[Any, Any]:
    found = User.objects.filter(Q(pk=pk) | Q(made_at__gte=made), is_active=True)
    return found.order_by("pk").values_list("pk", "name", "is_active", "made_at")


@pytest.mark.parametrize("is_planned_once", [True, False])
def test_it_says_what_the_query_says(is_planned_once: bool) -> None:
    moment = datetime(2026, 5, 1, 8, tzinfo=UTC)
    first, _second = user("a", made_at=moment), user("b", made_at=moment)
    later = user("c", made_at=datetime(2026, 6, 1, tzinfo=UTC))
    user("d", made_at=later.made_at, is_active=False)
    made = datetime(2026, 5, 31, tzinfo=UTC)

    statement = prepare(
        rows(NOBODY, NEVER), {NOBODY: "pk", NEVER: "made"}, is_planned_once=is_planned_once
    )
    found = statement.rows(pk=first.pk, made=made)

    assert found == list(rows(first.pk, made))
    assert [row[0] for row in found] == [first.pk, later.pk]


@pytest.mark.parametrize("pk", [2**63, 10**30])
def test_a_number_that_no_column_holds_finds_nothing(pk: int) -> None:
    user("a")

    statement = prepare(rows(NOBODY, NEVER), {NOBODY: "pk", NEVER: "made"}, is_planned_once=True)

    assert statement.rows(pk=pk, made=NEVER) == []


def test_what_does_not_differ_stands_there_as_it_is() -> None:
    odd = "'; 100 % %s %(pk)s \\"
    user("odd", name=odd)
    told = User.objects.filter(name=odd, pk__lt=NOBODY).annotate(one=Value(1), yes=Value(True))

    statement = prepare(
        told.values_list("name", "one", "yes"), {NOBODY: "pk"}, is_planned_once=False
    )

    assert statement.first(pk=10**9) == (odd, 1, True)


def test_true_is_not_taken_for_the_first_row() -> None:
    sql = named("SELECT %s, %s, '%%'", (True, 1), {1: "pk"})

    assert sql == "SELECT TRUE, %(pk)s, '%%'"


def test_a_moment_without_a_name_is_not_written_down() -> None:
    with pytest.raises(TypeError):
        named("SELECT %s", (None,), {NEVER: "now"})


def test_a_day_and_a_structure_come_back_as_they_were_stored() -> None:
    entry = AuditEntry.objects.create(action="x", at=NEVER, detail={"a": [1]})
    no_day, day = date(9998, 1, 1), date(2026, 1, 1)
    told = AuditEntry.objects.filter(pk=NOBODY, at__date__gte=no_day).values_list("detail", "at")

    statement = prepare(told, {NOBODY: "pk", no_day: "day"}, is_planned_once=True)

    assert statement.first(pk=entry.pk, day=day) == (entry.detail, entry.at)


# Throughout a verb

OFTEN = range(8)


def known() -> list[str]:
    """The statements that the server has kept of this connection."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT statement FROM pg_prepared_statements")
        return [text for (text,) in cursor.fetchall() if "portal_user" in text]


@pytest.mark.postgres
def test_what_is_asked_often_inside_is_known_to_the_server_and_what_is_asked_outside_is_not() -> (
    None
):
    for place in OFTEN:
        assert not User.objects.filter(pk=-1 - place).exists()
    outside = known()

    with prepared.throughout():
        for place in OFTEN:
            assert not User.objects.filter(pk=-1 - place).exists()

    assert outside == []
    assert len(known()) == 1


@pytest.mark.postgres
def test_after_an_error_statements_go_as_they_did_before() -> None:
    connection.ensure_connection()
    before = connection.connection.cursor_factory

    with pytest.raises(LookupError), prepared.throughout():
        raise LookupError

    assert connection.connection.cursor_factory is before


def test_every_database_answers_inside_as_outside() -> None:
    user = User.objects.create(username="li")

    with prepared.throughout():
        found = [User.objects.get(pk=user.pk).username for _ in OFTEN]

    assert found == ["li"] * len(OFTEN)
