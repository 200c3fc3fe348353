"""What a customer can ask for: one object a service, and no branch on it anywhere else."""

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from registration.rules.ownership import CATEGORIES, UNREGISTERED
from registration.rules.policy import (
    ALL_TIERS,
    TIERS,
    Amount,
    Policy,
    Several,
    Switch,
    Values,
    declare,
)
from registration.rules.roles import HOLDER, TRANSFEROR
from registration.rules.words import gettext_noop as _


class Number(StrEnum):
    """Where the number of an application comes from."""

    POOL = "pool"  # a free one, chosen at the counter
    OWN = "own"  # the customer's, named at the counter and asked of the carrier


class Line(StrEnum):
    """What kind of line a number is for."""

    MOBILE = "mobile"
    FIXED = "fixed"


class Outcome(StrEnum):
    """What becomes of the number, and of its holder's place, once the carrier has done it."""

    OPENS = "opens"
    KEEPS = "keeps"
    REGISTERS = "registers"
    CHANGES_HANDS = "changes_hands"
    ENDS = "ends"


@dataclass(frozen=True)
class Service:
    """``rule`` is the row of the catalogue and ``order`` the carrier's command once it is approved;
    ``done`` is a word for that and ``tells`` the sentence for the customer.

    ``parties`` are read and ``faces`` photographed besides who stands at the counter. ``matched``
    is whom the number must be registered with. ``takes_place``: a mobile number takes one of the
    holder's five (NL-01); ``has_card``: a SIM card is handed over; ``has_address``: the line has a
    place. ``proxy`` says whether, or at which tiers, a proxy may come; without it one always may.

    A number without a registered holder is backfilled first (SC-03). ``for_unregistered`` is that
    backfill itself; ``backfill_first`` a policy that may let another service do without, on proof
    of use (``takes_proof``) at the tiers of ``proof_tiers``. ``hint`` says what else this service
    asks for. ``has_contract``: the customer goes on with a number, and signs against fraud and
    resale (CV-09, CV-10).
    """

    code: str
    label: str
    rule: str
    number: Number
    order: str
    outcome: Outcome
    done: str
    tells: str
    lines: tuple[Line, ...] = (Line.MOBILE,)
    parties: tuple[str, ...] = (HOLDER,)
    faces: tuple[str, ...] = ()
    papers: tuple[str, ...] = ()
    matched: str = ""
    has_card: bool = False
    has_address: bool = False
    takes_place: bool = False
    for_unregistered: bool = False
    backfill_first: Switch | None = None
    proof_tiers: Several | None = None
    proxy: Policy[Any] | None = None
    has_contract: bool = True
    hint: str = ""

    @property
    def is_own(self) -> bool:
        return self.number is Number.OWN

    @property
    def has_user(self) -> bool:
        """Whether one person uses a unit's number of this kind (UD-08); nobody a fixed line."""
        return Line.MOBILE in self.lines

    @property
    def names_holder(self) -> bool:
        """Whether the carrier registers the holder with it, and so must be told who that is."""
        return self.outcome in (Outcome.OPENS, Outcome.REGISTERS, Outcome.CHANGES_HANDS)

    @property
    def takes_proof(self) -> bool:
        return self.proof_tiers is not None

    def wants_backfill(self, standing: str, values: Values) -> bool:
        """Whether a number of this standing must be registered before (SC-03)."""
        if standing != UNREGISTERED or self.for_unregistered:
            return False
        return self.backfill_first is None or self.backfill_first.of(values)

    def lets_proxy(self, tier: str, values: Values) -> bool:
        if self.proxy is None:
            return True
        value = self.proxy.of(values)
        return value if isinstance(value, bool) else tier in value


TRANSFER_PROXY = Several(
    key="transfer.proxy_tiers",
    title=_("哪些渠道可以代办过户"),
    default=("own_hall",),
    conflict="SC-07",
    why=_("过户双方到场是各企业的做法；代办只在自有营业厅。"),
    choices=TIERS,
)
BACKFILL_PROXY = Switch(
    key="backfill.proxy_allowed",
    title=_("补登记可以代办"),
    default=True,
    conflict="C-04",
    why=_("电信、移动可以代办，联通不可以。"),
)
BACKFILL_TIERS = Several(
    key="backfill.tiers",
    title=_("哪些渠道可以补登记"),
    default=ALL_TIERS,
    conflict="BF-05",
    why=_("第 25 号令第二十条：补登记应当采取便利措施。"),
    choices=TIERS,
)
REISSUE_IS_REGISTRATION = Switch(
    key="reissue.is_registration",
    title=_("补换卡视同入网，未登记的先补登记"),
    default=True,
    conflict="C-16",
    why=_("全国规定没有写；江苏写了换卡，西藏写了补卡。"),
)
REISSUE_TIERS = Several(
    key="reissue.tiers",
    title=_("哪些渠道可以凭使用凭证补换未登记号码的卡"),
    default=("own_hall",),
    conflict="SC-08",
    why=_("联通 2013 年通知：只在自有营业厅。"),
    choices=TIERS,
)
QUARANTINE = Amount(
    key="number.quarantine_months",
    is_judged=False,
    title=_("销号后号码冷冻几个月"),
    default=6,
    conflict="C-07",
    why=_("北京 2016 年的做法：号码保留 6 个月；行业常见 90 天，未证实。"),
    unit=_("个月"),
    least=1,
    most=24,
)
declare(TRANSFER_PROXY)
declare(BACKFILL_PROXY)
declare(BACKFILL_TIERS)
declare(REISSUE_IS_REGISTRATION)
declare(REISSUE_TIERS)
declare(QUARANTINE)

