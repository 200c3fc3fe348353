"""The made-up country: provinces, cities, districts, and outlets of all tiers with a reader."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from random import Random

from django.db.models import F

from outlets.bridge import AGENT
from outlets.models import Bridge, Channel, Outlet, Reader, Tier
from registration.seeding.sheet import NULL, Sheet, text

# Tiers as often as they come, and how much of the customers one of each has.
TIERS = (
    (Tier.OWN_HALL, 3, 30),
    (Tier.PARTNER_HALL, 7, 12),
    (Tier.FRANCHISE_STORE, 20, 8),
    (Tier.AGENT_POINT, 40, 4),
    (Tier.ENDPOINT, 30, 1),
)
BUSY: dict[str, int] = {tier: busy for tier, _often, busy in TIERS}
PROVINCES = (2, 31)  # at least, at most
OUTLETS_OF_PROVINCE = 400
OUTLETS_OF_DISTRICT = 40
DISTRICTS_OF_CITY = 8
SUB_AGENTS = 5  # of the smallest ones one in so many hangs below an agent, where there is one
KIND = Channel.Kind


@dataclass
class Node:
    """A row of the tree; ``pk`` and ``path`` once it hangs there."""

    kind: str
    name: str
    path: str
    depth: int
    children: int = 0
    pk: int = 0

    def below(self, kind: str, name: str) -> "Node":
        self.children += 1
        depth = self.depth + 1
        path = Channel._get_path(self.path, depth, self.children)
        return Node(kind, name, path, depth)


@dataclass
class Shop:
    """An outlet: ``counter`` counts the reads of its program."""

    node: Node
    tier: str
    province: int
    pk: int = 0
    bridge: int = 0
    counter: int = 0
    clerks: list[int] = field(default_factory=list)


@dataclass
class Country:
    """``cities`` hang below the provinces; the head office is no part of either."""

    head: Node
    provinces: list[Node]
    cities: list[Node]
    districts: list[Node]
    shops: list[Shop]
    is_new: bool  # whether the head office is made with it

    @property
    def places(self) -> Iterator[Node]:
        if self.is_new:
            yield self.head
        yield from (*self.provinces, *self.cities, *self.districts)
        yield from (shop.node for shop in self.shops)


def plan(outlets: int, chance: Random) -> Country:
    """Below the head office that is there, or a new one."""
    root = Channel.objects.filter(depth=1).first()
    head = Node(KIND.HEAD, "种子移动", Channel._get_path("", 1, 1), 1)
    if root:
        head = Node(root.kind, root.name, root.path, 1, _steps(root), root.pk)
    least, most = PROVINCES
    provinces = [
        head.below(KIND.PROVINCE, f"样{place}省公司")
        for place in range(1, max(least, min(most, outlets // OUTLETS_OF_PROVINCE)) + 1)
    ]
    districts_wanted = max(len(provinces), outlets // OUTLETS_OF_DISTRICT)
    cities_wanted = max(len(provinces), districts_wanted // DISTRICTS_OF_CITY)
    cities = [
        provinces[place % len(provinces)].below(KIND.CITY, f"样本{place + 1}市公司")
        for place in range(cities_wanted)
    ]
    districts = [
        cities[place % len(cities)].below(KIND.DISTRICT, f"虚构{place + 1}区")
        for place in range(districts_wanted)
    ]
    shops = list(_shops(outlets, districts, len(cities), len(provinces), chance))
    return Country(head, provinces, cities, districts, shops, is_new=root is None)


def write(country: Country, *, now: datetime) -> None:
    """The tree and its outlets; ``enrol`` follows, with the same outlets."""
    channels = Sheet(Channel, "path", "depth", "numchild", "kind", "name", "code")
    for node in country.places:
        node.pk = channels.next_id
        code = f"S{node.pk}"
        channels.add(node.path, node.depth, node.children, node.kind, node.name, code)
    outlets = Sheet(
        *(Outlet, "channel_id", "tier", "agent_code", "address", "is_sub_agent"),
        *("authorised_by", "authorised_date", "authorisation"),
        opens_at="00:00",
        closes_at="00:00",
    )
    first = Sheet(Bridge).next_id
    for place, shop in enumerate(country.shops):
        _open(shop, outlets, now)
        shop.bridge = first + place
    for sheet in (channels, outlets):
        sheet.write()
    if not country.is_new:
        more = F("numchild") + len(country.provinces)
        Channel.objects.filter(pk=country.head.pk).update(numchild=more)


def enrol(country: Country, chance: Random, *, now: datetime) -> None:
    """The programs on the counters' PCs, with as many reads as they have signed by now."""
    bridges = Sheet(
        *(Bridge, "outlet_id", "kid", "public_key", "counter"),
        agent=AGENT,
        host="SPECIMEN",
        enrolled_at=now,
    )
    readers = Sheet(Reader, "outlet_id", "sam_id", seen_at=now)
    for shop in country.shops:
        key = text(chance.randbytes(32))
        bridges.add(shop.pk, chance.randbytes(8).hex(), key, shop.counter)
        readers.add(shop.pk, f"05.01-SPECIMEN-{shop.pk}")
    for sheet in (bridges, readers):
        sheet.write()


def _shops(
    outlets: int, districts: list[Node], cities: int, provinces: int, chance: Random
) -> Iterator[Shop]:
    agents: dict[int, Node] = {}
    tiers = [tier for tier, _often, _busy in TIERS]
    chosen = chance.choices(tiers, [often for _tier, often, _busy in TIERS], k=outlets)
    seen: Counter[str] = Counter()
    for place, tier in enumerate(chosen):
        district = place % len(districts)
        parent = districts[district]
        if place % SUB_AGENTS == 0 and tier == Tier.ENDPOINT:
            parent = agents.get(district, parent)
        seen[tier] += 1
        node = parent.below(KIND.OUTLET, f"样本{Tier(tier).label}{seen[tier]}号")
        if tier == Tier.AGENT_POINT:
            agents[district] = node
        yield Shop(node, tier, district % cities % provinces)


def _open(shop: Shop, outlets: Sheet, now: datetime) -> None:
    is_sub_agent = shop.node.depth > 5
    leave = ("样本授权人", text(now.date()), "样本授字") if is_sub_agent else ("", NULL, "")
    address = f"示例省样本市测试路{shop.node.pk}号"
    shop.pk = outlets.add(
        shop.node.pk, shop.tier, f"SA{shop.node.pk}", address, text(is_sub_agent), *leave
    )


def _steps(root: Channel) -> int:
    """How many children's places are taken: after a move fewer hang there than were given out."""
    last = Channel.objects.get_children(root).order_by("-path").first()
    return Channel._str2int(last.path[len(root.path) :]) if last else 0
