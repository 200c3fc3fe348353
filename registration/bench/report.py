"""The manager's page over a year of work in the whole country, at every level of the tree.

Thirty-one provinces with ten cities each, and ten districts in each city; the outlets lie below the
districts. Each application was handed in once, decided within three days, and nine of ten opened a
number; none has people or pictures. Something has just been done today, so that today is counted
from the rows. The floor: the bare counts of the node and of its children in the same days, as they
lie in the table, read by psycopg.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial

from django.conf import settings
from django.core.management import call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from outlets.models import Channel, Post
from portal.models import User
from registration.bench import crew, seed
from registration.bench.crew import Hands, Shift
from registration.bench.figures import Run
from registration.bench.rounds import Size
from registration.models import Application, StaleDay
from registration.services import rollup

CLIENTS = 1
ROWS = 1_000_000
PER_OUTLET = 10
ROUNDS = 3
LOOKS = 30  # in a round
PROVINCES, CITIES, DISTRICTS = 31, 10, 10
DAYS = 366
PERIODS = {"7 days": "span=7d", "30 days": "span=30d", "a year": "since={year}"}

BELOW = """
INSERT INTO outlets_channel (path, depth, numchild, name, code, kind)
SELECT c.path || lpad((i + 1)::text, 5, '0'), c.depth + 1, 0, '样本' || i, c.code || '-' || i,
    %(kind)s
FROM outlets_channel c, generate_series(1, %(many)s) i WHERE c.kind = %(parent)s
"""
MORE = "UPDATE outlets_channel SET numchild = numchild + %(many)s WHERE kind = %(parent)s"
OUTLETS = """
INSERT INTO outlets_outlet (channel_id, tier, agent_code, address, licence, opens_at, closes_at,
    status, status_reason, is_sub_agent, authorised_by, authorisation)
SELECT id, (ARRAY['own_hall', 'franchise_store', 'agent_point', 'endpoint'])[1 + id %% 4],
    'DL' || id, '', '', '09:00', '21:00', 'open', '', false, '', ''
FROM outlets_channel c WHERE kind = 'outlet'
    AND NOT EXISTS (SELECT FROM outlets_outlet WHERE channel_id = c.id)
"""
WHEN = "%(since)s::timestamptz + (i / %(rows)s::float) * interval '1 day' * %(days)s"
COPIED = {
    "status": "'active'",
    "first_submitted_at": WHEN,
    "submitted_at": WHEN,
    "made_at": WHEN,
    "touched_at": WHEN,
    "submit_key": "gen_random_uuid()",
    "round": "1",
    "number": "NULL",
    "number_index": "''",
    "outlet_id": "o.id",
    "channel_path": "o.path",
}
PLACES = """
CREATE TEMPORARY TABLE place AS
SELECT row_number() OVER (ORDER BY md5(o.id::text)) - 1 AS n, o.id, c.path
FROM outlets_outlet o JOIN outlets_channel c ON c.id = o.channel_id
"""
REVIEWS = """
INSERT INTO registration_review (application_id, round, status, priority, submitted_at, queued_at,
    due_at, outlet_id, captured_by_id, claim_no, channel_path)
SELECT id, 1, 'decided', 0, submitted_at, submitted_at, submitted_at, outlet_id, clerk_id, 1,
    channel_path
FROM registration_application WHERE first_submitted_at IS NOT NULL
"""
DECISIONS = """
INSERT INTO registration_decision (review_id, claim_no, verdict, reason, items, checks,
    letter_points, numbers, numbers_back, decided_by_id, decided_at, settled_at)
SELECT id, 1, v.verdict, v.reason, '[]', '[]', '[]', '[]', '[]', captured_by_id, at, at
FROM registration_review, LATERAL (SELECT submitted_at
    + interval '1 second' * exp(3 + 9 * (id * 7919 %% 1000) / 1000.0) AS at) t,
    LATERAL (SELECT CASE WHEN id %% 10 < 8 THEN 'approve' WHEN id %% 10 = 8 THEN 'return'
        ELSE 'refuse' END AS verdict, CASE WHEN id %% 10 < 8 THEN '' WHEN id %% 10 = 8
        THEN (ARRAY['IMAGE_UNREADABLE', 'FACE_MISMATCH', 'OTHER'])[1 + id / 10 %% 3]
        ELSE (ARRAY['FORGED', 'ABNORMAL'])[1 + id / 10 %% 2] END AS reason) v
"""
LINES = """
INSERT INTO registration_line (application_id, channel_path, person_key, number_index, status,
    order_no, opened_at)
