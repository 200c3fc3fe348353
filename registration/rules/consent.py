"""What a customer is told and agrees to before signing: one text each, with its version.

The Chinese text is what is signed; a translation is for reading. A text that changes needs a new
version, and whoever has not handed in yet is asked again.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from registration.rules import law
from registration.rules.article import Article
from registration.rules.facts import age
from registration.rules.plan import HolderKind
from registration.rules.policy import TIERS, Amount, Several, declare
from registration.rules.service import Service
from registration.rules.words import gettext_noop as _

# Below this age all of a person's data are sensitive, and a guardian agrees (PIPL 28, 31).
CHILD_AGE = 14


@dataclass(frozen=True)
class Consent:
    """``short`` is read at arm's length, ``text`` on demand. ``is_separate``: a question of its
    own with yes and no, never bundled with others (单独同意); ``hint`` says what a no means. The
    rest is signed together. ``is_due`` knows the service and whether the holder is a child."""

    code: str
    title: str
    version: str
    article: Article
    short: str
    text: tuple[str, ...]
    is_due: Callable[[Service, bool], bool]
    is_separate: bool = False
    hint: str = ""


def _always(_service: Service, _is_child: bool) -> bool:
    return True


def _with_contract(service: Service, _is_child: bool) -> bool:
    return service.has_contract


def _for_a_child(_service: Service, is_child: bool) -> bool:
    return is_child


FACE = Consent(
    "face",
    _("人脸信息单独同意"),
    "2026-11-27",
    law.PIPL_29,
    _("您同意用现场照与证件照做人脸比对吗？"),
    (
        _("人脸信息是敏感个人信息。为确认办理人就是证件本人，现场照片会加密上传，与证件照片比对。"),
        _("比对只用于本次实名核验，不提取人脸特征建库。比对不一致时由审核员判断，不会自动拒绝您。"),
        _(
            "您可以不同意（《个人信息保护法》第二十九条、《人脸识别技术应用安全管理办法》）。"
            "不同意的，不做人脸比对，由人工核对；本网点不具备人工核对条件的，请到营业厅办理。"
        ),
        _("无论是否同意，现场照片都须依规定拍摄并保存。"),
    ),
    _always,
    is_separate=True,
    hint=_("单独询问：不同意的，由人工核对"),
)
PRIVACY = Consent(
    "privacy",
    _("个人信息处理告知"),
    "2026-11-27",
    law.PIPL_17,
    _("我的证件资料和照片只用于电话入网实名登记。"),
    (
        _(
            "依照《电话用户真实身份信息登记规定》第六条、第九条，我们登记您的证件类别、姓名、"
            "号码和住址，保存证件影像、现场照片和签名，并向国家核验系统核对。"
            "这是法定义务（《个人信息保护法》第十三条）。"
        ),
        _("资料加密保存，只用于实名登记和法律规定的用途；网点不得另行留存、复制。"),
        _("资料保存到服务终止后两年；没有办成的，影像和证件资料在规定期限（一般 30 天）后删除。"),
        _(
            "您可以查阅、复制、更正您的资料，在法律规定的情形下要求删除；有异议可拨打客服热线，"
            "或拨打 12300 申诉。"
        ),
    ),
    _always,
)
RISK = Consent(
    "risk",
    _("防范电信网络诈骗风险提示"),
    "2026-11-27",
    law.FRAUD_CARDS_2021,
    _("我知道：买卖、出租、出借电话卡是违法的。"),
    (
        _(
            "任何单位和个人不得非法买卖、出租、出借电话卡，"
            "不得假冒他人身份或者虚构代理关系开卡（《反电信网络诈骗法》第三十一条）。"
        ),
        _(
            "违反的，没收违法所得，由公安机关处违法所得一倍以上十倍以下罚款；"
            "没有违法所得或者不足二万元的，处二十万元以下罚款；情节严重的，"
            "并处十五日以下拘留（第四十四条）。构成犯罪的，依法追究刑事责任。"
        ),
        _("有人请您办卡后交给他，或者出钱收卡，请拒绝，并拨打 96110 或 110。"),
    ),
    _with_contract,
)
RESALE = Consent(
    "resale",
    _("不转售条款"),
    "2026-11-27",
    law.FACE_2019,
    _("我不会把电话卡转售、出租或出借给他人。"),
    (
        _("电话卡限登记的本人或本单位使用，不得二次转售、倒卖、出租或出借。这是入网合同的一部分。"),
        _("违反的，运营商可以依合同停止服务，并依法报告有关部门。"),
        _("不再使用的号码，请办理销户；要给别人使用的，请办理过户。"),
    ),
    _with_contract,
)
MINOR = Consent(
    "minor",
    _("未满十四周岁未成年人个人信息处理规则"),
    "2026-11-27",
    law.PIPL_31,
    _("孩子的资料只按专门规则处理。"),
    (
        _(
            "未满十四周岁未成年人的个人信息都是敏感个人信息（《个人信息保护法》第二十八条），"
            "取得监护人同意后才处理（第三十一条）。"
        ),
        _("只处理实名登记必需的资料，不用于营销和推荐；每次查看都有记录。"),
        _("监护人可以代孩子查阅、复制、更正资料，在法律规定的情形下要求删除。"),
    ),
    _for_a_child,
)
GUARDIAN = Consent(
    "guardian",
    _("监护人同意"),
    "2026-11-27",
    law.PIPL_31,
    _("您是孩子的监护人，同意登记孩子的资料吗？"),
    (
        _("我是这位未满十四周岁未成年人的父母或其他监护人，已阅读未成年人个人信息处理规则。"),
        _("我同意为办理本次业务登记孩子的身份资料。不同意的，不能办理。"),
    ),
    _for_a_child,
    is_separate=True,
    hint=_("单独询问：不同意的，不能办理"),
)

# In the order of the page: questions first, then what the signature covers.
CONSENTS = {one.code: one for one in (FACE, GUARDIAN, PRIVACY, RISK, RESALE, MINOR)}


def due(
    service: Service, holder: HolderKind, born: date | None, today: date
) -> tuple[Consent, ...]:
    """What is to be signed. ``born``: the holder's day of birth, None while nobody was read, and
    of a unit, for which the handler signs once: its numbers have no signature of their own."""
    if not holder.signs:
        return ()
    is_child = born is not None and age(born, today) < CHILD_AGE
    return tuple(one for one in CONSENTS.values() if one.is_due(service, is_child))


FACE_REFUSAL_TIERS = Several(
    key="face.refusal_tiers",
    title=_("不同意人脸比对的客户可在哪里由人工核对"),
    default=("own_hall", "partner_hall"),
    conflict="C-13",
    why=_("2019 年通知要求人像比对；个人信息保护法要求单独同意，且不得只有这一种方式。"),
    choices=TIERS,
)
REFUSED_DAYS = Amount(
    is_judged=False,
    key="retention.refused_days",
    title=_("没有办成的受理单几天后删除影像和证件资料"),
    default=30,
    conflict="C-18",
    why=_("没有开通服务，就没有两年的保存义务（个人信息保护法第十九条、第四十七条）。"),
    unit=_("天"),
    least=1,
    most=180,
)
ANSWER_DAYS = Amount(
    is_judged=False,
    key="appeal.answer_days",
    title=_("几天内答复客户的申诉"),
    default=15,
    conflict="RT-11",
    why=_("电信用户申诉处理办法：收到投诉之日起 15 日内答复。"),
    unit=_("天"),
    least=1,
    most=15,
)
declare(FACE_REFUSAL_TIERS)
for _amount in (REFUSED_DAYS, ANSWER_DAYS):
    declare(_amount)
