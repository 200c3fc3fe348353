"""Rules for a customer who is not of age, and for the guardian who acts for them.

The ladder of ages is policy (C-09). By default: below 16 the guardian acts; from 16 until 18 the
guardian acts, or the customer brings the guardian's written consent; nobody is too young.
"""

from collections.abc import Iterator

from registration.rules import law
from registration.rules.consent import CHILD_AGE
from registration.rules.facts import FULL_AGE, Facts, Person, age
from registration.rules.plan import BY_GUARDIAN, SELF, TEEN
from registration.rules.policy import GUARDIAN_AGE, TEEN_ALONE, YOUNGEST_AGE
from registration.rules.roles import GUARDIAN, HOLDER
from registration.rules.rule import Reason, Severity, rule
from registration.rules.words import gettext_noop as _


@rule(law.CIVIL_CODE_19, id="PX-08", severity=Severity.BLOCK)
def a_child_needs_a_guardian(facts: Facts) -> Iterator[Reason]:
    """For a holder younger than the policy's age, 16 by default, a guardian acts."""
    years = facts.holder_age
    if years is None or facts.holder == BY_GUARDIAN:
        return
    if years < GUARDIAN_AGE.of(facts.policies):
        yield Reason(
            _("客户还没有到可以自己办理的年龄，须由监护人办理。"),
            _("请改为监护人代办，已读的证件会保留；监护人没有到场就不能办理。"),
            HOLDER,
            "start",
            switch=BY_GUARDIAN.code,
        )


@rule(law.CIVIL_CODE_19, id="PX-09", severity=Severity.BLOCK)
def a_teen_needs_consent(facts: Facts) -> Iterator[Reason]:
    """From that age until 18 a guardian acts, or agrees in writing; policy may ask more or less."""
    years, need = facts.holder_age, TEEN_ALONE.of(facts.policies)
    if years is None or not GUARDIAN_AGE.of(facts.policies) <= years < FULL_AGE:
        return
    if need == "guardian" and facts.holder != BY_GUARDIAN:
        yield Reason(
            _("客户未满 18 周岁，本地规定由监护人到场办理。"),
            _("请改为监护人代办，已读的证件会保留。"),
            HOLDER,
            "start",
            switch=BY_GUARDIAN.code,
        )
    elif need == "with_consent" and facts.holder not in (BY_GUARDIAN, TEEN):
        yield Reason(
            _("客户未满 18 周岁，要有监护人的书面同意，或者由监护人代办。"),
            _("请改选办理方式，已读的证件会保留。"),
            HOLDER,
            "start",
            switch=TEEN.code,
        )


@rule(law.PIPL_31, id="PX-10G", severity=Severity.BLOCK)
def a_small_child_has_a_guardian_in_it(facts: Facts) -> Iterator[Reason]:
    """Below fourteen a guardian acts, or agrees on paper, wherever policy puts the ladder."""
    years = facts.holder_age
    if years is None or facts.holder in (BY_GUARDIAN, TEEN):
        return
    if GUARDIAN_AGE.of(facts.policies) <= years < CHILD_AGE:
        yield Reason(
            _("客户未满 14 周岁，登记资料要有监护人同意。"),
            _("请改为监护人代办，已读的证件会保留。"),
            HOLDER,
            "start",
            switch=BY_GUARDIAN.code,
        )


@rule(law.CIVIL_CODE_20, id="PX-09Y", severity=Severity.BLOCK)
def holder_is_old_enough(facts: Facts) -> Iterator[Reason]:
    """The holder is not younger than a policy allows; by default nobody is."""
    years = facts.holder_age
    if years is not None and years < YOUNGEST_AGE.of(facts.policies):
        yield Reason(
            _("客户的年龄低于本地规定的最低办理年龄。"),
            _("请向监护人说明，可以用监护人自己的名义办理。"),
            HOLDER,
        )


@rule(law.CIVIL_CODE_17, id="PX-08W", severity=Severity.BLOCK, when_assisted=Severity.REVIEW)
def a_guardian_is_for_a_minor(facts: Facts) -> Iterator[Reason]:
    """Who is of age needs no guardian; who cannot act at all comes through the assisted lane."""
    years = facts.holder_age
    if years is not None and years >= FULL_AGE and facts.holder in (BY_GUARDIAN, TEEN):
        yield Reason(
            _("客户已满 18 周岁，不按未成年人办理。"),
            _("请改为本人办理；本人不能表达意思的，请用“特殊协助”。"),
            HOLDER,
            "start",
            switch=SELF.code,
        )


@rule(law.CIVIL_CODE_23, id="PX-08R", severity=Severity.BLOCK)
def guardian_card_was_read(facts: Facts) -> Iterator[Reason]:
    """A guardian who acts is there, and the guardian's card was read."""
    if GUARDIAN in facts.holder.parties and facts.person(GUARDIAN) is None:
        yield Reason(
            _("还没有读监护人的证件。"),
            _("请把监护人的证件放到读卡器上；监护人没有到场就不能办理。"),
            GUARDIAN,
            "read",
        )


@rule(law.CIVIL_CODE_23, id="PX-08A", severity=Severity.BLOCK)
def guardian_is_of_age(facts: Facts) -> Iterator[Reason]:
    """The guardian is 18 or older."""
    guardian = facts.person(GUARDIAN)
    if guardian and age(guardian.birth_date, facts.day) < FULL_AGE:
        yield Reason(_("监护人未满 18 周岁。"), _("请由成年的监护人来办理。"), GUARDIAN, "read")


@rule(law.CIVIL_CODE_23, id="PX-08P", severity=Severity.BLOCK)
def guardian_is_another_person(facts: Facts) -> Iterator[Reason]:
    """Holder and guardian are two people."""
    if _is_same(facts.person(HOLDER), facts.person(GUARDIAN)):
        yield Reason(_("监护人与机主是同一人。"), _("请读监护人本人的证件。"), GUARDIAN, "read")


@rule(law.ANTI_FRAUD_31, id="PX-08C", severity=Severity.BLOCK)
def guardian_is_not_the_clerk(facts: Facts) -> Iterator[Reason]:
    """The guardian is not the clerk who submits."""
    guardian = facts.person(GUARDIAN)
    if guardian and facts.clerk_key and guardian.key == facts.clerk_key:
        yield Reason(_("监护人就是经办的营业员。"), _("请由另一位营业员来办理。"), GUARDIAN, "read")


def _is_same(one: Person | None, other: Person | None) -> bool:
    return one is not None and other is not None and one.key == other.key
