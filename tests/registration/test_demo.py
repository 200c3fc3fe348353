"""The demo that the first start loads: a whole organisation with work in every state."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db import transaction
from django.db.models import Count
from django.utils import timezone

from outlets import demo as organisation
from outlets.models import Bridge, Channel, Outlet, Post, Tier
from outlets.services import reader
from portal.fakes.carrier import DemoCarrier
from portal.models import AuditEntry, User
from portal.services import seal
from registration.demo import load, travel
from registration.models import (
    LIMIT,
    Application,
    CarrierOrder,
    Decision,
    Line,
    OnlineCheck,
    Photo,
    Review,
    Slot,
)
from registration.rules.service import SERVICES

# What a test changes is put back within what was loaded.
pytestmark = [pytest.mark.usefixtures("loaded"), pytest.mark.django_db]
CASES = 6


@pytest.fixture(scope="module")
def state(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("carrier") / "carrier.sqlite3"


@pytest.fixture(scope="module")
def now() -> datetime:
    return timezone.now()


@pytest.fixture(scope="module")
def loaded(
    django_db_setup: None, django_db_blocker: Any, state: Path, now: datetime
) -> Iterator[None]:
    """The demo, loaded once for all tests that only look at it."""
    with django_db_blocker.unblock(), transaction.atomic():
        load.load(now=now, carrier_state=state, cases=CASES)
        yield
        transaction.set_rollback(True)


def _counts(field: str, model: Any) -> dict[str, int]:
    rows = model.objects.values_list(field).annotate(count=Count("pk"))
    return dict(rows)


def test_all_tiers_levels_and_roles_are_there() -> None:
    assert set(Outlet.objects.values_list("tier", flat=True)) == set(Tier.values)
    assert set(Channel.objects.values_list("kind", flat=True)) == set(Channel.Kind.values)
    assert set(Post.objects.values_list("role", flat=True)) == set(Post.Role.values)
    assert Outlet.objects.get(is_sub_agent=True).authorisation
    assert Outlet.objects.get(status="suspended").status_reason


def test_a_passport_waits_for_the_verifier() -> None:
    case = Review.objects.standing().waiting().get(application__documents={"holder": "passport"})

    identity = case.application.parties.get().identity
    assert identity.card.english_name == "SPECIMEN ANNA MARIA"
    assert case.outlet.tier == Tier.OWN_HALL


def test_every_page_of_a_traveller_can_be_uploaded(tmp_path: Path) -> None:
    travel.lay_out(tmp_path / "specimens")

    names = sorted(file.name for file in (tmp_path / "specimens").iterdir())
    assert names == [
        "hkm_permit-hk-back.jpg",
        "hkm_permit-hk-front.jpg",
        "passport-anna-front.jpg",
        "passport-marco-front.jpg",
        "taiwan_permit-tw-back.jpg",
        "taiwan_permit-tw-front.jpg",
    ]


def test_every_account_opens_with_the_printed_password() -> None:
    clerk = User.objects.get(username="clerk")

    assert clerk.check_password(organisation.PASSWORD)
    # One hash for all, since checking twenty takes seconds.
    assert set(User.objects.values_list("password", flat=True)) == {clerk.password}
    assert Post.objects.filter(user__username="duo").count() == 2


def test_work_waits_in_every_place_where_somebody_looks_for_it() -> None:
    statuses = _counts("status", Application)

    assert set(statuses) == {
        "draft",
        "in_review",
        "returned",
        "refused",
        "active",
        "abandoned",
    }
    assert 5 <= Review.objects.standing().waiting().count() <= 14
    assert Review.objects.waiting().filter(round=2, application__holder_kind="self").exists()
    assert Review.objects.waiting().filter(application__holder_kind="proxy").exists()
    assert Review.objects.waiting().filter(application__holder_kind="guardian").exists()
    assert Review.objects.waiting().filter(application__assisted_at__isnull=False).exists()
    mine = Application.objects.filter(outlet__channel__code=organisation.COUNTER)
    assert mine.drafts().of_their_own().count() == 1
    assert mine.returned().count() == 2


def test_cases_are_looked_at_again_and_one_tests_a_verifier() -> None:
    looks = _counts("kind", Review)

    assert looks["second"] >= 4
    assert looks["gold"] == 1
    assert Decision.objects.filter(review__kind="second", was_right=True).exists()


def test_every_service_but_a_move_has_been_asked_for() -> None:
    asked = set(Application.objects.values_list("service", flat=True))

    assert set(SERVICES) - asked == {"fixed_move"}


def test_what_was_decided_has_followed() -> None:
    active = Application.objects.filter(status="active")

    lines = Line.objects.filter(status__in=("active", "quarantine"))
    assert lines.count() == active.count()
    assert not Decision.objects.filter(settled_at__isnull=True).exists()
    assert not OnlineCheck.objects.filter(result__in=OnlineCheck.OPEN).exists()
    # What is over keeps no unmarked picture.
    over = Photo.objects.filter(application__status__in=("active", "refused"))
    assert not over.exclude(original="").exists()
    assert set(_counts("status", Photo)) == {"ready"}


def test_nothing_but_given_back_numbers_waits_for_the_carrier() -> None:
    due = CarrierOrder.objects.filter(status=CarrierOrder.Status.DUE)

    assert set(due.values_list("command", flat=True)) <= {CarrierOrder.Command.RELEASE}


def test_the_demo_carrier_holds_the_numbers_of_open_cases(state: Path) -> None:
    open_case = Review.objects.standing().waiting().earliest("pk").application
    carrier = DemoCarrier(state, hold_seconds=60)

    answer = carrier.act("/v1/reservations", {"number": open_case.number}, "another counter")

    carrier.close()
    assert answer is not None
    assert answer[0].body["code"] == "number_taken"


def test_nobody_has_more_than_five_numbers() -> None:
    most = Slot.objects.values("person_key").annotate(count=Count("pk")).order_by("-count")[0]

    assert most["count"] <= LIMIT


def test_nothing_happened_after_now_or_before_the_organisation(now: datetime) -> None:
    assert not AuditEntry.objects.filter(at__gt=now).exists()
    assert not AuditEntry.objects.filter(at__lt=now - timedelta(days=22)).exists()


def test_the_audit_is_sealed_and_intact() -> None:
    assert seal.unsealed_since(now=timezone.now()) == 0
    assert seal.verify() is None


def test_loading_again_changes_nothing_and_says_so(state: Path) -> None:
    before, out = AuditEntry.objects.count(), StringIO()

    call_command("demo", carrier_state=state, stdout=out)

    assert "数据库里已有数据" in out.getvalue()
    assert AuditEntry.objects.count() == before


def test_the_accounts_are_listed_with_their_posts() -> None:
    out = StringIO()

    call_command("demo", accounts=True, stdout=out)

    assert organisation.PASSWORD in out.getvalue()
    for account in organisation.ACCOUNTS:
        assert account.username in out.getvalue()


def test_a_code_enrols_the_visitors_counter(now: datetime) -> None:
    out = StringIO()
    call_command("demo", enrolment_code=True, stdout=out)

    bridge = reader.enrol(
        code=out.getvalue().strip(),
        public_key="A" * 43 + "=",
        agent="0.1.0",
        host="SAMPLE-PC",
        now=timezone.now(),
    )

    assert bridge.outlet.channel.code == organisation.COUNTER
    assert bridge.status == Bridge.Status.ACTIVE


def test_a_unit_s_order_waits_and_one_of_its_numbers_lacks_its_user() -> None:
    order = Application.objects.get(holder_kind="unit")

    assert order.status == Application.Status.IN_REVIEW
    assert sorted(order.numbers.values_list("status", flat=True)) == ["draft", *["in_review"] * 2]
    assert order.numbers.complete().count() == 2
