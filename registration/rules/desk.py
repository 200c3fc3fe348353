"""In which order the desk works, and by when: its policies, and the clock of its working hours.

No law sets a time for the review (ST-06); the default is 30 minutes of working time.
"""

from collections.abc import Callable, Iterator
from datetime import date, datetime, time, timedelta
from typing import Any

from registration.rules.policy import Amount, Choice, Policy, Values, declare
from registration.rules.words import gettext_noop as _

COUNTER, RISK, NONE = "counter", "risk", "none"

MINUTES = Amount(
    key="desk.minutes",
    title=_("审核时限：工作时间内几分钟"),
    default=30,
    conflict="ST-06",
    why=_("没有法律规定；时限是本系统的做法：工作时间内 30 分钟。"),
    is_judged=False,
    unit=_("分钟"),
    least=5,
    most=1440,
)
OPENS = Amount(
    key="desk.opens",
    title=_("审核台几点上班"),
    default=8,
    conflict="ST-06",
    is_judged=False,
    unit=_("点"),
    least=0,
    most=23,
)
CLOSES = Amount(
    key="desk.closes",
    title=_("审核台几点下班"),
    default=21,
    conflict="ST-06",
    is_judged=False,
    unit=_("点"),
    least=1,
    most=24,
)
DAYS = Choice(
    key="desk.days",
    title=_("审核台哪些天上班"),
    default="every",
    conflict="ST-06",
    why=_("网点天天营业；只在工作日审核的，时限按国务院公布的放假和调休计算。"),
    is_judged=False,
    choices=(("every", _("每天")), ("workdays", _("工作日（含调休上班的周末）"))),
)
FIRST = Choice(
    key="desk.first",
    title=_("哪些单先审"),
    default=COUNTER,
    conflict="ST-06",
    is_judged=False,
    choices=(
        (COUNTER, _("客户在柜台等候的")),
        (RISK, _("有风险提示的")),
        (NONE, _("只按时限")),
    ),
)
KEPT_MINUTES = Amount(
    key="desk.kept_minutes",
    title=_("退回后重交的单，先留给原审核员几分钟"),
    default=5,
    conflict="ST-06",
    why=_("原审核员知道退回的是什么，再看最快；他不在时别人接着审。"),
    is_judged=False,
    unit=_("分钟"),
    least=0,
    most=120,
)
_DECLARED: tuple[Policy[Any], ...] = (MINUTES, OPENS, CLOSES, DAYS, FIRST, KEPT_MINUTES)
for _policy in _DECLARED:
    declare(_policy)

# A desk that never opens has no clock: hours that leave nothing are as if they were not set.
LONGEST = timedelta(days=60)
DAY = timedelta(days=1)
NOTHING = timedelta()


class Hours:
    """When the desk works. All times are Shanghai's and naive. ``is_workday`` tells of a day
    whether people work on it; it is asked only of a desk that keeps public holidays."""

    def __init__(self, policies: Values, is_workday: Callable[[date], bool]) -> None:
        opens, closes = OPENS.of(policies), CLOSES.of(policies)
        if opens >= closes:
            opens, closes = OPENS.default, CLOSES.default
        self.opens, self.closes = timedelta(hours=opens), timedelta(hours=closes)
        self.is_workday = is_workday if DAYS.of(policies) == "workdays" else lambda day: True

    def after(self, moment: datetime, work: timedelta) -> datetime:
        """When so much working time will have passed."""
        for opens, closes in self._shifts(moment, moment + LONGEST):
            begins = max(moment, opens)
            if begins + work <= closes:
                return begins + work
            work -= max(NOTHING, closes - begins)
        return moment + LONGEST

    def between(self, since: datetime, until: datetime) -> timedelta:
        """How much working time lies between."""
        parts = (
            min(until, closes) - max(since, opens) for opens, closes in self._shifts(since, until)
        )
        return sum((part for part in parts if part > NOTHING), NOTHING)

    def _shifts(self, since: datetime, until: datetime) -> Iterator[tuple[datetime, datetime]]:
        """From when to when the desk works, day by day."""
        day = since.date()
        while day <= until.date():
            midnight = datetime.combine(day, time())
            if self.is_workday(day):
                yield midnight + self.opens, midnight + self.closes
            day += DAY
