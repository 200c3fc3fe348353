"""``likeness.find`` among so many pictures, against the bare index range scan of the same window.

Twenty thousand outlets, four hundred days. The window of the outlets that are asked about is the
same at every size, and its rows lie scattered among the others' as they would have come in: what
changes from size to size is the table alone. The finding of a match is a row more, and not in it.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from itertools import cycle

from django.db import connection
from django.utils import timezone

from registration.bench import crew, seed
from registration.bench.crew import Hands, Shift
from registration.bench.figures import Run
from registration.bench.rounds import Size
from registration.likeness import Sort
from registration.models import Photo, PictureHash
from registration.services import likeness

CLIENTS = 1
ROWS = 10_000_000
LEAST = 1_000
ROUNDS = 5
LOOKS = 300  # in a round
OUTLETS = 20_000
WINDOW = 250  # pictures of people at one outlet in thirty days
DAYS, RECENT = 400, 30
SLICES = 10

TABLE = "registration_picturehash"
COLUMNS = "photo_id, outlet_id, sort, proxy_key, taken_at, coarse, fine"
# A hash is as good as chance; the fine one only has to be as long as it is.
HASHES = """decode(md5(random()::text) || md5(random()::text), 'hex'),
    decode(repeat(md5(i::text), 8), 'hex')"""
FILL = f"""INSERT INTO {TABLE} ({COLUMNS})
SELECT %(first)s + i, %(lowest)s + floor(random() * (%(outlets)s - %(lowest)s))::int,
    CASE WHEN random() < 0.8 THEN 'person' ELSE 'paper' END, '',
    %(since)s::timestamptz
        + (i / %(count)s::float) * (%(until)s::timestamptz - %(since)s::timestamptz),
    {HASHES}
FROM generate_series(1, %(count)s) AS i"""  # noqa: S608
WINDOWS = f"""INSERT INTO {TABLE} ({COLUMNS})
SELECT %(first)s + i, 1 + i %% %(asked)s, 'person', '',
    %(since)s::timestamptz + random() * (%(until)s::timestamptz - %(since)s::timestamptz), {HASHES}
FROM generate_series(1, %(count)s) AS i"""  # noqa: S608
INDEXES = (
    f"CREATE UNIQUE INDEX picture_hash_photo ON {TABLE} (photo_id)",
    f"CREATE INDEX picture_hash_by_outlet ON {TABLE} (outlet_id, sort, taken_at)",
    f"CREATE INDEX picture_hash_by_proxy ON {TABLE} (proxy_key, sort, taken_at)"
    " WHERE NOT (proxy_key = '')",
)
FLOOR = f"""SELECT photo_id, coarse FROM {TABLE}
WHERE outlet_id = %s AND sort = 'person' AND taken_at BETWEEN %s AND %s
ORDER BY taken_at DESC LIMIT 5000"""  # noqa: S608


@dataclass(frozen=True)
class Album:
    """What is looked for: one picture at each of the outlets that are asked about."""

    photos: list[Photo]
    now: datetime


def measure(size: Size) -> list[Run]:
    clients, rows = size.clients or CLIENTS, size.rows or ROWS
    now = timezone.now()
    shop = seed.shop(now=now)
    _loosen()
    runs = []
    for count in [n for n in (rows, rows // 10, rows // 100) if n >= LEAST] or [rows]:
        photos = _album(shop, max(1, min(100, count // LEAST)), now)
        _fill(count, photos, now)
        album = Album(photos, now)
        most = max(1, min(LOOKS, count // 10))
        pairs = size.pairs(
            partial(_round, album, clients, most, ours),
            partial(_round, album, clients, most, floor),
            rounds=ROUNDS,
        )
        runs.append(Run.of(pairs, clients=clients, rows=count, what=f"{count:,} pictures"))
    return runs


def _round(album: Album, clients: int, most: int, prepare: Callable[[Album, int], Hands]) -> Shift:
    return crew.work(clients, partial(prepare, album), most=most)


def ours(album: Album, place: int) -> Hands:
    photos = cycle(album.photos)
    return Hands(lambda: likeness.find(next(photos)))


def floor(album: Album, place: int) -> Hands:
    connection = seed.connect()
    outlets = cycle(range(1, len(album.photos) + 1))
    days = timedelta(days=RECENT)

    def once() -> int:
        values = (next(outlets), album.now - days, album.now + days)
        return len(connection.execute(FLOOR, values).fetchall())

    return Hands(once)


def _loosen() -> None:
    """Ten million hashes without their ten million photos, and without indexes while they come."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT conname FROM pg_constraint WHERE conrelid = %s::regclass AND contype <> 'p'",
            [TABLE],
        )
        for (name,) in cursor.fetchall():
            cursor.execute(f'ALTER TABLE {TABLE} DROP CONSTRAINT "{name}"')
        for name in _indexes():
            cursor.execute(f'DROP INDEX IF EXISTS "{name}"')


def _indexes() -> Iterator[str]:
    yield "picture_hash_photo"
    yield from (str(index.name) for index in PictureHash._meta.indexes)


def _album(shop: seed.Shop, outlets: int, now: datetime) -> list[Photo]:
    """Replaced ones, since an application has one current picture of a kind."""
    Photo.objects.all().delete()
    return Photo.objects.bulk_create(
        Photo(
            application=shop.application,
            kind=Photo.Kind.LIVE,
            status=Photo.Status.READY,
            source=Photo.Source.CAMERA,
            sha256=f"{outlet:064x}",
            taken_at=now,
            taken_by=shop.clerk,
            replaced_at=now,
        )
        for outlet in range(1, outlets + 1)
    )


def _fill(count: int, photos: list[Photo], now: datetime) -> None:
    """Old pictures of every outlet; then, slice by slice, the last days of everybody."""
    for name in _indexes():
        seed.run(f'DROP INDEX IF EXISTS "{name}"')
    seed.run(f"TRUNCATE {TABLE} RESTART IDENTITY")
    asked, border = len(photos), now - timedelta(days=RECENT)
    window = asked * WINDOW
    old = max(0, count - window) * (DAYS - RECENT) // DAYS
    first = photos[-1].pk + 1
    if old:
        since = now - timedelta(days=DAYS)
        span = {"since": since, "until": border, "lowest": 1}
        seed.run(FILL, first=first, outlets=OUTLETS, count=old, **span)
    rest, first = max(0, count - window - old), first + old
    for place in range(SLICES):
        since = border + timedelta(days=RECENT) * place / SLICES
        span = {"since": since, "until": since + timedelta(days=RECENT) / SLICES}
        if rest >= SLICES:
            more = {"outlets": OUTLETS, "count": rest // SLICES, "lowest": asked + 1}
            seed.run(FILL, first=first, **span, **more)
            first += rest // SLICES
        seed.run(WINDOWS, first=first, asked=asked, count=window // SLICES, **span)
        first += window // SLICES
    PictureHash.objects.bulk_create(
        PictureHash(
            photo=photo,
            outlet_id=outlet,
            sort=Sort.PERSON,
            taken_at=now,
            coarse=bytes(32),
            fine=bytes(128),
        )
        for outlet, photo in enumerate(photos, 1)
    )
    for statement in INDEXES:
        seed.run(statement)
    seed.run(f"VACUUM ANALYZE {TABLE}")
