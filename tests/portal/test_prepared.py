import pytest
from django.db import connection

from portal.models import User
from portal.prepared import prepared

pytestmark = pytest.mark.django_db

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

    with prepared():
        for place in OFTEN:
            assert not User.objects.filter(pk=-1 - place).exists()

    assert outside == []
    assert len(known()) == 1


@pytest.mark.postgres
def test_after_an_error_statements_go_as_they_did_before() -> None:
    connection.ensure_connection()
    before = connection.connection.cursor_factory

    with pytest.raises(LookupError), prepared():
        raise LookupError

    assert connection.connection.cursor_factory is before


def test_every_database_answers_inside_as_outside() -> None:
    user = User.objects.create(username="li")

    with prepared():
        found = [User.objects.get(pk=user.pk).username for _ in OFTEN]

    assert found == ["li"] * len(OFTEN)
