"""Why a customer is sent away without service (RF-01 to RF-06): the codes, in a customer's words.

Every reason tells what it rests on, what to bring and how to appeal (Anti-Fraud Law, article 32).
"""

from dataclasses import dataclass

from registration.rules import law
from registration.rules.article import Article
from registration.rules.words import gettext_noop as _


@dataclass(frozen=True)
class Turndown:
    """``why`` and ``papers`` (what would be needed) are for the customer, ``staff`` for the clerk
    alone. ``keeps_evidence``: somebody may have to judge it, so nothing is erased (RF-03).
    ``at_counter``: a clerk may choose it; a verifier has the list of Decision."""

    code: str
    label: str
    article: Article
    why: str
    papers: str
    staff: str = ""
    keeps_evidence: bool = False
    at_counter: bool = True


_KEEP_CALM = _(
    "不得扣押客户的证件（居民身份证法第十五条），不要与客户争执。"
    "影像已保留，号码已退回；请报渠道经理，由公司依法移交公安机关。"
)
_ORIGINAL = _("请携带本人在有效期内的证件原件再来办理。")

TURNDOWNS = {
    one.code: one
    for one in (
        Turndown(
            "REFUSED_DOC",
            _("客户拒绝出示证件"),
            law.ORDER_25_10,
            _("您没有出示有效证件的原件，依法不能办理。"),
            _ORIGINAL,
        ),
        Turndown(
            "REFUSED_DATA",
            _("客户拒绝提供登记资料"),
            law.ORDER_25_10,
            _("您没有提供证件上记载的登记资料，或没有签署必需的告知，依法不能办理。"),
            _("愿意提供登记资料时，请携带证件原件再来办理。"),
        ),
        Turndown(
            "EXPIRED",
            _("证件不在有效期内"),
            law.ORDER_25_7,
            _("您的证件不在有效期内，不能用于登记。"),
            _("请换领新证后携带原件再来办理。"),
        ),
        Turndown(
            "UNDERAGE",
            _("未满年龄且没有监护人"),
            law.CIVIL_CODE_19,
            _("机主未满规定年龄，须由监护人到场办理。"),
            _("请由监护人携带双方证件和监护关系证明（户口簿或出生证明）一同办理。"),
        ),
        Turndown(
            "TIER_NOT_ALLOWED",
            _("本网点不能办理这种证件或业务"),
            law.MIIT_2016,
            _("这种证件或业务不能在本网点办理。"),
            _("请携带同样的材料到最近的自有营业厅办理。"),
        ),
        Turndown(
            "LIMIT_REACHED",
            _("名下号码已达上限"),
            law.SIX_MINISTRIES_4,
            _("您名下在本公司有效使用的号码已达到规定的上限。"),
            _("注销不用的号码后即可办理；对名下号码有疑问的，可在自有营业厅查询。"),
        ),
        Turndown(
            "LETTER_DEFECT",
            _("委托书缺项或与证件不符"),
            law.ORDER_25_6,
            _("委托材料不齐，或与证件不一致。"),
            _("请携带双方证件原件和六项齐全的委托书，或由机主本人办理。"),
        ),
        Turndown(
            "UNIT_SET_INCOMPLETE",
            _("单位材料不齐"),
            law.ORDER_25_8,
            _("单位证件、经办人证件或单位授权书不齐。"),
            _("请携带单位证件、加盖公章的授权书和经办人证件原件再来办理。"),
        ),
        Turndown(
            "ONLINE_MISMATCH",
            _("联网核验不一致"),
            law.ANTI_TERROR_21,
            _("国家核验系统没有确认您的姓名和证件号码。"),
            _("请到户籍地派出所核实身份信息，更新后携带证件原件再来办理。"),
        ),
        Turndown(
            "FACE_MISMATCH",
            _("现场照与证件不是同一人"),
            law.ANTI_TERROR_21,
            _("人工核对后，仍不能确认办理人与证件是同一人。"),
            _("请携带近期换领的证件或其他有照片的有效证件，到自有营业厅由人工核对。"),
            staff=_("不要扣押证件，不要指责客户；长相相近的亲属常见。可引导到自有营业厅。"),
        ),
        Turndown(
            "IMPERSONATION",
            _("冒用他人证件"),
            law.ORDER_25_10,
            _("所出示的证件与办理人不符，依法不能办理。"),
            _ORIGINAL,
            staff=_KEEP_CALM,
            keeps_evidence=True,
        ),
        Turndown(
            "FORGED",
            _("证件伪造或变造"),
            law.ORDER_25_10,
            _("所出示的证件没有通过核验，依法不能办理。"),
            _ORIGINAL,
            staff=_KEEP_CALM,
            keeps_evidence=True,
        ),
        Turndown(
            "ABNORMAL",
            _("异常办卡"),
            law.ANTI_FRAUD_10,
            _("本次办理存在异常办卡情形，需要进一步核查。"),
            _("请携带证件原件和说明用途的材料，到自有营业厅申请核查。"),
        ),
        Turndown(
            "BLACKLISTED",
            _("在联合惩戒期内"),
            law.ANTI_FRAUD_31,
            _("您在有关部门认定的惩戒期内，暂时不能新办电话卡；已有的基本通信服务不受影响。"),
            _("对认定有异议的，请向作出认定的公安机关申诉；期满或撤销认定后即可办理。"),
            staff=_("由后台核对名单后作出；不要向旁人说明原因。"),
            at_counter=False,
        ),
    )
}

# The reason that a blocking rule suggests; whoever sends the customer away confirms it.
SUGGESTED = {
    "PD-10": "EXPIRED",
    "PX-08": "UNDERAGE",
    "PX-08R": "UNDERAGE",
    "PX-09": "UNDERAGE",
    "PX-09Y": "UNDERAGE",
    "PX-10G": "UNDERAGE",
    "PD-02G": "UNDERAGE",
    "SC-07A": "UNDERAGE",
    "PX-10R": "UNDERAGE",
    "PD-02": "UNDERAGE",
    "PD-08": "TIER_NOT_ALLOWED",
    "PI-03": "TIER_NOT_ALLOWED",
    "UD-09": "TIER_NOT_ALLOWED",
    "SC-07P": "TIER_NOT_ALLOWED",
    "SC-08H": "TIER_NOT_ALLOWED",
    "CV-12T": "TIER_NOT_ALLOWED",
    "NL-01": "LIMIT_REACHED",
    "PX-02": "LETTER_DEFECT",
    "PX-07": "LETTER_DEFECT",
    "PX-03T": "LETTER_DEFECT",
    "PX-03S": "LETTER_DEFECT",
    "UD-01L": "LETTER_DEFECT",
    "CV-03": "ONLINE_MISMATCH",
    "UD-01": "UNIT_SET_INCOMPLETE",
    "UD-02": "UNIT_SET_INCOMPLETE",
    "UD-03": "UNIT_SET_INCOMPLETE",
    "UD-05": "UNIT_SET_INCOMPLETE",
    "UD-06": "UNIT_SET_INCOMPLETE",
}


def suggested(rules: list[str]) -> str:
    """The code for the first of these blocking rules that has one, or ""."""
    return next((SUGGESTED[rule] for rule in rules if rule in SUGGESTED), "")
