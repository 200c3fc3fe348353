"""Who works in the made-up country. All have the demo's password: never in a public site."""

from collections import defaultdict
from datetime import date, datetime
from random import Random

from django.contrib.auth.hashers import make_password

from outlets.demo import PASSWORD
from outlets.models import Post, Tier
from portal.models import User
from registration.demo.people import NAMES
from registration.seeding.country import Country, Node
from registration.seeding.sheet import Sheet

CLERKS = {Tier.OWN_HALL: 3, Tier.PARTNER_HALL: 2}  # one everywhere else
OUTLETS_OF_VERIFIER = 100
VERIFIERS_OF_PROVINCE = 2  # at least
SURNAMES = [name[0] for name in NAMES]
GIVEN_NAMES = [name[1:] for name in NAMES]

# By the province's place: the ids of its verifiers.
Verifiers = dict[int, list[int]]


def name_of(chance: Random) -> str:
    return chance.choice(SURNAMES) + chance.choice(GIVEN_NAMES)


class Staff:
    def __init__(self, chance: Random, *, since: date, now: datetime) -> None:
        hashed = make_password(PASSWORD)  # one for all: hashing it for each takes minutes
        self._users = Sheet(User, "username", "name", password=hashed, made_at=now)
        self._posts = Sheet(Post, "user_id", "channel_id", "role", from_date=since)
        self._chance = chance
        self.accounts: list[str] = []

    @property
    def sheets(self) -> list[Sheet]:
        return [self._users, self._posts]

    def write(self, country: Country) -> Verifiers:
        """Fills in the clerks of the shops. The first of each kind go into ``accounts``."""
        self._appoint(country.head, Post.Role.ADMINISTRATOR)
        managed = [country.head, *country.provinces, *country.cities, *country.districts]
        for node in managed:
            self._appoint(node, Post.Role.MANAGER)
        verifiers: Verifiers = defaultdict(list)
        wanted = len(country.shops) // OUTLETS_OF_VERIFIER // len(country.provinces)
        for place, province in enumerate(country.provinces):
            for _each in range(max(VERIFIERS_OF_PROVINCE, wanted)):
                verifiers[place].append(self._appoint(province, Post.Role.VERIFIER))
        for shop in country.shops:
            for _each in range(CLERKS.get(Tier(shop.tier), 1)):
                shop.clerks.append(self._appoint(shop.node, Post.Role.CLERK))
        for sheet in self.sheets:
            sheet.write()
        return verifiers

    def _appoint(self, place: Node, role: str) -> int:
        username = f"s-{role}{self._users.next_id}"
        if not any(known.startswith(f"s-{role}") for known in self.accounts):
            self.accounts.append(username)
        user = self._users.add(username, name_of(self._chance))
        self._posts.add(user, place.pk, role)
        return user