SELECT id, channel_path, '', md5(id::text), 'active', '', submitted_at + interval '1 hour'
FROM registration_application WHERE first_submitted_at IS NOT NULL AND id %% 10 < 9
"""
FLOOR = """
SELECT * FROM registration_nodecount WHERE span = 'day' AND day BETWEEN %s AND %s
    AND channel_path IN (SELECT %s UNION ALL
        SELECT path FROM outlets_channel WHERE path LIKE %s AND depth = %s)
"""


@dataclass(frozen=True)
class Page:
    node: Channel
    query: str
    since: date
    until: date
    who: User


Prepare = Callable[[Page, int], Hands]


def measure(size: Size) -> list[Run]:
    clients, rows = size.clients or CLIENTS, size.rows or ROWS
    call_command("collectstatic", verbosity=0, interactive=False)  # a page names its files
    now = timezone.now()
    who = _country(rows, now)
    runs = []
    for node in _levels():
        for name, query in PERIODS.items():
            page = _page(node, query, who, now)
            most = max(1, min(LOOKS, rows // 10))
            pairs = size.pairs(
                partial(_round, page, clients, most, ours),
                partial(_round, page, clients, most, floor),
                rounds=ROUNDS,
            )
            what = f"{node.kind}, {name}"
            runs.append(Run.of(pairs, clients=clients, rows=rows, what=what))
    return runs


def _round(page: Page, clients: int, most: int, prepare: Prepare) -> Shift:
    return crew.work(clients, partial(prepare, page), most=most)


def ours(page: Page, place: int) -> Hands:
    """The whole request, from the session to the last byte of the page."""
    client = Client(headers={"host": settings.ALLOWED_HOSTS[0]})
    client.force_login(page.who, backend="django.contrib.auth.backends.ModelBackend")
    url = f"{reverse('report_channel', args=[page.node.pk])}?{page.query}"

    def once() -> int:
        answer = client.get(url, secure=True)
        if answer.status_code != 200:
            raise ValueError(answer.status_code)
        return len(answer.content)

    return Hands(once)


def floor(page: Page, place: int) -> Hands:
    connection = seed.connect()
    node = page.node
    values = (page.since, page.until, node.path, f"{node.path}%", node.depth + 1)
    return Hands(lambda: len(connection.execute(FLOOR, values).fetchall()))


def _levels() -> Iterator[Channel]:
    for kind in Channel.Kind:
        yield Channel.objects.filter(kind=kind).order_by("-path")[:1].get()


def _page(node: Channel, query: str, who: User, now: datetime) -> Page:
    today = timezone.localdate(now)
    days = {"span=7d": 7, "span=30d": 30}.get(query, DAYS)
    since = today - timedelta(days=days - 1)
    return Page(node, query.format(year=since), since, today, who)


def _country(rows: int, now: datetime) -> User:
    """Everybody's work is there, added up, and a manager of the head office to look at it."""
    shop = seed.shop(now=now)
    kind = Channel.Kind
    _below(kind.HEAD, kind.PROVINCE, PROVINCES - 1)
    _below(kind.PROVINCE, kind.CITY, CITIES)
    _below(kind.CITY, kind.DISTRICT, DISTRICTS)
    outlets = max(1, rows // PER_OUTLET // (PROVINCES * CITIES * DISTRICTS))
    _below(kind.DISTRICT, kind.OUTLET, outlets)
    seed.run(OUTLETS)
    _work(rows, now)
    seed.run("ANALYZE")
    for day in rollup.missing(now=now):
        rollup.fold_day(day, now=now)
    StaleDay.objects.create(outlet=shop.outlet, day=timezone.localdate(now))
    seed.run("VACUUM ANALYZE")
    who = User.objects.create(username="head", name="样本经理")
    today = timezone.localdate(now)
    head = Channel.objects.get(depth=1)
    Post.objects.create(user=who, channel=head, role=Post.Role.MANAGER, from_date=today)
    return who


def _below(parent: str, kind: str, many: int) -> None:
    seed.run(BELOW, parent=parent, kind=kind, many=many)
    seed.run(MORE, parent=parent, many=many)


def _work(rows: int, now: datetime) -> None:
    seed.run(PLACES)
    fields = Application._meta.concrete_fields
    columns = [str(field.column) for field in fields if not field.primary_key]
    values = ", ".join(COPIED.get(column, f"a.{column}") for column in columns)
    seed.run(
        f"INSERT INTO registration_application ({', '.join(columns)}) "  # noqa: S608
        f"SELECT {values} FROM registration_application a, generate_series(1, %(rows)s) i "
        "JOIN place o ON o.n = i %% (SELECT count(*) FROM place)",
        rows=rows,
        since=now - timedelta(days=DAYS),
        days=DAYS,
    )
    for statement in (REVIEWS, DECISIONS, LINES):
        seed.run(statement)
