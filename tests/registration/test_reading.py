"""What other reads say about a read: replayed bytes, a borrowed reader, hours, many customers."""

import uuid
from datetime import time, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from outlets.bridge.people import PEOPLE
from outlets.models import Outlet, Reader
from outlets.services import reader
from portal.models import AuditEntry
from registration import flow
from registration.models import Application, Finding, Role
from registration.rules import reading
from registration.services import policy
from tests.cast import Cast
from tests.registration.work import at
from tests.signing import utc

pytestmark = pytest.mark.django_db


def found(cast: Cast, application: Application) -> set[str]:
    """The findings on reading, as the counter shows them."""
    verdicts = flow.judge(application, now=cast.now)
    return {verdict.rule.id for verdict in verdicts} & set(reading.IDS)


def read_into(cast: Cast, person: str = "wang", **where: object) -> Application:
    application = cast.draft(**where)  # type: ignore[arg-type]
    cast.read(application, person)
    return application


def for_another(cast: Cast, holder: str, proxy: str = "zhang") -> Application:
    """Somebody comes for somebody else."""
    application = cast.draft()
    cast.answer(application, "proxy")
    cast.read(application, holder)
    cast.read(application, proxy, Role.PROXY)
    return application


def given(cast: Cast) -> dict[str, Any]:
    """When, why and by whom a policy is set."""
    today = timezone.localdate(cast.now)
    return {"from_date": today, "reason": "样本", "by": cast.administrator, "now": cast.now}


def later(cast: Cast, **wait: float) -> Cast:
    cast.now += timedelta(**wait)
    return cast


# The same bytes -------------------------------------------------------------------------------


def test_the_same_bytes_on_another_application_within_ten_minutes_are_told(cast: Cast) -> None:
    first = read_into(cast)

    second = read_into(later(cast, minutes=10))

    assert found(cast, second) == {"CV-01R"}
    assert found(cast, first) == set()


def test_eleven_minutes_later_it_is_another_visit(cast: Cast) -> None:
    read_into(cast)

    assert found(cast, read_into(later(cast, minutes=10, seconds=1))) == set()


def test_reading_again_into_the_same_application_is_nobody_s_business(cast: Cast) -> None:
    application = read_into(cast)

    cast.read(application)

    assert found(cast, application) == set()


def test_bytes_that_were_replaced_since_still_tell(cast: Cast) -> None:
    first = read_into(cast)
    cast.read(first, "li")

    assert "CV-01R" in found(cast, read_into(cast))


def test_bytes_that_were_bent_where_nobody_reads_them_still_tell(cast: Cast) -> None:
    read_into(cast)
    block = bytearray(PEOPLE["wang"].block())
    block[220:222] = "x".encode("utf-16-le")  # reserved
    application = cast.draft()

    cast.read(application, parts={"block": bytes(block)})

    assert found(cast, application) == {"CV-01R"}


def test_a_read_whose_row_was_made_late_counts_from_when_it_came(cast: Cast) -> None:
    """A cloud read comes in, is decoded for seconds, and gets its row after another read's."""
    came_first, came_second = cast.draft(), cast.draft()
    arrived = cast.now

    later(cast, seconds=3).read(came_second)
    cast.now = arrived
    cast.read(came_first)

    assert found(cast, came_first) == set()
    assert found(cast, came_second) == {"CV-01R"}


def test_of_two_reads_at_the_same_moment_one_is_told(cast: Cast) -> None:
    both = [read_into(cast), read_into(cast)]

    assert [found(cast, each) for each in both] == [set(), {"CV-01R"}]


def test_how_soon_a_second_read_is_odd_is_policy(cast: Cast) -> None:
    read_into(cast)
    policy.put(cast.province, reading.COPY_MINUTES.key, 5, **given(cast))

    assert found(cast, read_into(later(cast, minutes=5, seconds=1))) == set()
    assert found(cast, read_into(later(cast, minutes=5))) == {"CV-01R"}


# The reader -----------------------------------------------------------------------------------


def test_a_reader_that_another_outlet_used_is_told(cast: Cast) -> None:
    read_into(cast, outlet=cast.sister)
    application = cast.draft()

    cast.read(application, "li", sam_id=cast.sam_id(cast.sister))

    assert found(cast, application) == {"CV-01S"}


def test_a_reader_that_was_elsewhere_over_a_month_ago_is_not(cast: Cast) -> None:
    read_into(cast, outlet=cast.sister)
    application = later(cast, days=30, seconds=1).draft()

    cast.read(application, "li", sam_id=cast.sam_id(cast.sister))

    assert found(cast, application) == set()


def test_how_far_back_readers_are_looked_for_is_policy(cast: Cast) -> None:
    policy.put(cast.province, reading.LOOK_BACK_DAYS.key, 7, **given(cast))
    read_into(cast, outlet=cast.sister)
    application = later(cast, days=7, seconds=1).draft()

    cast.read(application, "li", sam_id=cast.sam_id(cast.sister))

    assert found(cast, application) == set()


