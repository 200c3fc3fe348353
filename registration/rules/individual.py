"""Rules for one person's identity card, permit or foreigner's card."""

from collections.abc import Iterator
from datetime import date, timedelta

from outlets.cards import CardKind
from registration.rules import law, number
from registration.rules.document import DOCUMENTS, TEMPORARY_ID
from registration.rules.facts import Facts, Person, age
from registration.rules.policy import Amount, declare
from registration.rules.rule import Reason, Severity, rule
from registration.rules.words import gettext_noop as _

SOON = Amount(
    key="note.expiry_days",
    title=_("证件到期前多少天开始提示"),
    default=30,
    conflict="PD-10",
    why=_("没有规定；有的厂商页面要求证件还剩 30 天，这里只提示，不阻断。"),
    unit=_("天"),
    least=0,
    most=366,
)
declare(SOON)
# Who is younger than this at the issue gets a card for so many years, everybody else for life.
TERMS = ((16, 5), (26, 10), (46, 20))


@rule(law.MIIT_2016, id="PD-08", severity=Severity.BLOCK)
def other_documents_go_to_an_own_hall(facts: Facts) -> Iterator[Reason]:
    """Documents other than the resident ID card are registered at own halls (自有营业厅) only."""
    for person in facts.people:
        if facts.tier not in DOCUMENTS[person.kind].tiers_policy.of(facts.policies):
            yield Reason(
                _("居民身份证以外的证件只能在自有营业厅办理。"),
                _("请引导客户到最近的自有营业厅办理。"),
                person.role,
                "read",
            )


@rule(law.ORDER_25_7, id="PD-10", severity=Severity.BLOCK)
def document_is_in_date(facts: Facts) -> Iterator[Reason]:
    """The card is in date in Shanghai today; its last day still counts, 长期 never expires."""
    for person in facts.people:
        # The day of expiry itself still counts.
        if person.valid_to is not None and person.valid_to < facts.today:
            is_resident = person.kind == CardKind.RESIDENT
            text = _("身份证已过期。") if is_resident else _("证件已过期。")
            yield Reason(text, _("请客户换领新证后再来办理。"), person.role, "read")
        elif person.valid_from and person.valid_from > facts.today:
            yield Reason(_("证件还没有到生效日期。"), _("请核对证件。"), person.role, "read")


@rule(law.ORDER_25_7, id="PD-10N", severity=Severity.NOTE)
def document_expires_soon(facts: Facts) -> Iterator[Reason]:
    """The card expires within 30 days, or as many as policy says."""
    soon = facts.today + timedelta(days=SOON.of(facts.policies))
    for person in facts.people:
        if person.valid_to and facts.today <= person.valid_to < soon:
            yield Reason(_("证件快到期了。"), _("请提醒客户及时换领。"), person.role)


@rule(
    law.ID_CARD_LAW_5,
    id="PD-10V",
    severity=Severity.NOTE,
    may_change=_("证件有效期的长短与规定不符"),
)
def validity_is_as_long_as_it_can_be(facts: Facts) -> Iterator[Reason]:
    """A resident card is good for as long as the age at its issue gives; a temporary one for three
    months at most."""
    for person in facts.people:
        if person.kind == CardKind.RESIDENT and not _fits_age_at_issue(person):
            yield Reason(
                _("身份证的有效期与签发时的年龄不符。"), _("请核对证件真伪。"), person.role
            )
        elif person.kind == TEMPORARY_ID and _is_over(person, timedelta(days=92)):
            yield Reason(
                _("临时身份证的有效期超过三个月。"), _("请核对证件上的有效期和真伪。"), person.role
            )


def _fits_age_at_issue(person: Person) -> bool:
    if person.valid_from is None:
        return True
    years = age(person.birth_date, person.valid_from)
    term = next((term for below, term in TERMS if years < below), None)
    if term is None or person.valid_to is None:
        return term is None and person.valid_to is None
    # Not counted in days: of 29 February the day before and the day after are as good.
    last = date(person.valid_from.year + term, person.valid_from.month, 1)
    off = (person.valid_to - last).days - (person.valid_from.day - 1)
    return abs(off) <= 1


def _is_over(person: Person, longest: timedelta) -> bool:
    first, last = person.valid_from, person.valid_to
    return first is not None and last is not None and last - first > longest


@rule(law.GB_11643_4, id="CV-02", severity=Severity.BLOCK)
def number_is_sound(facts: Facts) -> Iterator[Reason]:
    """The number's check digit fits, and its birth date is the one on the chip."""
    for person in facts.people:
        wrong = number.wrong_with(person.kind, person.number, person.birth_date)
        if wrong == number.CHECK_DIGIT:
            yield Reason(wrong, _("请核对证件真伪。"), person.role, "read")
        elif wrong:
            yield Reason(wrong, _("请核对证件。"), person.role, "read")
