"""Pages that begin behind a row."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db.models import QuerySet

from portal import keyset
from portal.models import AuditEntry

START = datetime(2026, 11, 1, tzinfo=UTC)
ORDERS = [("at",), ("-at",), ("action", "-at"), ("-action", "subject_id", "-at")]


@pytest.fixture
def entries(db: None) -> list[AuditEntry]:
    """120 in which everything that they may be sorted by comes several times."""
    return AuditEntry.objects.bulk_create(
        AuditEntry(
            at=START + timedelta(hours=number * 7 % 30),
            action=f"specimen.{number % 3}",
            subject_id=number % 5,
        )
        for number in range(120)
    )


@pytest.mark.usefixtures("entries")
@pytest.mark.parametrize("order", ORDERS)
def test_page_by_page_every_row_comes_once_and_in_order(order: tuple[str, ...]) -> None:
    last = "-pk" if order[-1].startswith("-") else "pk"

    seen = [row.pk for page in _forwards(order) for row in page]

    assert seen == list(AuditEntry.objects.order_by(*order, last).values_list("pk", flat=True))


@pytest.mark.usefixtures("entries")
@pytest.mark.parametrize("order", ORDERS)
def test_the_way_back_shows_the_same_pages(order: tuple[str, ...]) -> None:
    first, second, third = _forwards(order)

    back = _page(order, before=third.before)
    front = _page(order, before=back.before)

    assert (list(back), list(front)) == (list(second), list(first))
    assert (front.before, third.after) == (None, None)
    assert [len(page) for page in (first, second, third)] == [50, 50, 20]


@pytest.mark.usefixtures("entries")
@pytest.mark.parametrize(
    "asked",
    [
        {},
        {"after": ""},
        {"after": "x"},
        {"after": "-1"},
        {"after": "²"},
        {"before": "0"},
        {"after": "999999999999999999"},
        {"after": "9" * 30},
        {"before": "9" * 30, "after": "1 OR 1=1"},
    ],
)
def test_what_names_no_row_is_the_first_page(asked: dict[str, str]) -> None:
    page = keyset.page(AuditEntry.objects.all(), ("at",), asked)

    assert list(page) == list(AuditEntry.objects.order_by("at", "pk")[:50])


def test_a_row_that_is_not_in_the_list_is_no_place_in_it(entries: list[AuditEntry]) -> None:
    hidden = next(entry for entry in entries if entry.action == "specimen.2")
    rows = AuditEntry.objects.exclude(action="specimen.2")

    page = keyset.page(rows, ("at",), {"after": str(hidden.pk)})

    assert list(page) == list(rows.order_by("at", "pk")[:50])


@pytest.mark.usefixtures("entries")
def test_when_rows_before_are_gone_the_first_page_is_shown_whole() -> None:
    _first, second, _third = _forwards(("at",))
    AuditEntry.objects.filter(pk__in=[row.pk for row in _first][:10]).delete()

    page = _page(("at",), before=second.before)

    assert len(page) == 50
    assert page.before is None


def test_an_empty_list_is_one_empty_page(db: None) -> None:
    page = keyset.page(AuditEntry.objects.all(), ("at",), {})

    assert not page
    assert not page.has_other_pages


@pytest.mark.usefixtures("entries")
def test_a_page_takes_one_query_and_its_place_one_more(
    django_assert_num_queries: Callable[..., Any],
) -> None:
    with django_assert_num_queries(1):
        first = _page(("at",))
    with django_assert_num_queries(2) as found:
        _page(("at",), after=first.after)

    assert not any("COUNT" in query["sql"] for query in found.captured_queries)


def _page(order: tuple[str, ...], **asked: int | None) -> keyset.Page:
    rows: QuerySet[AuditEntry] = AuditEntry.objects.all()
    return keyset.page(rows, order, {name: str(pk) for name, pk in asked.items()})


def _forwards(order: tuple[str, ...]) -> Iterator[keyset.Page]:
    page = _page(order)
    yield page
    while page.after is not None:
        page = _page(order, after=page.after)
        yield page
