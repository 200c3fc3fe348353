"""One card at the counter, many requests at once, each with its own connection: it counts once."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from django.db import connection

from portal.refusal import Refusal
from registration.models import Application, Identity, Party, ReadRefusal
from tests.cast import Cast

pytestmark = pytest.mark.django_db(transaction=True)

Message = dict[str, Any]


def handed_over(cast: Cast, posts: Sequence[tuple[Application, Message]]) -> list[str]:
    """All at the same moment, each on a connection of its own: "taken", or the refusal's code."""
    start = Barrier(len(posts))

    def post(application_id: int, message: Message) -> str:
        application = Application.objects.get(pk=application_id)
        start.wait()
        try:
            cast.hand_over(application, message)
        except Refusal as refusal:
            return refusal.code
        finally:
            connection.close()
        return "taken"

    with ThreadPoolExecutor(len(posts)) as pool:
        return sorted(
            pool.map(post, [row.pk for row, _ in posts], [message for _, message in posts])
        )


def test_a_read_that_a_page_sends_many_times_at_once_counts_once_and_blames_nobody() -> None:
    cast = Cast()
    application = cast.draft()
    message = cast.signed_read(application)

    said = handed_over(cast, [(application, message)] * 32)

    assert said == ["repeated_read"] * 31 + ["taken"]
    assert (Identity.objects.count(), Party.objects.count()) == (1, 1)
    # A reply that was lost, asked for again: no point for the outlet, no stolen key.
    assert not ReadRefusal.objects.exists()
    assert cast.bridge.contested_at is None


def test_of_two_reads_for_one_question_at_once_one_is_taken() -> None:
    cast = Cast()
    application = cast.draft()
    first = cast.signed_read(application)
    asked = application.challenges.get().nonce
    second = cast.signed_read(application, "li", challenge=asked, counter=cast.bridge.counter + 2)

    said = handed_over(cast, [(application, first), (application, second)])

    assert said == ["spent_challenge", "taken"]
    assert (Identity.objects.count(), Party.objects.count()) == (1, 1)
    assert cast.bridge.contested_at is None


def test_of_two_reads_with_one_number_at_once_one_is_taken_and_the_manager_sees_it() -> None:
    cast = Cast()
    one, other = cast.draft(), cast.draft()
    posts = [(one, cast.signed_read(one)), (other, cast.signed_read(other, "li"))]

    said = handed_over(cast, posts)

    assert said == ["replayed_read", "taken"]
    assert Identity.objects.count() == 1
    assert cast.bridge.contested_at == cast.now
