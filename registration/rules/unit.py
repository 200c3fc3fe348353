"""Rules for units (单位): papers, authority, handler, and the end user of each number (1C)."""

from collections.abc import Iterator

from registration.rules import law
from registration.rules.consent import CHILD_AGE
from registration.rules.facts import FULL_AGE, Facts, age
from registration.rules.policy import GUARDIAN_AGE, Amount, declare
from registration.rules.roles import END_USER, HANDLER
from registration.rules.rule import Reason, Severity, rule
from registration.rules.unit_kind import (
    ARMY,
    EMBASSY,
    HIGH_LEVELS,
    INSTITUTION,
    UNIT_KINDS,
    UNIT_TIERS,
    UNSEALED,
    fits,
    papers_due,
    problems,
)
from registration.rules.words import gettext_noop as _

# What an order must have become before a number of it can be handed in.
HANDED_IN = ("submitted", "in_review", "approved", "active")

NUMBERS_A_USER = Amount(
    key="unit.numbers_a_user",
    title=_("同一使用人在一张单位订单里最多几个号码"),
    default=2,
    conflict="UD-08",
    why=_("本产品 2026 年 11 月的做法：超过的请审核员看，法规没有数目。"),
    unit=_("个"),
    least=1,
    most=50,
)
declare(NUMBERS_A_USER)


@rule(law.ORDER_25_8, id="UD-09", severity=Severity.BLOCK)
def units_go_to_an_own_hall(facts: Facts) -> Iterator[Reason]:
    """A unit is registered only where policy lets units in: at the carrier's own halls."""
    is_unit = facts.holder.is_order or facts.holder.is_numbered
    if is_unit and facts.tier not in UNIT_TIERS.of(facts.policies):
        yield Reason(
            _("单位客户只能在自有营业厅办理。"),
            _("请引导经办人到最近的自有营业厅办理。"),
            step="start",
        )


@rule(law.ORDER_25_8, id="UD-01", severity=Severity.BLOCK)
def the_set_of_three_is_complete(facts: Facts) -> Iterator[Reason]:
    """A unit shows its certificate, its handler's document and its letter: all three."""
    if not facts.holder.is_order:
        return
    if facts.unit is None:
        yield Reason(
            _("单位资料还没有填写（单位证件、经办人证件、授权书三项缺一不可）。"),
            _("请按单位证件填写单位资料。"),
            step="start",
        )
    if facts.person(HANDLER) is None:
        yield Reason(
            _("还没有读经办人的证件。"), _("请把经办人的证件放到读卡器上。"), HANDLER, "read"
        )


@rule(law.ORDER_25_8, id="UD-02", severity=Severity.BLOCK)
def a_copy_carries_the_seal(facts: Facts) -> Iterator[Reason]:
    """A unit's paper is an original, or a copy with the unit's seal on it."""
    if facts.unit is None or not facts.holder.is_order:
        return
    shown = [facts.unit.shown.get(paper, "") for paper in facts.unit.papers]
    if "" in shown:
        yield Reason(
            _("还没有注明单位证件看的是原件还是盖章的复印件。"),
            _("请在单位资料里逐件选择。"),
            step="start",
        )
    if UNSEALED in shown:
        yield Reason(_("单位证件没有公章。"), _("请出示原件，或加盖公章后再来办理。"), step="start")


@rule(law.ORDER_25_8, id="UD-03", severity=Severity.BLOCK)
def an_institution_shows_both_papers(facts: Facts) -> Iterator[Reason]:
    """A public institution shows its certificate, and its organisation code where it has one."""
    if facts.unit is None or facts.unit.kind != INSTITUTION.code or not facts.holder.is_order:
        return
    due = papers_due(INSTITUTION, facts.unit.number, facts.policies)
    if not set(due) <= set(facts.unit.papers):
        yield Reason(
            _("事业单位要同时查验法人证书和组织机构代码证。"),
            _("请重新保存单位资料，再拍组织机构代码证。"),
            step="start",
        )


@rule(law.ORDER_25_8, id="UD-05", severity=Severity.BLOCK)
def an_army_unit_is_a_regiment_or_above(facts: Facts) -> Iterator[Reason]:
    """An army unit's introduction counts from the level of a regiment on."""
    unit = facts.unit
    if unit and unit.kind == ARMY.code and unit.level not in HIGH_LEVELS:
        yield Reason(_("军队单位须为团级以上。"), _("请由团级以上单位出具介绍信。"), step="start")


@rule(law.ORDER_25_8, id="UD-06", severity=Severity.BLOCK)
def an_embassy_brings_a_note(facts: Facts) -> Iterator[Reason]:
    """An embassy or consulate brings a diplomatic note with its number and date."""
    unit = facts.unit
    if unit and unit.kind == EMBASSY.code and not unit.has_note:
        yield Reason(_("还没有填写照会的文号和日期。"), _("请按照会原件填写。"), step="start")
    if unit and unit.note_date and unit.note_date > facts.day:
        yield Reason(_("照会的日期还没有到。"), _("请按照会原件核对日期。"), step="start")


@rule(law.GB_32100, id="UD-10", severity=Severity.BLOCK)
def the_unit_s_number_is_sound(facts: Facts) -> Iterator[Reason]:
    """The unit's number is a unified social credit code whose check digit fits."""
    if facts.unit is None:
        return
    kind = UNIT_KINDS[facts.unit.kind]
    for problem in problems(kind, facts.unit.number, facts.policies):
        yield Reason(problem, _("请按证照原件核对号码，并核对证照真伪。"), step="start")


