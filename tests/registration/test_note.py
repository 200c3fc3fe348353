"""Notes of verifiers for one another."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from portal.models import AuditEntry
from registration.models import Note, Review
from registration.services import note, review
from tests.cast import Cast

pytestmark = pytest.mark.django_db

SAID = "样本：已电话核实，客户本人知情"


@pytest.fixture
def desk(cast: Cast) -> Client:
    return cast.signed_in(cast.verifier)


@pytest.fixture
def case(cast: Cast) -> Review:
    cast.in_review()
    return cast.claimed()


def write(client: Client, case: Review, text: str = SAID, **headers: str) -> Any:
    url = reverse("review_note", kwargs={"pk": case.pk})
    return client.post(url, {"claim_no": case.claim_no, "note": text}, headers=headers)


def test_a_note_is_on_the_page_of_whoever_has_the_case_next(
    cast: Cast, desk: Client, case: Review
) -> None:
    write(desk, case)
    review.release(case, claim_no=case.claim_no, by=cast.verifier, now=cast.now)
    again = review.claim(cast.second_verifier, now=cast.now)

    assert again == case
    page = cast.signed_in(cast.second_verifier).get(reverse("review", kwargs={"pk": case.pk}))
    shown = page.content.decode()
    assert SAID in shown
    assert cast.verifier.name in shown


def test_the_counter_and_the_managers_see_no_note(cast: Cast, desk: Client, case: Review) -> None:
    write(desk, case)
    application = {"pk": case.application_id}

    for who, name in ((cast.clerk, "application_result"), (cast.manager, "report_case")):
        page = cast.signed_in(who).get(reverse(name, kwargs=application))
        assert page.status_code == 200
        assert SAID not in page.content.decode()


def test_the_page_that_asks_for_it_hears_the_list(desk: Client, case: Review) -> None:
    answer = write(desk, case, Accept="application/json")

    assert SAID in answer.json()["html"]


def test_what_was_said_is_stored_unreadable_and_told_to_no_log(desk: Client, case: Review) -> None:
    write(desk, case)

    entry = AuditEntry.objects.get(action="note.written")
    assert SAID not in repr(entry.detail)
    assert str(Note.objects.get()).endswith(f"application {case.application_id}")


@pytest.mark.parametrize(
    ("text", "said"), [(" \n ", "备注是空的"), ("字" * (note.LONGEST + 1), "备注太长")]
)
def test_an_empty_or_endless_note_is_not_kept(
    desk: Client, case: Review, text: str, said: str
) -> None:
    answer = write(desk, case, text, Accept="application/json")

    assert answer.status_code == 422
    assert said in answer.json()["error"]
    assert not Note.objects.exists()


def test_only_who_holds_the_case_writes_on_it(cast: Cast, case: Review) -> None:
    answer = write(cast.signed_in(cast.second_verifier), case)

    assert answer.status_code == 409
    assert not Note.objects.exists()