def test_a_reader_that_the_manager_moved_is_not(cast: Cast) -> None:
    read_into(cast, outlet=cast.sister)
    seen = Reader.objects.get(outlet=cast.sister)
    reader.leave(seen, by=cast.sister_manager, now=cast.now)
    application = cast.draft()

    cast.read(application, "li", sam_id=cast.sam_id(cast.sister))

    assert found(cast, application) == set()


def test_vendors_services_without_a_sam_id_are_not_one_reader(cast: Cast) -> None:
    for outlet, person in ((cast.sister, "wang"), (cast.outlet, "li")):
        application = cast.draft(outlet=outlet)
        cast.read(application, person, sam_id="", reader="zkteco")

    assert found(cast, application) == set()


# The hour -------------------------------------------------------------------------------------


def test_a_read_after_hours_is_told_by_the_portal_s_clock_in_shanghai(cast: Cast) -> None:
    cast.now = at(21, 4, day=timezone.localdate(cast.now))
    Outlet.objects.filter(pk=cast.outlet.pk).update(opens_at=time(9), closes_at=time(21))
    cast.outlet.refresh_from_db()
    application = cast.draft()

    # By its own clock the counter is still open.
    cast.read(application, read_at=utc(cast.now - timedelta(minutes=5)))

    assert found(cast, application) == {"CV-01H"}


# Many customers -------------------------------------------------------------------------------


def test_the_third_customer_of_one_proxy_is_told_and_the_first_two_are_not(cast: Cast) -> None:
    told = [
        found(cast, for_another(later(cast, hours=1), holder)) for holder in ("wang", "li", "zhao")
    ]

    assert told == [set(), set(), {"PX-07F"}]


def test_a_proxy_s_own_number_is_no_principal(cast: Cast) -> None:
    read_into(later(cast, hours=1), "zhang")
    read_into(later(cast, hours=1), "zhang")

    for holder in ("wang", "li"):
        application = for_another(later(cast, hours=1), holder)

    person = flow.facts(application, now=cast.now).person(Role.PROXY)
    assert person is not None
    assert (person.customers, person.principals) == (3, 2)


def test_one_customer_s_five_numbers_are_one_customer(cast: Cast) -> None:
    told = [found(cast, read_into(later(cast, hours=1))) for _ in range(5)]

    assert told == [set()] * 5


def test_a_month_later_customers_are_counted_anew(cast: Cast) -> None:
    for_another(cast, "wang")
    for_another(later(cast, hours=1), "li")

    assert found(cast, for_another(later(cast, days=30), "zhao")) == set()


def test_a_card_that_another_one_replaced_counts_for_that_customer(cast: Cast) -> None:
    for holder in ("wang", "li"):
        application = for_another(later(cast, hours=1), holder)
        cast.read(application, "liu", Role.PROXY)

    assert "PX-07F" in found(cast, for_another(later(cast, hours=1), "zhao"))


def test_customers_whose_rows_were_made_late_count_from_when_they_came(cast: Cast) -> None:
    arrived = cast.now
    third = for_another(later(cast, seconds=9), "zhao")
    for holder in ("wang", "li"):
        cast.now = arrived
        for_another(cast, holder)

    assert "PX-07F" in found(cast, third)


# Everywhere the same --------------------------------------------------------------------------


def test_a_finding_on_reading_stops_nobody_and_is_the_same_everywhere(cast: Cast) -> None:
    read_into(cast)
    application = cast.ready()
    client = cast.signed_in(cast.clerk)

    page = client.get(reverse("application_check", args=[application.pk])).content.decode()
    flow.submit(application, by=cast.clerk, key=uuid.uuid4(), now=cast.now)
    cast.matched(application)
    case = cast.claimed()
    later(cast, minutes=5)
    read_into(cast)
    desk = cast.signed_in(cast.verifier).get(reverse("review", args=[case.pk])).content.decode()

    text = "这张证件刚刚读进过另一张受理单。"
    assert text in page
    assert text in desk
    assert Finding.objects.get().rule == "CV-01R"
    assert flow.hindrance(application, now=cast.now) is None


def test_a_finding_on_reading_is_written_down_once_for_the_audit(cast: Cast) -> None:
    read_into(cast)
    application = cast.ready()

    flow.submit(application, by=cast.clerk, key=uuid.uuid4(), now=cast.now)
    cast.matched(application)

    entry = AuditEntry.objects.get(action="identity.read_flagged")
    assert (entry.subject_id, entry.actor) == (application.pk, None)
    assert entry.detail == {"rule": "CV-01R", "role": "holder"}


def test_a_read_as_it_should_be_leaves_no_such_entry(cast: Cast) -> None:
    flow.submit(cast.ready(), by=cast.clerk, key=uuid.uuid4(), now=cast.now)

    assert not AuditEntry.objects.filter(action="identity.read_flagged").exists()


def test_more_reads_and_more_people_cost_the_same_queries(cast: Cast) -> None:
    def cost(application: Application) -> int:
        fresh = Application.objects.select_related("outlet", "clerk").get(pk=application.pk)
        with CaptureQueriesContext(connection) as seen:
            flow.judge(fresh, now=cast.now)
        return len(seen)

    alone = cost(read_into(cast))
    for _ in range(5):
        for_another(cast, "wang")
    pair = for_another(cast, "li", "wang")

    assert cost(pair) == alone
