"""Loaded into a real worker (``processes.worker(include=…)``): steps that do harm, by kind.

Each kind of picture meets another fate in the step ``text``; ``likeness`` ends its worker on the
first try, so that a kill falls into every step.
"""

import os
import signal
import time
from datetime import timedelta
from typing import Any

from portal.celery import app
from registration import tasks
from registration.models import Photo, PhotoStep
from registration.services import study
from registration.services.study import Step

Kind, Name = Photo.Kind, PhotoStep.Name
KILLS, HANGS, RAISES = Kind.LETTER, Kind.ID_BACK, Kind.LIVE
# So that a test need not wait as long as a shop would.
study.LEASE = timedelta(seconds=2)
tasks.LOST_SECONDS = 1
# A child that was killed is followed by one that loads OpenCV anew, on a busy machine slowly.
tasks.study_photo.time_limit = 8
app.conf.beat_schedule["find what a lost wake-up missed"]["schedule"] = 1.0
SECONDS = float(os.environ.get("POISON_SECONDS", "0"))


def _text(photo: Photo, _picture: Any) -> str:
    if photo.kind == KILLS:
        _kill()
    if photo.kind == HANGS:
        time.sleep(3600)
    if photo.kind == RAISES:
        raise MemoryError
    time.sleep(SECONDS)
    return "looked"


def _likeness(photo: Photo, _picture: Any) -> str:
    if photo.steps.get(name=Name.LIKENESS).attempts == 1 and not SECONDS:
        _kill()
    return "looked"


def _kill() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _keep(photo: Photo, _found: Any, _now: Any) -> None:
    """Once, whatever happened before: a second time would leave another letter."""
    Photo.objects.filter(pk=photo.pk).update(problem=photo.problem + "k")
    photo.problem += "k"


study.STEPS.clear()
study.STEPS |= {
    Name.TEXT: Step(lambda photo: True, _text, _keep),
    Name.LIKENESS: Step(lambda photo: True, _likeness, _keep),
}
