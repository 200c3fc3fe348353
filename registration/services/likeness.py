"""Whether a picture was used before: at this outlet, by this proxy, or byte for byte anywhere.

A look costs the outlet's and the proxy's last weeks, not the table. What was found is stored: the
rules judge again long after.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import QuerySet
from django.utils import timezone

from outlets.models import Outlet
from registration import likeness
from registration.imaging import Picture
from registration.likeness import COARSE_BYTES, Level, Print, Sort
from registration.models.application import Application
from registration.models.identity import Role
from registration.models.likeness import Likeness, PictureHash
from registration.models.photo import LIVE, Photo
from registration.rules.facts import Seen
from registration.rules.reuse import LOOK_BACK_DAYS
from registration.services import policy

Kind = Photo.Kind
# Card pages are not here: all cards look alike, and a card is known by its number.
SORTS = dict.fromkeys(LIVE, Sort.PERSON)
SORTS |= dict.fromkeys(
    (Kind.LETTER, Kind.UNIT_LETTER, Kind.GUARDIANSHIP, Kind.GUARDIAN_CONSENT, Kind.OWNERSHIP),
    Sort.PAPER,
)
# Who acts for somebody else, in this order.
ACTING = (Role.PROXY, Role.HANDLER)
# Among the measures of a picture: what it looks like, in hex; "" for an empty page.
LOOKS = "looks"
# The newest of a window; the busiest hall takes fewer people's pictures in thirty days.
MOST = 5_000
# One picture that everybody uses must not fill the table.
MOST_KEPT = 10


@dataclass(frozen=True)
class Match:
    other: Photo
    level: str
    distance: int


def is_wanted(photo: Photo) -> bool:
    return photo.kind in SORTS


def glance(photo: Photo, picture: Picture) -> dict[str, str]:
    """The hash, to be kept with the picture's measures: to decode twelve megapixels again for it
    would take fifty times as long. ``known`` finds it there."""
    if not is_wanted(photo):
        return {}
    seen = likeness.of(picture.small)
    return {LOOKS: (seen.coarse + seen.fine).hex() if seen else ""}


def known(photo: Photo) -> Print | None:
    kept = bytes.fromhex(photo.quality.get(LOOKS, ""))
    return Print(kept[:COARSE_BYTES], kept[COARSE_BYTES:]) if kept else None


def look(photo: Photo, picture: Picture) -> Print | None:
    return likeness.of(picture.small)


def keep(photo: Photo, seen: Print | None, now: datetime) -> None:
    """Store the hash, and which pictures are the same one as far as it tells. May run twice."""
    if seen is None:
        return
    # Held, so that of two pictures studied in one breath the second sees the first.
    outlet = Outlet.objects.select_for_update(no_key=True).get(pk=photo.application.outlet_id)
    PictureHash.objects.bulk_create(
        [
            PictureHash(
                photo=photo,
                outlet=outlet,
                sort=SORTS[photo.kind],
                proxy_key=_acting(photo.application),
                taken_at=photo.taken_at,
                coarse=seen.coarse,
                fine=seen.fine,
            )
        ],
        ignore_conflicts=True,
    )
    for match in find(photo)[:MOST_KEPT]:
        _keep_match(photo, match, now)


def _keep_match(photo: Photo, match: Match, now: datetime) -> None:
    # Whichever was studied first: the later picture is the one that was used again.
    earlier, later = sorted((photo, match.other), key=lambda one: (one.taken_at, one.pk))
    row = Likeness(
        photo=later, other=earlier, level=match.level, distance=match.distance, found_at=now
    )
    Likeness.objects.bulk_create([row], ignore_conflicts=True)


def _acting(application: Application) -> str:
    keys = dict(application.parties.values_list("role", "identity__person_key"))
    return next((keys[role] for role in ACTING if role in keys), "")


def seen(pictures: Iterable[Photo]) -> tuple[Seen, ...]:
    """What the rules are told of these pictures, each sort of finding once. One query."""
    rows = Likeness.objects.filter(photo__in=[picture.pk for picture in pictures])
    found = rows.values_list(
        "photo__kind", "level", "photo__application", "other__application"
    ).distinct()
    return tuple(
        sorted(
            {Seen(kind, SORTS[kind], level, mine == other) for kind, level, mine, other in found},
            key=repr,
        )
    )


def find(photo: Photo) -> list[Match]:
    """Pictures of other applications that are the same one, the surest first; of its own only
    another person's or another paper's. A picture that was taken again is not another one.

    An application that was given up counts: its picture was used. Six queries at most.
    """
    mine = PictureHash.objects.get(photo=photo)
    near = {other for window in _windows(mine, photo) for other in _near(mine, window)}
    rows = PictureHash.objects.filter(photo__in=near - {photo.pk}).select_related("photo")
    found = [match for row in rows if (match := _match(mine, row)) and _counts(photo, row.photo)]
    known = {match.other.pk for match in found}
    twins = [
        Match(twin, Level.ALARM, 0)
        for twin in _twins(photo)
        if twin.pk not in known and _counts(photo, twin)
    ]
    return sorted([*twins, *found], key=lambda match: (match.distance, match.other.pk))


def _windows(mine: PictureHash, photo: Photo) -> Iterator[QuerySet[PictureHash]]:
    path, day = photo.application.channel_path, timezone.localdate(mine.taken_at)
    days = timedelta(days=LOOK_BACK_DAYS.of(policy.in_force(path, day)))
    rows = PictureHash.objects.filter(
        sort=mine.sort, taken_at__range=(mine.taken_at - days, mine.taken_at + days)
    )
    yield rows.filter(outlet=mine.outlet_id)
    if mine.proxy_key:
        yield rows.filter(proxy_key=mine.proxy_key)


def _near(mine: PictureHash, window: QuerySet[PictureHash]) -> Iterator[int]:
    ours = int.from_bytes(mine.coarse)
    newest = window.order_by("-taken_at").values_list("photo_id", "coarse")[:MOST]
    for other, coarse in newest:
        if (int.from_bytes(coarse) ^ ours).bit_count() <= likeness.LOOK:
            yield other


def _match(mine: PictureHash, row: PictureHash) -> Match | None:
    level = likeness.level(mine.sort, _print(mine), _print(row))
    distance = likeness.distance(bytes(mine.coarse), bytes(row.coarse))
    return Match(row.photo, level, distance) if level else None


def _print(row: PictureHash) -> Print:
    return Print(bytes(row.coarse), bytes(row.fine))


def _twins(photo: Photo) -> QuerySet[Photo]:
    """The same file as a person's picture anywhere: no two shots have the same bytes."""
    if photo.kind not in LIVE:
        return Photo.objects.none()
    same = Photo.objects.filter(sha256=photo.sha256, kind__in=LIVE).exclude(pk=photo.pk)
    return same[:MOST_KEPT]


def _counts(photo: Photo, other: Photo) -> bool:
    if photo.application_id != other.application_id:
        return True
    return photo.kind != other.kind and other.replaced_at is None
