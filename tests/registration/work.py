"""Work done at given times, cheaply: rows as the verbs leave them, without people or papers."""

import uuid
from datetime import date, datetime, time, timedelta
from typing import Any

from django.urls import reverse
from django.utils import timezone

from outlets.bridge.people import PEOPLE
from outlets.models import Channel, Outlet
from portal import crypto
from portal.models import User
from registration import specimens
from registration.models import (
    Application,
    Decision,
    Finding,
    Line,
    OnlineCheck,
    Photo,
    ReadRefusal,
    Review,
)
from registration.services import application as applications
from registration.services import photo, review
from registration.services.period import Period
from registration.services.question import Question
from tests.cast import Cast

APPROVE, RETURN, REFUSE = Decision.Verdict.values
BLURRED, FORGED = Decision.Reason.IMAGE_UNREADABLE, Decision.Reason.FORGED
REASONS = {APPROVE: "", RETURN: BLURRED, REFUSE: FORGED}
DAY = date(2026, 11, 10)


def at(hour: int, minute: int = 0, *, day: date = DAY, second: int = 0) -> datetime:
    """A moment as the clock in Shanghai shows it."""
    return timezone.make_aware(datetime.combine(day, time(hour, minute, second)))


def handed_in(
    cast: Cast, when: datetime, *, outlet: Outlet | None = None, by: User | None = None
) -> Application:
    application = applications.start(outlet or cast.outlet, by=by or cast.clerk, now=when)
    Application.objects.filter(pk=application.pk).update(
        status=Application.Status.SUBMITTED,
        submitted_at=when,
        first_submitted_at=when,
        submit_key=uuid.uuid4(),
        round=1,
    )
    application.refresh_from_db()
    return application


def judged(
    cast: Cast,
    application: Application,
    verdict: str = APPROVE,
    *,
    minutes: float = 10,
    reason: str = "",
) -> Decision:
    """Decided so long after it was handed in."""
    submitted_at = application.submitted_at
    assert submitted_at is not None
    case = review.enqueue(application, now=submitted_at + timedelta(seconds=1))
    decided_at = submitted_at + timedelta(minutes=minutes)
    Review.objects.filter(pk=case.pk).update(
        status=Review.Status.DECIDED, claimed_by=cast.verifier, claimed_at=decided_at
    )
    status = {RETURN: Application.Status.RETURNED, REFUSE: Application.Status.REFUSED}
    Application.objects.filter(pk=application.pk).update(
        status=status.get(Decision.Verdict(verdict), Application.Status.APPROVED)
    )
    return Decision.objects.create(
        review=case,
        claim_no=1,
        verdict=verdict,
        reason=reason or REASONS[Decision.Verdict(verdict)],
        decided_by=cast.verifier,
        decided_at=decided_at,
        settled_at=decided_at,
    )


def handed_in_again(
    application: Application, when: datetime, by: User | None = None
) -> Application:
    Application.objects.filter(pk=application.pk).update(
        status=Application.Status.SUBMITTED,
        submitted_at=when,
        round=application.round + 1,
        clerk=by or application.clerk,
    )
    application.refresh_from_db()
    return application


def opened(cast: Cast, application: Application, when: datetime, result: str = "match") -> Line:
    """The number is in use; the holder's document had this answer from the national check."""
    party = cast.read(application)
    OnlineCheck.objects.create(
        identity=party.identity, application=application, result=result, due_at=when
    )
    number = crypto.keyring().blind_index(str(application.pk), "number")
    return Line.objects.create(
        application=application,
        channel_path=application.channel_path,
        number_index=number,
        status=Line.Status.ACTIVE,
        opened_at=when,
    )


def done(
    cast: Cast,
    when: datetime,
    verdict: str = APPROVE,
    *,
    outlet: Outlet | None = None,
    by: User | None = None,
    minutes: float = 10,
    reason: str = "",
) -> Application:
    application = handed_in(cast, when, outlet=outlet, by=by)
    judged(cast, application, verdict, minutes=minutes, reason=reason)
    return application


def flagged(application: Application, rule: str = "CV-01H") -> Application:
    """With a finding on how a card was read."""
    Finding.objects.create(
        application=application,
        rule=rule,
        severity=Finding.Severity.REVIEW,
        reason="读卡时网点不在营业时间内。",
        article="样本",
        rules_version="样本",
        found_at=application.submitted_at or application.made_at,
    )
    return application


def last_month(cast: Cast, **fields: Any) -> Application:
    """With people and papers, and handed in on the 15th of last month."""
    application = cast.in_review(**fields)
    day = (timezone.localdate(cast.now).replace(day=1) - timedelta(days=1)).replace(day=15)
    Application.objects.filter(pk=application.pk).update(first_submitted_at=at(12, day=day))
    return application


def refused_read(
    cast: Cast, when: datetime, *, outlet: Outlet | None = None, by: User | None = None
) -> ReadRefusal:
    """A read that was not taken, into a draft."""
    clerk = by or cast.clerk
    application = applications.start(outlet or cast.outlet, by=clerk, now=when)
    return ReadRefusal.objects.create(
        application=application,
        outlet=application.outlet,
        channel_path=application.channel_path,
        clerk=clerk,
        code=ReadRefusal.Code.SPENT,
        at=when,
    )


def question(
    cast: Cast, node: Channel | None = None, *, period: Period | None = None, **fields: Any
) -> Question:
    """About one day, long after it ended."""
    ended = Period.of(DAY, DAY, now=at(12) + timedelta(days=30))
    return Question(node or cast.district, period or ended, **fields)


def received(cast: Cast) -> Photo:
    """A picture that no worker has seen yet."""
    return photo.receive(
        cast.draft(),
        Photo.Kind.ID_FRONT,
        specimens.id_front(PEOPLE["wang"]),
        source=Photo.Source.CAMERA,
        by=cast.clerk,
        now=cast.now,
    )


def is_ready(picture: Photo) -> bool:
    picture.refresh_from_db()
    return bool(picture.status == Photo.Status.READY)


def finding_at_desk(cast: Cast, text: str) -> str:
    """What stands beside this finding on the page of the case that the verifier takes."""
    address = reverse("review", args=[cast.claimed().pk])
    page = cast.signed_in(cast.verifier).get(address).content.decode()
    return page.split(text)[1].split("</div></div>")[0]
