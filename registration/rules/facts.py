"""What rules judge: plain values, gathered by ``services.facts``, known to no database."""

from dataclasses import dataclass, field
from datetime import date, time
from typing import Any

from registration.rules.ownership import UNREGISTERED
from registration.rules.plan import HOLDER_KINDS, HolderKind
from registration.rules.roles import HOLDER
from registration.rules.service import Service, asked


@dataclass(frozen=True)
class Person:
    """One party's document, and how it was read.

    ``lane`` is how its data came in; ``purpose``, of a military number: private or official.
    ``face``: what the comparison of faces said (models.FaceCheck.Result), or "" where none was due.
    ``valid_from`` is None where the document does not say it in a way that is read.

    ``online`` is a result of the identity check, or "" before it. ``read_time`` is Shanghai's;
    ``read_elsewhere``: the same bytes into another application minutes before;
    ``reader_elsewhere``: another outlet used the reader lately; ``customers``: for how many
    holders the card was read lately, this one included; ``principals``: how many of those are
    somebody else.
    """

    role: str
    kind: str  # a key of DOCUMENTS
    number: str = field(repr=False)
    birth_date: date = field(repr=False)
    valid_from: date | None = field(repr=False)
    valid_to: date | None = field(repr=False)  # None: 长期
    key: str = field(repr=False)
    online: str = ""
    read_time: time = time(12)
    read_elsewhere: bool = False
    reader_elsewhere: bool = False
    customers: int = 1
    lane: str = "chip"
    purpose: str = ""
    principals: int = 0
    face: str = ""


@dataclass(frozen=True)
class Unit:
    """The unit that orders: what its papers say, and how they were seen.

    ``shown`` maps each of its papers to original, sealed or unsealed; ``level``: an army unit's;
    ``has_note``: a diplomatic note's number and date are there, and ``note_date`` is that date.
    """

    kind: str  # of rules.unit_kind
    number: str = field(repr=False)
    letter_until: date
    letter_names_handler: bool
    letter_states_scope: bool
    letter_is_sealed: bool
    papers: tuple[str, ...]
    shown: dict[str, str]
    level: str = ""
    has_note: bool = False
    note_date: date | None = None


@dataclass(frozen=True)
class Seen:
    """A picture that seems to be one of before. ``sort``: person or paper; ``level``: alarm or
    look; ``is_own``: the other one is of this application too."""

    kind: str
    sort: str
    level: str
    is_own: bool = False


@dataclass(frozen=True)
class Facts:
    """An application as it stands today (Asia/Shanghai).

    ``photos`` maps each picture kind present to its status; ``lines`` counts the person's taken
    places without this application. ``consents`` maps what the customer signed to the version of
    its text, ``consents_due`` what is to be signed; ``consents_refused``: answered with no.
    ``handed_in`` is the day on which the customer acted, None while the counter is still at it.
    ``assisted``: why somebody above helps, "" when nobody does; ``helper_key`` is who that is.
    """

    today: date
    outlet_is_open: bool
    clerk_holds_post: bool
    clerk_key: str
    has_number: bool
    has_iccid: bool
    has_confirmed: bool
    people: tuple[Person, ...]
    photos: dict[str, str]
    photos_due: tuple[str, ...]
    letter_points: frozenset[str]
    letter_points_due: frozenset[str]
    lines: int
    redo: tuple[str, ...] = ()
    holder_kind: str = "self"
    service: str = "new_mobile"
    tier: str = "agent_point"
    # What is set at the outlet's node or above it (rules.policy).
    policies: dict[str, Any] = field(default_factory=dict)
    # A unit's order, and of one of its numbers: the unit, and how far the order has come.
    unit: Unit | None = None
    order_status: str = ""
    numbers: int = 0
    numbers_ready: int = 0
    # How many numbers of the order this end user has, this one included.
    user_numbers: int = 0
    opens_at: time = time(9)
    closes_at: time = time(21)
    # Empty in snapshots from before consents were kept: nothing was due.
    consents: dict[str, str] = field(default_factory=dict)
    consents_due: dict[str, str] = field(default_factory=dict)
    consents_refused: frozenset[str] = frozenset()
    # Of a number in use: whether somebody is registered with it, and why nobody is (BF-02).
    standing: str = ""
    category: str = ""
    is_barred: bool = False
    is_fixed: bool = False
    # Whether the number is registered with the document of whom the service concerns.
    matches: str = ""
    has_address: bool = False
    proofs: frozenset[str] = frozenset()
    # What was claimed for the number by text message, against the holder: agrees, differs, "".
    claim: str = ""
    handed_in: date | None = None
    # The letter of authority: its last day, the service that it covers, and whether the same
    # picture lies in another application.
    letter_until: date | None = None
    letter_scope: str = ""
    letter_is_used: bool = False
    # Pictures that were used before, and kinds whose file no camera of ours has made.
    seen: tuple[Seen, ...] = ()
    made_elsewhere: frozenset[str] = frozenset()
    # Kinds of live photos that seem to be of a document.
    portraits: frozenset[str] = frozenset()
    # Kinds whose picture shows the stripes of a screen.
    screens: frozenset[str] = frozenset()
    # Whether the carrier has packed another SIM card with the number.
    card_is_other: bool = False
    assisted: str = ""
    helper_key: str = ""
    # Kind of picture and field of whatever was read there and is another on the chip or the form;
    # and the kinds of document page on which nothing could be read.
    differing: tuple[tuple[str, str], ...] = ()
    unread_pages: tuple[str, ...] = ()

    @property
    def holder(self) -> HolderKind:
        return HOLDER_KINDS[self.holder_kind]

    @property
    def asked(self) -> Service:
        return asked(self.service, self.category)

    @property
    def takes_place(self) -> bool:
        """Whether one of the holder's five places is taken: fixed lines are not counted."""
        return self.asked.takes_place and not self.is_fixed

    @property
    def needs_proof(self) -> bool:
        """Whether the customer has to show that the number is his: nobody is registered with it,
        and the service goes on all the same."""
        is_open = self.standing == UNREGISTERED and self.asked.takes_proof
        return is_open and not self.asked.wants_backfill(self.standing, self.policies)

    @property
    def day(self) -> date:
        """The day on which the customer acted: a birthday while a case waits changes nothing."""
        return self.handed_in or self.today

    @property
    def holder_age(self) -> int | None:
        """The holder's full years on that day; None: nobody was read yet."""
        holder = self.person(HOLDER)
        return age(holder.birth_date, self.day) if holder else None

    @property
    def is_assisted(self) -> bool:
        return self.assisted != ""

    def person(self, role: str) -> Person | None:
        return next((person for person in self.people if person.role == role), None)


FULL_AGE = 18  # 民法典 17


def age(born: date, on: date) -> int:
    """Full years; someone born on 29 February comes of age on 1 March (GB practice)."""
    return on.year - born.year - ((on.month, on.day) < (born.month, born.day))
