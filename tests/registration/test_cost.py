"""What the counter's two dearest verbs ask of the database: each statement is a way there and back
while the rows are held. What is BEGIN and COMMIT there is a savepoint here."""

import uuid
from typing import Any

from django.utils import timezone

from registration import flow
from registration.bench import submit
from registration.models import Application
from tests.cast import Cast


def test_a_submit_with_a_proxy_costs_thirty_one_statements(
    cast: Cast, django_assert_num_queries: Any
) -> None:
    application = Application.objects.get(pk=cast.ready(proxy="li").pk)

    with django_assert_num_queries(31):
        flow.submit(application, by=cast.clerk, key=uuid.uuid4(), now=cast.now)

    application.refresh_from_db()
    assert application.status == Application.Status.SUBMITTED
    assert application.online_checks.count() == 2


def test_a_read_costs_twenty_statements(cast: Cast, django_assert_num_queries: Any) -> None:
    cast.read(cast.draft())  # the program's first read binds its reader
    draft = cast.draft()
    message = cast.signed_read(draft)

    with django_assert_num_queries(20):
        cast.hand_over(draft, message)

    assert draft.parties.count() == 1


def test_the_bench_writes_the_rows_of_a_submit_in_thirteen(
    db: None, django_assert_num_queries: Any
) -> None:
    counter = submit.ready(1, now=timezone.now())
    first = submit.ask_for_reads(counter, 2)

    with django_assert_num_queries(13):
        made = submit.submit(counter, [first, first + 1])

    assert Application.objects.get(pk=made).parties.count() == 2
