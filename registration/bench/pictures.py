"""Five pictures of twelve megapixels on one core, against the plain half-size decode of the same.

``stored`` is what the counter waits for: each picture received and made ready (header, checksum,
decoding, quality, mark, encryption, two files on the disk, rows). As at the counter one is made
ready while the next comes in; all on the one core, so only waiting for the disk and the database
is saved. ``studied`` is that and all that a worker finds out afterwards. An answer of a client is
the most memory it held so far.
"""

import io
import os
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any, Final

import cv2
from django.conf import settings
from django.core.files.storage import storages
from django.utils import timezone
from PIL import Image

from outlets.bridge.people import PEOPLE
from portal import blobs, jobs
from portal.gateways import face as engine
from registration import imaging, intake, specimens
from registration.bench import crew, seed
from registration.bench.crew import Hands, Shift
from registration.bench.figures import Run
from registration.bench.rounds import Size
from registration.models import Photo
from registration.services import application as applications
from registration.services import face, photo, study
from registration.specimens.damage import CLEAN, photographed

ROWS: Final = 4  # sets in a round
ROUNDS: Final = 5
CAMERA: Final = (4000, 3000)
# Grain and quality that give the three and a half megabytes of a telephone's picture.
TAKEN: Final = replace(CLEAN, noise=6, quality=93)
# After so many sets the memory is told.
TOLD: Final = (10, 100, 1000)


@dataclass(frozen=True)
class Counter:
    """``pictures``: the files by their kind, as the cameras gave them."""

    shop: seed.Shop
    pictures: dict[str, bytes]
    now: datetime


def measure(size: Size) -> list[Run]:
    """``size.rows``: sets in a round. One client on one core, whatever ``size.clients`` says."""
    cv2.setNumThreads(1)  # threads would not live on in the clients that are forked
    rows = size.rows or ROWS
    with counter() as shop:
        runs = []
        for what, prepare in (("stored", stored), ("studied", studied)):
            play = partial(_round, shop, rows)
            pairs = size.pairs(partial(play, prepare), partial(play, floor), rounds=ROUNDS)
            longest = max((ours for ours, _floor in pairs), key=lambda ours: len(ours.answers))
            run = Run.of(pairs, clients=1, rows=rows, what=what)
            runs.append(replace(run, memory_mb=_told(longest.answers)))
        return runs


def _round(counter: Counter, rows: int, prepare: Callable[[Counter, int], Hands]) -> Shift:
    return crew.work(1, partial(prepare, counter), most=rows)


def stored(counter: Counter, place: int, *, and_study: bool = False) -> Hands:
    _stay_on_one_core()
    application = counter.shop.application
    made: list[Photo] = []
    worker = ThreadPoolExecutor(max_workers=1)

    def once() -> int:
        developing = []
        with jobs.silence():
            for kind, data in counter.pictures.items():
                row = photo.receive(
                    application,
                    kind,
                    data,
                    source=Photo.Source.CAMERA,
                    by=counter.shop.clerk,
                    now=counter.now,
                )
                developing.append(worker.submit(_develop, row, counter.now))
                made.append(row)
            for one in developing:
                one.result()
            if and_study:
                _study(made, counter)
        return memory()

    def after(_answer: Any) -> None:
        # The next set is another customer's; and a thousand sets would fill the disk.
        Photo.objects.filter(pk__in=[row.pk for row in made]).update(replaced_at=counter.now)
        for row in made:
            blobs.delete(row.original)
            blobs.delete(row.view)
        made.clear()

    return Hands(once, after)


def _develop(row: Photo, now: datetime) -> None:
    with jobs.silence():
        intake.develop(row, now=now)


def _study(made: list[Photo], counter: Counter) -> None:
    """What a worker of the study finds out, and whether the face is the card's."""
    for row in made:
        study.study(row, now=counter.now)
    names = {row.kind: row.original for row in made}
    live, page = (
        imaging.clean(
            blobs.get(names[kind]), longest=longest, is_inspected=True, as_array=True
        ).jpeg
        for kind, longest in (
            (Photo.Kind.PROXY_LIVE, face.LONGEST_LIVE),
            (Photo.Kind.PROXY_ID_FRONT, face.LONGEST),
        )
    )
    engine.client().compare(live, page, "bench")


studied = partial(stored, and_study=True)


def floor(counter: Counter, place: int) -> Hands:
    _stay_on_one_core()

    def once() -> int:
        for data in counter.pictures.values():
            im = Image.open(io.BytesIO(data), formats=("JPEG",))
            im.draft(None, (im.width // 2, im.height // 2))
            im.load()
        return memory()

    return Hands(once)


def memory(which: str = "VmHWM") -> int:
    """MB of this process in memory: the most that there was at any moment, or VmRSS, now."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(f"{which}:"):
            return int(line.split()[1]) // 1024
    return 0


def _told(answers: list[int]) -> dict[int, int]:
    """MB by number of sets; the last one too."""
    return {sets: answers[sets - 1] for sets in (*TOLD, len(answers)) if sets <= len(answers)}


@contextmanager
def counter() -> Iterator[Counter]:
    now = timezone.now()
    with _own_folder():
        shop = seed.shop(now=now)
        application = applications.answer(
            shop.application, holder_kind="proxy", service=shop.application.service, now=now
        )
        yield Counter(replace(shop, application=application), _pictures(), now)


def _pictures() -> dict[str, bytes]:
    holder, proxy = PEOPLE["wang"], PEOPLE["li"]
    pages = {
        Photo.Kind.ID_FRONT: specimens.id_front(holder),
        Photo.Kind.ID_BACK: specimens.id_back(holder),
        Photo.Kind.PROXY_ID_FRONT: specimens.id_front(proxy),
        Photo.Kind.PROXY_LIVE: specimens.live_photo(proxy),
        Photo.Kind.LETTER: specimens.letter(holder, proxy, "138 0000 1234"),
    }
    return {
        str(kind): photographed(page, TAKEN, seed=kind, size=CAMERA) for kind, page in pages.items()
    }


def _stay_on_one_core() -> None:
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})


@contextmanager
def _own_folder() -> Iterator[None]:
    """The files go beside the product's, on the same disk, and not among them."""
    settings.VAR.mkdir(mode=0o700, parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=settings.VAR, prefix="bench-") as folder:
        backends: dict[str, Any] = storages.backends
        backends["evidence"] = {
            "BACKEND": "portal.blobs.EvidenceFolder",
            "OPTIONS": {"location": folder},
        }
        yield
