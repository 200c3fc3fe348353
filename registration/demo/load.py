"""Fill an empty database with the demo, all of it or nothing."""

from datetime import datetime, timedelta
from pathlib import Path

from django.db import IntegrityError, transaction
from django.utils import timezone

from outlets import demo as organisation
from outlets.demo import COUNTER, SHOPS
from outlets.models import Bridge, Channel, Post
from outlets.services import reader
from outlets.services.channel import CodeTaken
from portal import jobs
from portal.models import AuditEntry, User
from portal.services import seal
from registration.demo import again, order
from registration.demo.counter import STEP, Counter
from registration.demo.history import History
from registration.demo.numbers import Numbers
from registration.demo.story import Story
from registration.models import Photo

CASES = 66


class NotEmpty(Exception):
    """There is something in the database already, or another load is faster."""


def load(*, now: datetime, carrier_state: Path, cases: int = CASES) -> None:
    """Build the organisation three weeks ago and play ``cases`` customers and today's work.

    Nothing is asked over the network: what outside systems answered then is part of the story.
    Raises NotEmpty.
    """
    numbers = Numbers(carrier_state)
    try:
        with transaction.atomic(), jobs.silence():
            _load(numbers, now, cases)
            while seal.seal(now=now):
                pass
    finally:
        numbers.close()


def _load(numbers: Numbers, now: datetime, cases: int) -> None:
    if User.objects.exists() or Channel.objects.exists() or AuditEntry.objects.exists():
        raise NotEmpty
    began = timezone.localtime(now).replace(hour=9, minute=0, second=0, microsecond=0)
    began -= timedelta(days=21)
    try:
        with transaction.atomic():
            built = organisation.build(now=began)
    except (IntegrityError, CodeTaken):
        raise NotEmpty from None  # two loads at once: the constraints let one through
    counters = {
        shop.code: Counter.enrolled(
            built.outlets[shop.code],
            built.as_(shop.clerk, Post.Role.CLERK),
            by=built.users["admin"],
            now=began + timedelta(hours=1),
        )
        for shop in SHOPS
    }
    story, history = Story(built, counters, cases=cases, now=now), History(numbers)
    for case, moment in (*story.past(), *story.services(), *story.today()):
        history.plan(case, submitted_at=moment)
    for counter, visit, moment in story.gone():
        history.leave(counter, visit, at=moment)
    history.at(now - timedelta(days=2), lambda at: organisation.suspend(built, now=at))
    again.sample(built, history, began=began + timedelta(hours=2), now=now)
    history.play()
    again.plant(built, now=now - timedelta(minutes=3))
    counter = counters[COUNTER]
    order.play(counter, numbers, submitted_at=story.order())
    visit, moment = story.draft()
    draft = counter.begin(visit, numbers, at=moment - 4 * STEP)
    counter.take(draft, Photo.Kind.ID_FRONT, visit, at=moment)
    counter.develop(draft, at=moment)
    # The visitor's own counter PC enrols next, with a code.
    bridge = Bridge.objects.get(kid=counter.enrolment.kid)
    by = built.users["manager"]
    reader.end(bridge, Bridge.Status.RETIRED, reason="换新电脑（演示）", by=by, now=moment)
