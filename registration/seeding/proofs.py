"""Who was read, what was photographed: the rows that a case rests on."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from outlets.frames import CardKind
from registration.models import Challenge, Identity, OnlineCheck, Party, Photo, Role, Slot, Trust
from registration.rules import plan
from registration.rules.document import Lane
from registration.rules.plan import HolderKind
from registration.rules.service import NEW_MOBILE
from registration.seeding import people
from registration.seeding.country import Shop
from registration.seeding.people import Customer
from registration.seeding.sheet import NULL, Sheet, text

# Cases whose people are kept in mind together; each person comes three times among them.
PEOPLE = 3_000
WINDOW = PEOPLE * people.EACH
SIGNATURE = "signature"


@dataclass(frozen=True)
class Visit:
    """One application as the counter sees it. ``place`` is its place among all."""

    pk: int
    place: int
    shop: Shop
    clerk: int
    at: datetime
    holder: HolderKind

    @property
    def roles(self) -> tuple[Role, ...]:
        return tuple(Role(role) for role in plan.roles_due(NEW_MOBILE, self.holder))


class Proofs:
    def __init__(self, chance: Random, *, first_person: int) -> None:
        self._chance = chance
        self._first_person = first_person
        self._window, self._people = -1, list[Customer]()
        self._challenges = Sheet(
            *(Challenge, "nonce", "application_id", "role", "clerk_id", "outlet_id", "expires_at"),
            session_hash="0" * 64,
        )
        self._identities = Sheet(
            *(Identity, "outlet_id", "challenge_id", "bridge_id", "counter", "block"),
            *("block_sha256", "number_index", "person_key", "read_at", "received_at"),
            lane=Lane.CHIP.value,
            sam_id="05.01-SPECIMEN",
            reader="serial",
            source="chip",
            card_type=CardKind.RESIDENT.value,
            trust=Trust.BRIDGE.value,
            envelope="fictional.never.signed",
        )
        self._parties = Sheet(Party, "application_id", "identity_id", "role")
        self._checks = Sheet(
            *(OnlineCheck, "identity_id", "application_id", "result", "key", "due_at"),
            *("checked_at", "reference"),
        )
        self._photos = Sheet(
            *(Photo, "application_id", "kind", "source", "sha256", "taken_at", "taken_by_id"),
            status=Photo.Status.READY.value,
            original="",  # rows only: there are no files
        )
        self._slots = Sheet(Slot, "person_key", "place", "application_id")

    @property
    def sheets(self) -> list[Sheet]:
        read = [self._challenges, self._identities, self._parties, self._checks]
        return [*read, self._photos, self._slots]

    def read(self, visit: Visit, *, is_checked: bool) -> None:
        """The documents of all who take part, and what the national check says of them."""
        at = visit.at + timedelta(seconds=60)
        for role in visit.roles:
            identity = self._identity(visit, role, text(at))
            self._parties.add(visit.pk, identity, role.value)
            answer = (OnlineCheck.Result.MATCH.value, self._key(), text(at), text(at), "LW-SEED")
            open_ = (OnlineCheck.Result.WAITING.value, self._key(), text(at), NULL, "")
            self._checks.add(identity, visit.pk, *(answer if is_checked else open_))

    def take_place(self, visit: Visit) -> None:
        """One of the holder's five."""
        place = visit.place % WINDOW // PEOPLE + 1
        self._slots.add(self.person_key(visit), place, visit.pk)

    def person_key(self, visit: Visit) -> str:
        return self._person(visit, Role.HOLDER).person_key

    def photograph(self, visit: Visit) -> None:
        at = text(visit.at + timedelta(seconds=120))
        for kind in (*plan.photos_due(NEW_MOBILE, visit.holder, {}), SIGNATURE):
            source = Photo.Source.SCREEN if kind == SIGNATURE else Photo.Source.CAMERA
            sha256 = self._chance.randbytes(32).hex()
            self._photos.add(visit.pk, kind, source.value, sha256, at, visit.clerk)

    def _identity(self, visit: Visit, role: Role, at: str) -> int:
        shop = visit.shop
        asked = (visit.pk, role.value, visit.clerk, shop.pk, at)
        challenge = self._challenges.add(self._key(), *asked)
        shop.counter += 1
        cells = self._person(visit, role).cells
        return self._identities.add(shop.pk, challenge, shop.bridge, shop.counter, *cells, at, at)

    def _person(self, visit: Visit, role: Role) -> Customer:
        window, place = divmod(visit.place, WINDOW)
        if window != self._window:
            self._window = window
            first = self._first_person + window * PEOPLE
            self._people = [people.made(first + each, self._chance) for each in range(PEOPLE)]
        # Who comes for somebody else is the next person.
        return self._people[(place + (role != Role.HOLDER)) % PEOPLE]

    def _key(self) -> str:
        return self._chance.randbytes(16).hex()
