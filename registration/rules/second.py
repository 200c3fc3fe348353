"""Who looks again: policies of the second look.

No law names a share. CV-05 says that what a machine does not find alike is never opened by itself,
CH-01 that the channel's tier sets how much is sampled, IO-16 that some cases want two reviewers.
"""

from typing import Any

from registration.rules.policy import TIERS, Amount, Policy, Several, Switch, Values, declare
from registration.rules.words import gettext_noop as _

PERCENT = _("%")
_WHY_TIER = _("没有法律规定比例；末梢渠道历来最容易失管，抽得最多。0 是不抽，100 是每单都抽。")


def _percent(key: str, title: str, default: int, conflict: str, why: str = "") -> Amount:
    return Amount(
        key=f"desk.second_{key}",
        title=title,
        default=default,
        conflict=conflict,
        why=why,
        is_judged=False,
        unit=PERCENT,
        least=0,
        most=100,
    )


def _share(tier: str, title: str, default: int) -> Amount:
    return _percent(tier, title, default, "CH-01", _WHY_TIER)


OF_TIER = {
    "own_hall": _share("own_hall", _("自有营业厅的单，审核后抽查百分之几"), 2),
    "partner_hall": _share("partner_hall", _("合作营业厅的单，审核后抽查百分之几"), 3),
    "franchise_store": _share("franchise_store", _("专营店的单，审核后抽查百分之几"), 5),
    "agent_point": _share("agent_point", _("特约代理点的单，审核后抽查百分之几"), 8),
    "endpoint": _share("endpoint", _("末梢渠道的单，审核后抽查百分之几"), 10),
}
RISKY = Switch(
    key="desk.second_risky",
    title=_("有风险提示的单，审核后全部复核"),
    default=True,
    conflict="CV-05",
    why=_("机器看出疑点、由人放行的，再由另一个人看一遍。"),
    is_judged=False,
)
NEW_DAYS = Amount(
    key="desk.second_new_days",
    title=_("营业员任职头几天算新手"),
    default=30,
    conflict="CH-10",
    is_judged=False,
    unit=_("天"),
    least=0,
    most=365,
)
OF_NEW = _percent("new", _("新手营业员的单，审核后抽查百分之几"), 20, "CH-10")
LOW_SCORE = _percent("low_score", _("网点 30 天一次通过率低于百分之几算差"), 80, "CH-06")
OF_LOW = _percent("low", _("一次通过率差的网点，审核后抽查百分之几"), 20, "CH-06")
DAYS = Amount(
    key="desk.second_days",
    title=_("抽查几天没有人看就作罢"),
    default=3,
    conflict="CH-01",
    why=_("只作罢事后的抽查；双人审核的单一直等到有人看。"),
    is_judged=False,
    unit=_("天"),
    least=1,
    most=30,
)
FOUR_EYES_RISKY = Switch(
    key="desk.four_eyes_risky",
    title=_("有风险提示的单，两个人都通过才开通"),
    default=False,
    conflict="CV-05",
    why=_("没有法律要求两个人审；人像比对不一致的不得自动开通，由人审核。"),
    is_judged=False,
)
FOUR_EYES_TIERS = Several(
    key="desk.four_eyes_tiers",
    title=_("哪些网点的单，两个人都通过才开通"),
    default=(),
    conflict="IO-16",
    why=_("没有法律要求；按本公司的规定设置。客户要多等一位审核员。"),
    is_judged=False,
    choices=TIERS,
)
_DECLARED: tuple[Policy[Any], ...] = (
    *OF_TIER.values(),
    RISKY,
    NEW_DAYS,
    OF_NEW,
    LOW_SCORE,
    OF_LOW,
    DAYS,
    FOUR_EYES_RISKY,
    FOUR_EYES_TIERS,
)
for _policy in _DECLARED:
    declare(_policy)

# A share is a whole percent; a draw has two digits more, so that shares of others fit in between.
DRAWS = 10_000


def is_drawn(draw: int, percent: int) -> bool:
    """``draw`` from 0 to DRAWS - 1. Of 0 percent nothing is drawn, of 100 everything."""
    return draw * 100 < percent * DRAWS


def is_four_eyes(tier: str, *, is_risky: bool, policies: Values) -> bool:
    """Whether nothing follows from an approval before a second person gives it too."""
    return tier in FOUR_EYES_TIERS.of(policies) or (is_risky and FOUR_EYES_RISKY.of(policies))
