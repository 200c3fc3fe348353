"""Rules for documents without a readable chip: read from the picture, or sighted and typed."""

from collections.abc import Iterator

from registration.rules import law
from registration.rules.document import (
    DOCUMENTS,
    HOUSEHOLD_BOOK,
    HOUSEHOLD_MAX_AGE,
    MILITARY,
    MILITARY_PRIVATE_BY_RESIDENT_CARD,
    Lane,
)
from registration.rules.facts import FULL_AGE, Facts, age
from registration.rules.plan import BY_GUARDIAN
from registration.rules.policy import GUARDIAN_AGE
from registration.rules.roles import HOLDER
from registration.rules.rule import Reason, Severity, rule
from registration.rules.words import gettext_noop as _

PRIVATE, OFFICIAL = "private", "official"


@rule(law.ORDER_25_7, id="PD-02", severity=Severity.BLOCK, may_change=_("户口簿的年龄限制"))
def a_household_book_is_for_minors(facts: Facts) -> Iterator[Reason]:
    """A household book registers a minor only; whoever is older has a resident card."""
    most = HOUSEHOLD_MAX_AGE.of(facts.policies)
    for person in facts.people:
        if person.kind == HOUSEHOLD_BOOK and age(person.birth_date, facts.day) >= most:
            yield Reason(
                _("户口簿只能用于未成年人。"), _("请客户出示居民身份证。"), person.role, "read"
            )


@rule(law.ORDER_25_7, id="PD-02G", severity=Severity.BLOCK, may_change=_("户口簿须监护人到场"))
def a_household_book_comes_with_the_guardian(facts: Facts) -> Iterator[Reason]:
    """A minor who shows a household book comes with the guardian, also where the age would do."""
    holder, years = facts.person(HOLDER), facts.holder_age
    if holder is None or years is None or facts.holder == BY_GUARDIAN:
        return
    if holder.kind == HOUSEHOLD_BOOK and GUARDIAN_AGE.of(facts.policies) <= years < FULL_AGE:
        yield Reason(
            _("凭户口簿办理的未成年人须由监护人到场。"),
            _("请改为监护人代办，已读的证件会保留；本人单独来的请出示居民身份证。"),
            HOLDER,
            "start",
            switch=BY_GUARDIAN.code,
        )


@rule(law.ORDER_25_7, id="PD-04", severity=Severity.BLOCK)
def a_soldiers_private_number_needs_a_resident_card(facts: Facts) -> Iterator[Reason]:
    """A soldier's private number goes by the resident card; a duty number by the military card
    and a certificate of the unit."""
    if not MILITARY_PRIVATE_BY_RESIDENT_CARD.of(facts.policies):
        return
    for person in facts.people:
        if person.kind in MILITARY and person.purpose != OFFICIAL:
            yield Reason(
                _("军人、武警的私人号码凭居民身份证办理。"),
                _("请出示居民身份证。"),
                person.role,
                "read",
            )


@rule(law.ORDER_25_9, id="CV-02S", severity=Severity.REVIEW)
def what_was_typed_is_looked_at(facts: Facts) -> Iterator[Reason]:
    """Data that no machine could read are compared with the picture by the verifier."""
    for person in facts.people:
        if person.lane == Lane.SIGHTED:
            yield Reason(
                _("证件没有机读，资料是手工录入的。"),
                _("请逐项与证件影像或单位证明核对。"),
                person.role,
            )


@rule(law.NOTICE_182_2_1, id="CV-03N", severity=Severity.REVIEW)
def a_document_without_a_register_is_looked_at(facts: Facts) -> Iterator[Reason]:
    """The national check knows resident numbers only; any other document a person judges."""
    for person in facts.people:
        if not DOCUMENTS[person.kind].has_register:
            yield Reason(
                _("这种证件没有联网核验可查。"), _("请核对证件影像和本人是否一致。"), person.role
            )
