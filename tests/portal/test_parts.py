from typing import Any

import pytest
from django.db import transaction
from django.db.transaction import TransactionManagementError

from portal.models import User
from portal.parts import part


class Failed(Exception):
    pass


@part
def hire(name: str) -> None:
    User.objects.create(username=name)


@part
def hire_and_fail(name: str) -> None:
    User.objects.create(username=name)
    raise Failed


def test_a_part_of_a_verb_costs_no_statement_of_its_own(
    db: None, django_assert_num_queries: Any
) -> None:
    with transaction.atomic(), django_assert_num_queries(1):
        hire("li")


@pytest.mark.django_db(transaction=True)
def test_alone_it_is_a_transaction() -> None:
    with pytest.raises(Failed):
        hire_and_fail("li")

    assert not User.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_whoever_catches_what_it_raises_cannot_go_on() -> None:
    with transaction.atomic():
        hire("wang")
        with pytest.raises(Failed):
            hire_and_fail("li")
        with pytest.raises(TransactionManagementError):
            hire("zhao")

    assert not User.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_whoever_means_to_catch_says_so() -> None:
    with transaction.atomic():
        hire("wang")
        with pytest.raises(Failed), transaction.atomic():
            hire_and_fail("li")

    assert [user.username for user in User.objects.all()] == ["wang"]