NEW_MOBILE = Service(
    "new_mobile",
    _("新开移动号码"),
    "SC-01",
    Number.POOL,
    "open",
    Outcome.OPENS,
    _("已开通"),
    _("号码已开通，客户可以插卡使用。"),
    has_card=True,
    takes_place=True,
)
NEW_DATA_CARD = Service(
    "new_data_card",
    _("新开无线上网卡"),
    "SC-01",
    Number.POOL,
    "open",
    Outcome.OPENS,
    _("已开通"),
    _("上网卡已开通，客户可以插卡使用。"),
    has_card=True,
    takes_place=True,
)
FIXED_INSTALL = Service(
    "fixed_install",
    _("固定电话装机"),
    "SC-01",
    Number.POOL,
    "install",
    Outcome.OPENS,
    _("已受理装机"),
    _("装机已排单，装维人员会联系客户上门。"),
    lines=(Line.FIXED,),
    has_address=True,
)
FIXED_MOVE = Service(
    "fixed_move",
    _("固定电话移机"),
    "SC-01",
    Number.OWN,
    "move",
    Outcome.KEEPS,
    _("已受理移机"),
    _("移机已排单，装维人员会联系客户上门。"),
    lines=(Line.FIXED,),
    matched=HOLDER,
    has_address=True,
)
TRANSFER = Service(
    "transfer",
    _("过户"),
    "SC-07",
    Number.OWN,
    "transfer",
    Outcome.CHANGES_HANDS,
    _("已过户"),
    _("号码已过户到新机主名下。"),
    lines=(Line.MOBILE, Line.FIXED),
    parties=(HOLDER, TRANSFEROR),
    faces=(TRANSFEROR,),
    matched=TRANSFEROR,
    hint=_("过户要双方到场：先读新机主的证件，再读原机主的，两人都拍现场照。"),
    takes_place=True,
    proxy=TRANSFER_PROXY,
)
REISSUE = Service(
    "reissue",
    _("补卡、换卡"),
    "SC-08",
    Number.OWN,
    "reissue",
    Outcome.KEEPS,
    _("已换卡"),
    _("新卡已可用，旧卡已失效。"),
    matched=HOLDER,
    has_card=True,
    backfill_first=REISSUE_IS_REGISTRATION,
    proof_tiers=REISSUE_TIERS,
)
CANCEL = Service(
    "cancel",
    _("销号"),
    "SC-09",
    Number.OWN,
    "close",
    Outcome.ENDS,
    _("已销号"),
    _("号码已注销，不再计入客户名下的号码。"),
    lines=(Line.MOBILE, Line.FIXED),
    matched=HOLDER,
    has_contract=False,
)
BACKFILL = Service(
    "backfill",
    _("补登记"),
    "BF-02",
    Number.OWN,
    "register",
    Outcome.REGISTERS,
    _("已登记"),
    _("号码已完成实名登记；停机的号码 24 小时内恢复。"),
    lines=(Line.MOBILE, Line.FIXED),
    takes_place=True,
    for_unregistered=True,
    proof_tiers=BACKFILL_TIERS,
    proxy=BACKFILL_PROXY,
)

SERVICES = {
    service.code: service
    for service in (
        NEW_MOBILE,
        NEW_DATA_CARD,
        FIXED_INSTALL,
        FIXED_MOVE,
        TRANSFER,
        REISSUE,
        CANCEL,
        BACKFILL,
    )
}


def asked(code: str, category: str = "") -> Service:
    """The service, with the papers that a number without a registered holder wants (BF-02)."""
    service = SERVICES[code]
    found = CATEGORIES.get(category)
    if found is None or not service.takes_proof:
        return service
    return replace(service, papers=(*service.papers, *found.papers))


def line_of(number: str) -> Line:
    """A fixed line's number begins with its area code."""
    return Line.FIXED if number.startswith("0") else Line.MOBILE
