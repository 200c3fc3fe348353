"""Rules on how cards were read: replayed, with a borrowed reader, after hours, for too many.

None of them proves anything against anybody: each asks the verifier to look (review), and counts
for the outlet. The limits are this product's policies, not a law's.
"""

from collections.abc import Callable, Iterator
from datetime import time

from registration.rules import law
from registration.rules.facts import Facts, Person
from registration.rules.policy import Amount, declare
from registration.rules.roles import PROXY
from registration.rules.rule import Reason, Severity, rule
from registration.rules.words import gettext_noop as _

COPY_MINUTES = Amount(
    key="reading.copy_minutes",
    title=_("几分钟内读进另一单算重复读卡"),
    default=10,
    conflict="CV-01R",
    why=_("同一个人不会在几分钟内办两次；这是本系统的做法，没有规定。"),
    unit=_("分钟"),
    least=1,
    most=120,
    is_judged=False,
)
LOOK_BACK_DAYS = Amount(
    key="reading.look_back_days",
    title=_("往前看多少天的读卡"),
    default=30,
    conflict="PX-07",
    why=_("反电信网络诈骗法第三十一条禁止虚构代理关系；天数是本系统的做法，没有规定。"),
    unit=_("天"),
    least=1,
    most=366,
    is_judged=False,
)
MANY_CUSTOMERS = Amount(
    key="reading.customers",
    title=_("一张证件为几位客户读过就要复核"),
    default=3,
    conflict="PX-07",
    why=_("反电信网络诈骗法第三十一条禁止虚构代理关系；人数是本系统的做法，没有规定。"),
    unit=_("位"),
    least=2,
    most=50,
)
for _policy in (COPY_MINUTES, LOOK_BACK_DAYS, MANY_CUSTOMERS):
    declare(_policy)


@rule(
    law.NOTICE_182_2_1,
    id="CV-01R",
    severity=Severity.REVIEW,
    may_change=_("同一证件短时间内读入两单"),
)
def card_was_not_read_elsewhere_just_before(facts: Facts) -> Iterator[Reason]:
    """The same bytes of a chip went into another application within the 10 minutes before."""
    yield from _where(
        facts,
        lambda person: person.read_elsewhere,
        _("这张证件刚刚读进过另一张受理单。"),
        _("请核对现场照，确认本人两次都在场。"),
    )


@rule(
    law.NOTICE_182_2_1,
    id="CV-01S",
    severity=Severity.REVIEW,
    may_change=_("读卡器在别的网点用过"),
)
def reader_stays_at_its_outlet(facts: Facts) -> Iterator[Reason]:
    """Another outlet read with this reader (SAM id) within 30 days; a manager can say it moved."""
    yield from _where(
        facts,
        lambda person: person.reader_elsewhere,
        _("这台读卡器最近在别的网点读过卡。"),
        _("请核对读卡器是调拨来的，还是借来的。"),
    )


@rule(
    law.NOTICE_182_2_1,
    id="CV-01H",
    severity=Severity.REVIEW,
    may_change=_("营业时间外读卡"),
)
def card_was_read_in_opening_hours(facts: Facts) -> Iterator[Reason]:
    """The read came in outside the outlet's hours, by the portal's clock in Shanghai."""
    yield from _where(
        facts,
        lambda person: not is_open(facts.opens_at, facts.closes_at, person.read_time),
        _("读卡时网点不在营业时间内。"),
        _("请核对现场照的时间和地点。"),
    )


@rule(
    law.ANTI_FRAUD_31,
    id="CV-01T",
    severity=Severity.REVIEW,
    may_change=_("一证为多位客户读卡"),
)
def card_serves_few_customers(facts: Facts) -> Iterator[Reason]:
    """Lately (30 days) the card was read for a third customer, in any role, replaced or not."""
    many = MANY_CUSTOMERS.of(facts.policies)
    # For how many people a proxy acts is PX-07F's question.
    yield from _where(
        facts,
        lambda person: person.role != PROXY and person.customers >= many,
        _("这张证件最近已为多位客户读过。"),
        _("请核对代办关系是否真实。"),
    )


# What counts for the outlet; PX-07F is the same question about a proxy.
IDS = ("CV-01R", "CV-01S", "CV-01H", "CV-01T", "PX-07F")


def is_open(opens_at: time, closes_at: time, at: time) -> bool:
    """Whether a shop is open; hours may pass midnight, equal ones are round the clock."""
    if opens_at < closes_at:
        return opens_at <= at < closes_at
    return at >= opens_at or at < closes_at


def _where(facts: Facts, is_so: Callable[[Person], bool], text: str, todo: str) -> Iterator[Reason]:
    for person in facts.people:
        if is_so(person):
            yield Reason(text, todo, person.role)
