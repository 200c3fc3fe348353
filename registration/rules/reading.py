"""Rules on how cards were read: replayed, with a borrowed reader, after hours, for too many.

None of them proves anything against anybody: each asks the verifier to look (review), and counts
for the outlet. The limits are this product's policy of 2026-11, not a law's.
"""

from collections.abc import Callable, Iterator
from datetime import time, timedelta

from registration.rules import law
from registration.rules.facts import Facts, Person
from registration.rules.rule import Reason, Severity, rule
from registration.rules.words import gettext_noop as _

# The same bytes on another application so soon before: nobody is registered twice in a breath.
COPY_TIME = timedelta(minutes=10)
# So long a reader that was seen at another outlet, and so far back customers are counted.
LOOK_BACK = timedelta(days=30)
# The third customer for whom one card is read: more than two principals a month (PX-07).
MANY_CUSTOMERS = 3


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
        _("这张证件在此前 10 分钟内读进过另一张受理单。"),
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
        _("这台读卡器 30 天内在别的网点读过卡。"),
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
    """Within 30 days the card was read for a third customer, in any role, replaced or not."""
    yield from _where(
        facts,
        lambda person: person.customers >= MANY_CUSTOMERS,
        _("这张证件 30 天内已为三位或更多客户读过。"),
        _("请核对代办关系是否真实。"),
    )


IDS = ("CV-01R", "CV-01S", "CV-01H", "CV-01T")


def is_open(opens_at: time, closes_at: time, at: time) -> bool:
    """Whether a shop is open; hours may pass midnight, equal ones are round the clock."""
    if opens_at < closes_at:
        return opens_at <= at < closes_at
    return at >= opens_at or at < closes_at


def _where(facts: Facts, is_so: Callable[[Person], bool], text: str, todo: str) -> Iterator[Reason]:
    for person in facts.people:
        if is_so(person):
            yield Reason(text, todo, person.role)
