"""Lists of a province over lists of the whole country: who sees less must not wait longer.

In a made-up country (``manage.py seed``), the first page and one far behind, each as its view asks
for it, without the template. The floor is the head office's: the same list, nothing left out.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone

from outlets.models import Channel, Outlet, Post
from portal import keyset
from registration.bench import crew, seed
from registration.bench.crew import Hands, Shift
from registration.bench.figures import Run
from registration.bench.rounds import Size
from registration.models import Application
from registration.seeding import fill
from registration.seeding.fill import Amount
from registration.services import case
from registration.services.period import Period
from registration.services.question import Question

CLIENTS = 1
ROWS = 1_000_000  # applications; an outlet has ten
OF_OUTLET = 10
ROUNDS = 5
LOOKS = 40  # in a round
FAR = 1_000  # pages, or the last one of the province
DAYS = 366  # as long a period as the report takes


@dataclass(frozen=True)
class Listed:
    """A list: ``look`` at a node takes the query of the page's URL; ``rows`` are those of a node in
    their order, to find the far page by."""

    what: str
    look: Callable[[Channel, dict[str, str]], Any]
    rows: Callable[[Channel], QuerySet[Any]]


def measure(size: Size) -> list[Run]:
    clients, rows = size.clients or CLIENTS, size.rows or ROWS
    if not Outlet.objects.exists():
        amount = Amount(rows, max(1, rows // OF_OUTLET))
        fill.fill(amount, now=timezone.now(), tell=lambda text: None)
        seed.run("VACUUM ANALYZE")
    head = Channel.objects.get(depth=1)
    province = Channel.objects.filter(kind=Channel.Kind.PROVINCE).latest("path")
    runs = []
    for listed in (_cases(), OUTLETS, STAFF):
        # The same page of both: it is the province that is shorter.
        page = max(1, min(FAR, listed.rows(province).count() // keyset.SIZE))
        for what, number in (("first page", 0), (f"page {page:,}", page - 1)):
            ours, floor = (
                partial(_round, listed, node, _asked(listed.rows(node), number), clients)
                for node in (province, head)
            )
            pairs = size.pairs(ours, floor, rounds=ROUNDS)
            title = f"{listed.what}, {what}"
            runs.append(Run.of(pairs, clients=clients, rows=rows, what=title))
    return runs


def _round(listed: Listed, node: Channel, asked: dict[str, str], clients: int) -> Shift:
    def prepare(place: int) -> Hands:
        return Hands(lambda: listed.look(node, asked))

    return crew.work(clients, prepare, most=LOOKS)


def _asked(rows: QuerySet[Any], number: int) -> dict[str, str]:
    """The query of so many pages further on."""
    if number <= 0:
        return {}
    last = number * keyset.SIZE - 1
    return {"after": str(rows.values_list("pk", flat=True)[last])}


def _cases() -> Listed:
    now = timezone.now()
    today = timezone.localdate(now)
    period = Period.of(today - timedelta(days=DAYS - 1), today, now=now)

    def look(node: Channel, asked: dict[str, str]) -> int:
        question = Question(node, period)
        return len(case.page(question, case.Kind.SUBMITTED, asked=asked))

    def rows(node: Channel) -> QuerySet[Any]:
        found: QuerySet[Any] = Application.objects.below(node.path).of_their_own()
        of_period = found.filter(
            first_submitted_at__gte=period.since, first_submitted_at__lt=period.until
        )
        return of_period.order_by("-first_submitted_at", "-pk")

    return Listed("cases", look, rows)


def _page(
    rows: Callable[[Channel], QuerySet[Any]], *order: str
) -> Callable[[Channel, dict[str, str]], int]:
    return lambda node, asked: len(keyset.page(rows(node), order, asked))


def _outlets(node: Channel) -> QuerySet[Any]:
    below = Channel.objects.along(node.path).select_related("outlet")
    found: QuerySet[Any] = below.filter(outlet__status=Outlet.Status.OPEN)
    return found


def _staff(node: Channel) -> QuerySet[Any]:
    posts = Post.objects.along(node.path).held(timezone.localdate())
    found: QuerySet[Any] = posts.select_related("user", "channel")
    return found


OUTLETS = Listed(
    "outlets", _page(_outlets, "path"), lambda node: _outlets(node).order_by("path", "pk")
)
STAFF = Listed(
    "staff",
    _page(_staff, "channel__path", "user__name"),
    lambda node: _staff(node).order_by("channel__path", "user__name", "pk"),
)
