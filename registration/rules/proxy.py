"""Rules for an application through a proxy (委托代办)."""

from collections.abc import Iterator

from registration.rules import law, reuse
from registration.rules.facts import FULL_AGE, Facts, age
from registration.rules.policy import MOST_PRINCIPALS
from registration.rules.roles import HOLDER, PROXY
from registration.rules.rule import Reason, Severity, rule
from registration.rules.words import gettext_noop as _


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


@rule(law.CIVIL_CODE_165, id="PX-03T", severity=Severity.BLOCK)
def letter_is_in_its_term(facts: Facts) -> Iterator[Reason]:
    """The letter names its last day, and the proxy acts on that day at the latest."""
    if not facts.holder.has_letter:
        return
    if facts.letter_until is not None:
        if facts.letter_until < facts.day:
            yield Reason(_("委托书已过期。"), _("请委托人重新写一份委托书。"), PROXY, "photos")
    elif facts.handed_in is None:
        # What was handed in before letters had a term stays as it was.
        yield Reason(_("还没有填委托书的有效期。"), _("请照委托书填写最后一天。"), PROXY, "photos")


@rule(law.CIVIL_CODE_165, id="PX-03S", severity=Severity.BLOCK)
def letter_covers_the_service(facts: Facts) -> Iterator[Reason]:
    """The clerk has found on the letter that it covers the service that is asked for."""
    if facts.holder.has_letter and facts.handed_in is None and facts.letter_scope != facts.service:
        yield Reason(
            _("还没有确认委托书的权限包含本次业务。"),
            _("请核对委托书写的业务并打勾；没有写的请委托人重新写。"),
            PROXY,
            "photos",
        )


@rule(
    law.ANTI_FRAUD_31,
    id="PX-07L",
    severity=Severity.REVIEW,
    may_change=_("同一份委托书用于多张受理单"),
)
def letter_is_used_once(facts: Facts) -> Iterator[Reason]:
    """The picture of the letter lies in no other application, also not packed otherwise."""
    if facts.holder.has_letter and (facts.letter_is_used or reuse.letter_is_used(facts)):
        yield Reason(
            _("这份委托书的照片在另一张受理单里用过。"),
            _("请核对两份委托书；一份委托书只能用一次。"),
            PROXY,
            "photos",
        )


@rule(
    law.ANTI_FRAUD_31,
    id="PX-07F",
    severity=Severity.REVIEW,
    may_change=_("同一受托人替多人办理"),
)
def proxy_serves_few_principals(facts: Facts) -> Iterator[Reason]:
    """Within thirty days the proxy acts for no more people than policy allows, 2 by default."""
    proxy = facts.person(PROXY)
    if proxy and proxy.principals > MOST_PRINCIPALS.of(facts.policies):
        yield Reason(_("这位受托人最近替多人办理过。"), _("请核对代办关系是否真实。"), PROXY)


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
    if proxy and age(proxy.birth_date, facts.day) < FULL_AGE:
        yield Reason(_("受托人未满 18 周岁。"), _("请换一位成年的受托人。"), PROXY, "read")
