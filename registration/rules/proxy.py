"""Rules for an application through a proxy (委托代办)."""

from collections.abc import Iterator

from registration.rules import law
from registration.rules.facts import HOLDER, PROXY, Facts, age
from registration.rules.rule import Reason, Severity, rule
from registration.rules.words import gettext_noop as _

FULL_AGE = 18


@rule(law.ORDER_25_6, id="PX-01", severity=Severity.BLOCK)
def both_cards_were_read(facts: Facts) -> Iterator[Reason]:
    """With a proxy, both cards were read."""
    if PROXY in facts.holder.parties and facts.person(PROXY) is None:
        yield Reason(
            _("还没有读受托人的证件。"), _("请把受托人的证件放到读卡器上。"), PROXY, "read"
        )


@rule(law.CIVIL_CODE_165, id="PX-02", severity=Severity.BLOCK)
def letter_states_its_six_points(facts: Facts) -> Iterator[Reason]:
    """The clerk found all six points in the letter of authority; the verifier ticks them again."""
    if facts.holder.has_letter and facts.letter_points < facts.letter_points_due:
        yield Reason(_("委托书六项还没有核对齐。"), _("请逐项核对委托书并打勾。"), PROXY, "photos")


@rule(law.ANTI_FRAUD_31, id="PX-07", severity=Severity.BLOCK)
def proxy_is_not_the_clerk(facts: Facts) -> Iterator[Reason]:
    """The proxy is not the clerk who submits."""
    proxy = facts.person(PROXY)
    if proxy and facts.clerk_key and proxy.key == facts.clerk_key:
        yield Reason(_("受托人就是经办的营业员。"), _("请客户本人来办理。"), PROXY, "read")


@rule(law.ORDER_25_6, id="PX-04", severity=Severity.BLOCK)
def proxy_is_another_person(facts: Facts) -> Iterator[Reason]:
    """Holder and proxy are two people."""
    holder, proxy = facts.person(HOLDER), facts.person(PROXY)
    if holder and proxy and holder.key == proxy.key:
        yield Reason(_("受托人与机主是同一人。"), _("本人办理请关闭“代办”。"), PROXY, "read")


@rule(law.CIVIL_CODE_18, id="PX-03", severity=Severity.BLOCK)
def proxy_is_of_age(facts: Facts) -> Iterator[Reason]:
    """The proxy is 18 or older."""
    proxy = facts.person(PROXY)
    if proxy and age(proxy.birth_date, facts.today) < FULL_AGE:
        yield Reason(_("受托人未满 18 周岁。"), _("请换一位成年的受托人。"), PROXY, "read")
