"""What carriers, provinces and tiers disagree about: a named value with a dated default.

Rules read a policy from ``Facts.policies``, which holds the values set at the outlet's node or
above it (``services.policy``); what nobody has set has its default. Values are plain JSON, so that
a snapshot of the facts tells in two years' time under which policies was judged.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Generic, TypeVar

from registration.rules.words import gettext_noop as _

T = TypeVar("T")
Values = Mapping[str, Any]
# Turns a Chinese source text into the reader's language.
Say = Callable[[str], str]
# The day of the catalogue from which the defaults come.
FIRST = date(2026, 11, 27)

# What a page shows together: a title, and the first words of the keys.
GROUPS = (
    (_("号码数量"), ("limit", "number")),
    (_("年龄"), ("minor", "household")),
    (_("证件可以在哪里办理"), ("document", "military", "electronic_id")),
    (_("代办"), ("proxy",)),
    (_("特殊协助"), ("assisted",)),
    (_("业务"), ("transfer", "reissue", "backfill", "ownership")),
    (_("单位"), ("unit",)),
    (_("人脸与留存"), ("face", "retention", "appeal")),
    (_("审核台"), ("desk",)),
    (_("读卡与提示"), ("reading", "picture", "note")),
    (_("规则轻重"), ("rule",)),
)
OTHERS = _("其他")
_GROUP_OF = {word: title for title, words in GROUPS for word in words}


@dataclass(frozen=True, kw_only=True)
class Policy(ABC, Generic[T]):
    """``conflict`` is the row of the catalogue that is decided here: C-01 to C-20, or a rule's id.

    ``since`` is the day from which the default holds; ``why`` says where it comes from.
    ``is_judged``: a rule reads it, so that what was judged can be judged again under another
    value. Without it the value decides what becomes a fact, and old facts cannot tell.
    """

    key: str
    title: str
    default: T
    conflict: str
    why: str = ""
    since: date = FIRST
    is_judged: bool = True

    @property
    def group(self) -> str:
        return _GROUP_OF.get(self.key.partition(".")[0], OTHERS)

    def of(self, values: Values) -> T:
        """The value in force. One that this policy no longer takes is as if it were not set."""
        try:
            return self.clean(values[self.key])
        except (KeyError, ValueError):
            return self.default

    @abstractmethod
    def clean(self, value: Any) -> T:
        """``value`` as this policy keeps it. Raises ValueError."""

    @abstractmethod
    def shown(self, value: T, say: Say = str) -> str:
        """A value that ``clean`` has made, in words."""


@dataclass(frozen=True, kw_only=True)
class Switch(Policy[bool]):
    def clean(self, value: Any) -> bool:
        if not isinstance(value, bool):
            raise ValueError(value)
        return value

    def shown(self, value: bool, say: Say = str) -> str:
        return say(_("是")) if value else say(_("否"))


@dataclass(frozen=True, kw_only=True)
class Amount(Policy[int]):
    """A whole number between ``least`` and ``most``, both allowed."""

    unit: str
    least: int
    most: int

    def clean(self, value: Any) -> int:
        if isinstance(value, bool) or not isinstance(value, int):
            raise ValueError(value)
        if not self.least <= value <= self.most:
            raise ValueError(value)
        return value

    def shown(self, value: int, say: Say = str) -> str:
        return f"{value} {say(self.unit)}"


@dataclass(frozen=True, kw_only=True)
class Choice(Policy[str]):
    """One of ``choices``: value and label."""

    choices: tuple[tuple[str, str], ...]

    def clean(self, value: Any) -> str:
        if value not in dict(self.choices):
            raise ValueError(value)
        return str(value)

    def shown(self, value: str, say: Say = str) -> str:
        return say(dict(self.choices)[value])


@dataclass(frozen=True, kw_only=True)
class Several(Policy[tuple[str, ...]]):
    """Any of ``choices``, kept in their order."""

    choices: tuple[tuple[str, str], ...]

    def clean(self, value: Any) -> tuple[str, ...]:
        if not isinstance(value, list | tuple) or not set(value) <= set(dict(self.choices)):
            raise ValueError(value)
        return tuple(choice for choice, _label in self.choices if choice in value)

    def shown(self, value: tuple[str, ...], say: Say = str) -> str:
        if len(value) == len(self.choices):
            return say(_("全部"))
        labels = dict(self.choices)
        return say(_("、")).join(say(labels[choice]) for choice in value) or say(_("无"))


POLICIES: dict[str, Policy[Any]] = {}


def declare(policy: Policy[T]) -> None:
    POLICIES[policy.key] = policy


# Five tiers of channel; the same values as outlets.models.Tier, which rules do not import.
TIERS = (
    ("own_hall", _("自有营业厅")),
    ("partner_hall", _("合作营业厅")),
    ("franchise_store", _("专营店")),
    ("agent_point", _("特约代理点")),
    ("endpoint", _("末梢渠道")),
)
ALL_TIERS = tuple(tier for tier, _label in TIERS)

LINES_A_PERSON = Amount(
    key="limit.mobile",
    title=_("一人最多几个移动号码"),
    default=5,
    conflict="C-01",
    why=_("六部委通告第四条：同一用户在同一企业办理有效使用的电话卡达到 5 张的，不得再开。"),
    unit=_("个"),
    least=1,
    most=5,  # the database has five places for a person, and not more
)
GUARDIAN_AGE = Amount(
    key="minor.guardian_age",
    title=_("未满几周岁须由监护人办理"),
    default=16,
    conflict="C-09",
    why=_("2018 年实施规范为 16 周岁；民法典以 18 周岁为成年。"),
    unit=_("周岁"),
    least=8,
    most=18,
)
YOUNGEST_AGE = Amount(
    key="minor.youngest_age",
    title=_("不满几周岁不办理（0 表示不限）"),
    default=0,
    conflict="C-09",
    why=_("没有法律规定；有的厂商页面写 10 周岁，来自已失效的民法通则，默认不限。"),
    unit=_("周岁"),
    least=0,
    most=18,
)
TEEN_ALONE = Choice(
    key="minor.teen_alone",
    title=_("不再必须由监护人办理、未满 18 周岁的人怎么办理"),
    default="with_consent",
    conflict="C-09",
    why=_("民法典第十九条：限制民事行为能力人的行为由法定代理人代理，或者经其同意。"),
    choices=(
        ("alone", _("可以自己办理")),
        ("with_consent", _("监护人到场，或者有监护人的书面同意")),
        ("guardian", _("监护人到场办理")),
    ),
)
MOST_PRINCIPALS = Amount(
    key="proxy.most_principals",
    title=_("一位受托人最多替几个人办理，超过要复核"),
    default=2,
    conflict="PX-07",
    why=_("反电信网络诈骗法第三十一条禁止虚构代理关系；人数是本系统的做法，没有规定。"),
    unit=_("人"),
    least=1,
    most=50,
)
ASSISTED_TIERS = Several(
    key="assisted.tiers",
    title=_("哪些网点可以做特殊协助"),
    default=("own_hall", "partner_hall"),
    conflict="CV-12",
    why=_("协助要有上级在场；营业厅有，代理点通常没有。上门办理由营业厅的人员进行。"),
    choices=TIERS,
)

_DECLARED: tuple[Policy[Any], ...] = (
    LINES_A_PERSON,
    GUARDIAN_AGE,
    YOUNGEST_AGE,
    TEEN_ALONE,
    MOST_PRINCIPALS,
    ASSISTED_TIERS,
)
for _policy in _DECLARED:
    declare(_policy)
