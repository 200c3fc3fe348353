"""The sixth number at two counters at once, on a real PostgreSQL: one place, one winner."""

import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import Any

import pytest
from django.db import connection

from registration import flow
from registration.models import Application, Slot
from registration.services import check, slot
from tests.cast import Cast

WANG = "13800009001"

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


def test_of_two_counters_that_submit_the_fifth_and_the_sixth_one_wins() -> None:
    cast = Cast()
    for place in range(4):
        cast.submitted(number=f"1700000002{place}")
    rivals = [cast.ready(number=f"1700000003{place}") for place in range(4)]
    start = Barrier(len(rivals))

    def submit(pk: int) -> str:
        application = Application.objects.get(pk=pk)
        start.wait()
        try:
            flow.submit(application, by=cast.clerk, key=uuid.uuid4(), now=cast.now)
        except (check.Blocked, slot.LimitReached) as refusal:
            return type(refusal).__name__
        finally:
            connection.close()
        return "submitted"

    with ThreadPoolExecutor(len(rivals)) as pool:
        answers = list(pool.map(submit, [rival.pk for rival in rivals]))

    assert answers.count("submitted") == 1
    assert sorted(Slot.objects.values_list("place", flat=True)) == [1, 2, 3, 4, 5]


def test_one_page_that_submits_twice_at_once_gets_one_answer() -> None:
    cast = Cast()
    application = cast.ready()
    key, start = uuid.uuid4(), Barrier(2)

    def submit(_click: int) -> Application:
        row = Application.objects.get(pk=application.pk)
        start.wait()
        try:
            return flow.submit(row, by=cast.clerk, key=key, now=cast.now)
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        first, second = pool.map(submit, range(2))

    assert first.submitted_at == second.submitted_at
    assert first.round == second.round == 1
    assert Slot.objects.count() == 1


def test_a_place_that_a_cancellation_frees_goes_to_one_of_those_who_wait_for_it(
    settings: Any,
) -> None:
    settings.UNDO = timedelta(0)
    cast = Cast()
    cast.in_use("wang", WANG)
    for last in range(4):
        cast.in_use("wang", f"1700000002{last}")
    gone = cast.approved(cast.asking("cancel", "wang", number=WANG))
    rivals = [cast.ready(number=f"1700000003{place}") for place in range(3)]
    start = Barrier(len(rivals) + 1)

    def act(pk: int) -> str:
        application = Application.objects.get(pk=pk)
        start.wait()
        try:
            if pk == gone.pk:
                cast.done(application)
            else:
                flow.submit(application, by=cast.clerk, key=uuid.uuid4(), now=cast.now)
        except (check.Blocked, slot.LimitReached) as refusal:
            return type(refusal).__name__
        finally:
            connection.close()
        return "done"

    with ThreadPoolExecutor(len(rivals) + 1) as pool:
        cancelled, *answers = pool.map(act, [gone.pk, *(rival.pk for rival in rivals)])

    assert cancelled == "done"
    assert answers.count("done") <= 1
    assert Slot.objects.count() == 4 + answers.count("done")


def test_of_two_numbers_that_are_transferred_to_one_person_at_once_one_takes_the_last_place() -> (
    None
):
    cast = Cast()
    for last in range(4):
        cast.submitted("li", number=f"1700000002{last}")
    rivals = [
        cast.asking("transfer", "li", "wang", number=WANG),
        cast.asking("transfer", "li", "zhang", number="13800009003"),
    ]
    start = Barrier(len(rivals))

    def submit(pk: int) -> str:
        application = Application.objects.get(pk=pk)
        start.wait()
        try:
            flow.submit(application, by=cast.clerk, key=uuid.uuid4(), now=cast.now)
        except (check.Blocked, slot.LimitReached) as refusal:
            return type(refusal).__name__
        finally:
            connection.close()
        return "submitted"

    with ThreadPoolExecutor(len(rivals)) as pool:
        answers = list(pool.map(submit, [rival.pk for rival in rivals]))

    assert answers.count("submitted") == 1
    assert sorted(Slot.objects.values_list("place", flat=True)) == [1, 2, 3, 4, 5]
