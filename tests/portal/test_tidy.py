from datetime import timedelta

import pytest
from axes.models import AccessAttempt
from django.utils import timezone

from portal import tasks
from portal.models import Session
from tests.cast import Cast

pytestmark = pytest.mark.django_db


def test_sessions_that_ran_out_are_forgotten_and_live_ones_stay(cast: Cast) -> None:
    cast.signed_in(cast.clerk)
    cast.signed_in(cast.verifier)
    Session.objects.filter(user=cast.clerk).update(expire_date=timezone.now() - timedelta(days=1))

    tasks.tidy()

    assert [row.user for row in Session.objects.all()] == [cast.verifier]


def test_failed_log_ins_that_no_longer_count_are_forgotten() -> None:
    for age in (timedelta(hours=1), timedelta()):
        attempt = AccessAttempt.objects.create(username="nobody", failures_since_start=1)
        AccessAttempt.objects.filter(pk=attempt.pk).update(attempt_time=timezone.now() - age)

    tasks.tidy()

    assert AccessAttempt.objects.count() == 1
