"""``review.claim`` with its audit entry, against a bare UPDATE … SKIP LOCKED RETURNING.

Every client is a verifier who claims a case, decides it (not measured) and claims the next.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial

import psycopg
from django.conf import settings
from django.utils import timezone

from outlets.models import Post
from portal.models import User
from registration.bench import crew, seed
from registration.bench.crew import Hands, Shift
from registration.bench.figures import Run
from registration.bench.rounds import Size
from registration.models import Application
from registration.services import review

CLIENTS = (8, 32)
QUEUED = 10_000
ROUNDS = 5
# Of the queue this share is claimed in a round: it stays long, and the round short.
SHARE = 5
# Who handed in what waits.
CLERKS = 100

# What a case in the queue has besides the columns of the application that is copied.
QUEUED_UP = {
    "status": "'in_review'",
    "submitted_at": "made_at",
    "submit_key": "gen_random_uuid()",
    "round": "1",
    "number": "NULL",
    "number_index": "''",
}
HANDED_IN = """
UPDATE registration_application
SET clerk_id = (%(clerks)s::bigint[])[1 + mod(id, cardinality(%(clerks)s::bigint[]))]
"""
REVIEWS = """
INSERT INTO registration_review (application_id, round, status, priority, submitted_at, queued_at,
    due_at, outlet_id, captured_by_id, claim_no, channel_path)
SELECT id, 1, 'open', 0, made_at, made_at + id * interval '1 millisecond',
    made_at + id * interval '1 millisecond', outlet_id, clerk_id, 0, channel_path
FROM registration_application WHERE status = 'in_review'
"""
FLOOR = """
UPDATE registration_review SET claim_no = claim_no + 1, claimed_by_id = %s, claimed_at = %s,
    lease_until = %s
WHERE id = (
    SELECT id FROM registration_review
    WHERE status = 'open' AND (lease_until IS NULL OR lease_until <= %s)
    ORDER BY priority DESC, due_at, queued_at, id LIMIT 1 FOR UPDATE SKIP LOCKED
) RETURNING id
"""
DECIDE = "UPDATE registration_review SET status = 'decided' WHERE id = %s"
UNTOUCHED = "SELECT count(*) FROM registration_review WHERE claim_no = 0"
TWICE = "SELECT count(*) FROM registration_review WHERE claim_no > 1"


@dataclass(frozen=True)
class Desk:
    verifiers: list[User]
    now: datetime


@dataclass(frozen=True)
class Queue:
    """A round of ``measure``: the queue is filled anew, and counted afterwards."""

    desk: Desk
    clients: int
    rows: int
    double: list[int]
    lost: list[int]

    def round(self, prepare: Callable[[Desk, int], Hands]) -> Shift:
        seed.run("TRUNCATE registration_review CASCADE")
        seed.run(REVIEWS)
        seed.run("ANALYZE registration_review")
        most = max(1, self.rows // SHARE // self.clients)
        shift = crew.work(self.clients, partial(prepare, self.desk), most=most)
        claimed = len(set(shift.answers))
        self.double.append(len(shift.answers) - claimed + seed.ask(TWICE))
        # Neither in the queue any more nor in anybody's hands.
        self.lost.append(self.rows - claimed - seed.ask(UNTOUCHED))
        return shift


def measure(size: Size) -> list[Run]:
    rows = size.rows or QUEUED
    counts = (size.clients,) if size.clients else CLIENTS
    desk = _desk(rows, max(counts))
    runs = []
    for clients in counts:
        queue = Queue(desk, clients, rows, [], [])
        pairs = size.pairs(partial(queue.round, ours), partial(queue.round, floor), rounds=ROUNDS)
        double, lost = sum(queue.double), sum(queue.lost)
        runs.append(Run.of(pairs, clients=clients, rows=rows, double=double, lost=lost))
    return runs


def ours(desk: Desk, place: int) -> Hands:
    verifier = desk.verifiers[place]

    def once() -> int | None:
        case = review.claim(verifier, now=desk.now)
        return case.pk if case else None

    return Hands(once, _decide_by(seed.connect()))


def floor(desk: Desk, place: int) -> Hands:
    connection = seed.connect()
    values = (desk.verifiers[place].pk, desk.now, desk.now + settings.LEASE, desk.now)

    def once() -> int | None:
        row = connection.execute(FLOOR, values).fetchone()
        return row[0] if row else None

    return Hands(once, _decide_by(connection))


def _decide_by(connection: psycopg.Connection) -> Callable[[int], None]:
    def decide(case: int) -> None:
        connection.execute(DECIDE, (case,))

    return decide


def _copies() -> str:
    """Copies of the shop's one application, whatever columns it has."""
    fields = Application._meta.concrete_fields
    columns = [str(field.column) for field in fields if not field.primary_key]
    values = ", ".join(QUEUED_UP.get(column, column) for column in columns)
    return (
        f"INSERT INTO registration_application ({', '.join(columns)}) "  # noqa: S608
        f"SELECT {values} FROM registration_application, generate_series(1, %(rows)s)"
    )


def _desk(rows: int, clients: int) -> Desk:
    now = timezone.now()
    shop = seed.shop(now=now)
    seed.run(_copies(), rows=rows)
    clerks = [User(username=f"c{place}", name="样本店员") for place in range(CLERKS)]
    User.objects.bulk_create(clerks)
    seed.run(HANDED_IN, clerks=[clerk.pk for clerk in clerks])
    verifiers = [User(username=f"v{place}", name="样本审核") for place in range(clients)]
    User.objects.bulk_create(verifiers)
    today = timezone.localdate(now)
    posts = [
        Post(user=user, channel=shop.province, role=Post.Role.VERIFIER, from_date=today)
        for user in verifiers
    ]
    Post.objects.bulk_create(posts)
    for user in verifiers:  # as a request's middleware does
        user.post = Post.objects.held_by(user, today).get()
    seed.run("ANALYZE")
    return Desk(verifiers, now)
