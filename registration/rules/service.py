"""What a customer can ask for: one object a service, and no branch on it anywhere else."""

from dataclasses import dataclass
from enum import StrEnum

from registration.rules.roles import HOLDER
from registration.rules.words import gettext_noop as _


class Number(StrEnum):
    """Where the number of an application comes from."""

    POOL = "pool"  # a free one, chosen at the counter
    OWN = "own"  # the customer's, named at the counter and asked of the carrier


@dataclass(frozen=True)
class Service:
    """``parties`` are read besides who stands at the counter; ``takes_place``: one of the
    person's five (NL-01); ``has_card``: a SIM card is handed over; ``order`` is the carrier's
    command once it is approved; ``rule`` the row of the catalogue; ``has_contract``: the customer
    goes on with a number, and signs against fraud and resale (CV-09, CV-10)."""

    code: str
    label: str
    rule: str
    number: Number
    order: str
    parties: tuple[str, ...] = (HOLDER,)
    has_card: bool = False
    takes_place: bool = False
    papers: tuple[str, ...] = ()
    has_contract: bool = True


NEW_MOBILE = Service(
    "new_mobile",
    _("新开移动号码"),
    "SC-01",
    Number.POOL,
    "open",
    has_card=True,
    takes_place=True,
)

SERVICES = {service.code: service for service in (NEW_MOBILE,)}