@rule(law.GB_32100, id="UD-10P", severity=Severity.REVIEW)
def the_number_s_department_fits_the_kind(facts: Facts) -> Iterator[Reason]:
    """The code's first digit names the department that registers this kind of unit."""
    unit = facts.unit
    if unit is None or not facts.holder.is_order:
        return
    kind = UNIT_KINDS[unit.kind]
    if kind.has_number and not fits(kind, unit.number):
        yield Reason(_("统一社会信用代码的首位与单位类别不符。"), _("请核对单位类别和证照真伪。"))


@rule(law.CIVIL_CODE_165, id="UD-01L", severity=Severity.BLOCK)
def the_letter_is_good(facts: Facts) -> Iterator[Reason]:
    """The unit's letter names the handler and the business, bears the seal and is in its term."""
    unit = facts.unit
    if unit is None:
        return
    if not unit.letter_names_handler:
        yield Reason(_("授权书没有写明经办人。"), _("请由授权书写明的经办人来办理。"), step="start")
    if not unit.letter_states_scope:
        yield Reason(_("授权书没有写明授权办理的业务。"), _("请单位补写后再来办理。"), step="start")
    if not unit.letter_is_sealed:
        yield Reason(_("授权书没有公章。"), _("请单位盖章后再来办理。"), step="start")
    # The last day itself still counts.
    if unit.letter_until < facts.day:
        yield Reason(
            _("授权书已过有效期。"), _("请单位出具新的授权书，并更新有效期。"), step="start"
        )


@rule(law.CIVIL_CODE_18, id="UD-01A", severity=Severity.BLOCK)
def the_handler_is_of_age(facts: Facts) -> Iterator[Reason]:
    """Who acts for a unit is 18 or older."""
    handler = facts.person(HANDLER)
    if handler and age(handler.birth_date, facts.day) < FULL_AGE:
        yield Reason(_("经办人未满 18 周岁。"), _("请单位委派成年的经办人。"), HANDLER, "read")


@rule(law.ANTI_FRAUD_31, id="UD-01C", severity=Severity.BLOCK)
def the_handler_is_not_the_clerk(facts: Facts) -> Iterator[Reason]:
    """Nobody registers a unit through himself."""
    handler = facts.person(HANDLER)
    if handler and facts.clerk_key and handler.key == facts.clerk_key:
        yield Reason(_("经办人就是受理的营业员。"), _("请单位委派其他经办人。"), HANDLER, "read")


@rule(law.ORDER_25_8, id="UD-08", severity=Severity.BLOCK)
def each_number_has_its_end_user(facts: Facts) -> Iterator[Reason]:
    """A unit's number is opened only with its end user's own document read."""
    if not facts.holder.is_numbered or not facts.asked.has_user:
        return
    if facts.person(END_USER) is None:
        yield Reason(
            _("这个号码还没有读使用人的证件。"),
            _("请把使用人的证件放到读卡器上；其他号码不受影响。"),
            END_USER,
            "read",
        )


@rule(law.CIVIL_CODE_19, id="UD-08M", severity=Severity.BLOCK)
def an_end_user_is_no_child(facts: Facts) -> Iterator[Reason]:
    """For a child a guardian acts and agrees, and a unit's order has no place for one."""
    user = facts.person(END_USER)
    if user and age(user.birth_date, facts.day) < max(GUARDIAN_AGE.of(facts.policies), CHILD_AGE):
        yield Reason(
            _("使用人还没有到可以自己办理的年龄。"),
            _("请换一位使用人，或由监护人以个人名义为孩子办理。"),
            END_USER,
            "read",
        )


@rule(law.ORDER_25_8, id="UD-08O", severity=Severity.BLOCK)
def an_order_has_a_number_that_is_complete(facts: Facts) -> Iterator[Reason]:
    """An order is handed in with one number at least that has its card and its end user, or its
    address."""
    if facts.holder.is_order and not facts.numbers_ready:
        todo = _("请选号码、扫 SIM 卡，并读使用人的证件。")
        if facts.asked.has_address:
            todo = _("请选号码，并填装机地址。")
        yield Reason(_("订单里还没有一个号码齐全。"), todo, step="numbers")


@rule(law.ORDER_25_8, id="UD-08N", severity=Severity.NOTE)
def numbers_that_wait_are_told(facts: Facts) -> Iterator[Reason]:
    """What lacks its card, its end user or its address stays behind, and only that."""
    if facts.holder.is_order and 0 < facts.numbers_ready < facts.numbers:
        yield Reason(
            _("有号码还不齐：这次不提交，齐了以后可以再提交。"),
            _("请在号码清单里补齐。"),
            step="numbers",
        )


@rule(
    law.ORDER_25_8,
    id="UD-08U",
    severity=Severity.REVIEW,
    may_change=_("同一使用人在订单里号码过多"),
)
def a_user_has_few_numbers_of_an_order(facts: Facts) -> Iterator[Reason]:
    """One person as the end user of many numbers of one order is for the verifier to look at."""
    if facts.user_numbers > NUMBERS_A_USER.of(facts.policies):
        yield Reason(
            _("同一使用人在这张订单里有多个号码。"), _("请核对使用人名单和用途。"), END_USER
        )


@rule(law.ORDER_25_8, id="UD-07", severity=Severity.BLOCK)
def a_number_goes_with_its_order(facts: Facts) -> Iterator[Reason]:
    """A number of an order is handed in with the order or after it, never before."""
    if facts.holder.is_numbered and facts.order_status not in HANDED_IN:
        yield Reason(_("所属的单位订单还没有提交，或没有通过。"), _("请先提交单位订单。"))
