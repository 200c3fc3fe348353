"""Rules for every application: the outlet, the clerk, the evidence, the limit."""

from collections.abc import Iterator

from registration.rules import law
from registration.rules.facts import Facts
from registration.rules.policy import LINES_A_PERSON
from registration.rules.roles import HOLDER, ROLES
from registration.rules.rule import Reason, Severity, rule
from registration.rules.words import gettext_noop as _

# Where the counter redoes what was sent back; everything else is a picture or the letter.
REDO_STEPS = dict.fromkeys(("number", "iccid", "address", "unit"), "start")
REDO_STEPS |= dict.fromkeys(ROLES, "read")


@rule(law.ORDER_25_14, id="CH-03", severity=Severity.BLOCK)
def outlet_is_open(facts: Facts) -> Iterator[Reason]:
    """The outlet is open; a suspended or closed one submits nothing."""
    if not facts.outlet_is_open:
        yield Reason(_("本网点已暂停受理。"), _("请联系渠道经理，恢复营业后即可提交。"))


@rule(law.ANTI_FRAUD_9, id="CH-02", severity=Severity.BLOCK)
def clerk_holds_a_post_here(facts: Facts) -> Iterator[Reason]:
    """Whoever submits holds a clerk's post at this outlet today."""
    if not facts.clerk_holds_post:
        yield Reason(_("你今天在本网点没有营业员岗位。"), _("请联系渠道经理。"))


@rule(law.ORDER_25_3, id="SC-01", severity=Severity.BLOCK)
def number_and_card_are_chosen(facts: Facts) -> Iterator[Reason]:
    """A number is reserved and the SIM card's number (ICCID) is entered."""
    if facts.holder.is_order:
        return  # its numbers are applications of their own
    if not facts.has_number:
        todo = _("请输入客户的号码并查询。") if facts.asked.is_own else _("请选一个号码。")
        yield Reason(_("还没有选号码。"), todo, step="start")
    if facts.asked.has_card and not facts.has_iccid:
        yield Reason(_("还没有录入 SIM 卡号。"), _("请扫描 SIM 卡上的条码。"), step="start")


@rule(law.ORDER_25_3, id="SC-01K", severity=Severity.BLOCK)
def card_is_the_numbers_own(facts: Facts) -> Iterator[Reason]:
    """The SIM card is the one that the carrier has packed with the number, where it has one."""
    if facts.asked.has_card and facts.card_is_other:
        yield Reason(
            _("SIM 卡不是为这个号码备的。"),
            _("请扫与号码配套的那张 SIM 卡；找不到的，请换一个号码。"),
            step="start",
        )


@rule(law.NOTICE_182_2_1, id="CV-01", severity=Severity.BLOCK)
def every_card_was_read(facts: Facts) -> Iterator[Reason]:
    """The holder's card was read on the card reader."""
    if HOLDER in facts.holder.parties and facts.person(HOLDER) is None:
        yield Reason(_("还没有读机主的证件。"), _("请把机主的证件放到读卡器上。"), HOLDER, "read")


@rule(law.SIX_MINISTRIES_3, id="CV-04", severity=Severity.BLOCK)
def every_picture_is_there(facts: Facts) -> Iterator[Reason]:
    """Every picture that is due is there, processed and accepted."""
    missing = [kind for kind in facts.photos_due if kind not in facts.photos]
    if missing:
        yield Reason(_("照片还没有拍齐。"), _("请补拍标为“待拍”的照片。"), step="photos")
    if any(facts.photos.get(kind) == "rejected" for kind in facts.photos_due):
        yield Reason(_("有照片不合格。"), _("请按提示重拍。"), step="photos")
    if any(facts.photos.get(kind) == "received" for kind in facts.photos_due):
        yield Reason(_("照片还在处理。"), _("请稍等几秒，处理好后自动更新。"), step="photos")


@rule(law.FACE_2019, id="CV-10", severity=Severity.BLOCK, when_assisted=Severity.REVIEW)
def customer_has_confirmed(facts: Facts) -> Iterator[Reason]:
    """The customer has checked the data and signed; a mark or a witness may stand for it."""
    if facts.has_confirmed or not facts.holder.signs:
        return
    if facts.is_assisted:
        yield Reason(
            _("客户没有签名，由在场的协助人确认。"),
            _("请看手印或记号的照片；没有时请看协助的原因。"),
            step="sign",
        )
    else:
        yield Reason(_("客户还没有签字确认。"), _("请客户核对后在屏幕上签名。"), step="sign")


@rule(law.SIX_MINISTRIES_4, id="NL-01", severity=Severity.BLOCK)
def person_has_a_place_left(facts: Facts) -> Iterator[Reason]:
    """Five numbers a person at most 一证五户; constraints hold it even without this rule."""
    if facts.takes_place and facts.lines >= LINES_A_PERSON.of(facts.policies):
        yield Reason(
            _("该客户名下的号码已达上限，不能再开新号（一证五户）。"),
            _("可请客户先注销不用的号码。"),
            HOLDER,
        )


@rule(law.NOTICE_182_2_1, id="CV-03", severity=Severity.BLOCK)
def online_check_agrees(facts: Facts) -> Iterator[Reason]:
    """The online check did not answer "mismatch" or "not found"; approval asks for a match."""
    for person in facts.people:
        if person.online == "mismatch":
            yield Reason(_("联网核验：姓名与号码不一致。"), _("只能拒绝或退回。"), person.role)
        elif person.online == "not_found":
            yield Reason(_("联网核验：查无此号。"), _("只能拒绝或退回。"), person.role)


@rule(law.ORDER_25_9, id="CV-11", severity=Severity.BLOCK)
def what_was_sent_back_is_redone(facts: Facts) -> Iterator[Reason]:
    """Everything that the verifier or the carrier sent back was done again."""
    if facts.redo:
        step = REDO_STEPS.get(facts.redo[0], "photos")
        yield Reason(_("审核退回的内容还没有重做完。"), _("请重做标为“退回”的项目。"), step=step)
