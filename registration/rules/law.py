"""The articles that this product rests on: each once, with its wording or gist and its dates.

A text is marked as quoted only where the wording was read in full; where only news, a draft or a
secondary source was seen it is a gist. A new version of a law is a new ``Law`` with its own dates
beside the old one: findings cite what was in force when they were made (C-20).
"""

from datetime import date

from registration.rules.article import Article, Law
from registration.rules.words import gettext_noop as _

# Of Order 25 articles 3, 6 and 7 were read in the order itself, the others in news and drafts.
_ORDER_25 = Law(
    _("电话用户真实身份信息登记规定"),
    source="工业和信息化部令第25号",
    since=date(2013, 9, 1),
)
ORDER_25_3 = _ORDER_25.quote(
    3,
    "本规定所称电话用户真实身份信息登记，是指电信业务经营者为用户办理固定电话、"
    "移动电话（含无线上网卡，下同）等入网手续，在与用户签订协议或者确认提供服务时，"
    "如实登记用户提供的真实身份信息的活动。\n"
    "本规定所称入网，是指用户办理固定电话装机、移机、过户，移动电话开户、过户等。",
)
ORDER_25_6 = _ORDER_25.quote(
    6,
    "电信业务经营者为用户办理入网手续时，应当要求用户出示有效证件、提供真实身份信息，"
    "用户应当予以配合。\n"
    "用户委托他人办理入网手续的，电信业务经营者应当要求受托人出示用户和受托人的有效证件，"
    "并提供用户和受托人的真实身份信息。",
)
ORDER_25_7 = _ORDER_25.quote(
    7,
    "个人办理电话用户真实身份信息登记的，可以出示下列有效证件之一：\n"
    "（一）居民身份证、临时居民身份证或者户口簿；\n"
    "（二）中国人民解放军军人身份证件、中国人民武装警察身份证件；\n"
    "（三）港澳居民来往内地通行证、台湾居民来往大陆通行证或者其他有效旅行证件；\n"
    "（四）外国公民护照；\n"
    "（五）法律、行政法规和国家规定的其他有效身份证件。",
)
ORDER_25_8 = _ORDER_25.gist(
    8,
    "单位登记，出示组织机构代码证、营业执照、事业单位法人证书或者社会团体法人登记证书、"
    "其他有效证件或者证明文件之一，还要出示经办人的有效证件和单位的授权书。",
)
ORDER_25_9 = _ORDER_25.gist(
    9,
    "对出示的证件进行查验，如实登记证件类别以及证件上所记载的姓名（名称）、号码、住址；"
    "委托他人办理的，同时查验受托人的证件并登记其上述信息。复印用户身份证件的，"
    "在复印件上注明电信业务经营者名称、复印目的和日期。",
)
ORDER_25_10 = _ORDER_25.gist(
    10,
    "用户拒绝出示有效证件、拒绝提供证件上所记载的身份信息、冒用他人的证件，或者使用伪造、"
    "变造的证件的，不得为其办理入网手续。",
)
ORDER_25_11 = _ORDER_25.gist(
    11,
    "提供服务期间及终止提供服务后两年内，留存用户办理入网手续时提供的身份信息和相关材料。",
)
ORDER_25_14 = _ORDER_25.gist(
    14,
    "委托他人代理入网手续、登记用户真实身份信息的，应当对代理人的登记和保护工作进行监督和管理；"
    "不得委托不符合登记和保护要求的代理人。",
)
ORDER_25_18 = _ORDER_25.gist(
    18,
    "用户以冒用、伪造、变造的证件办理入网手续的，不得为其提供服务，"
    "并由相关部门依照居民身份证法等规定处理。",
)

# Made public on that day; the notice itself was seen in news only.
_NOTICE_182 = Law(
    _("工信部网安〔2016〕182号通知"),
    source="工信部网安〔2016〕182号（2016年5月24日公布，据新闻报道）",
    since=date(2016, 5, 24),
)
NOTICE_182_2_1 = _NOTICE_182.gist(
    _("第二条（一）"),
    "为新用户办理入网手续时，必须采取二代身份证识别设备、联网核验等措施核验用户身份信息，"
    "禁止人工录入居民身份证信息。",
)

_SIX_MINISTRIES = Law(
    _("六部委防范和打击电信网络诈骗犯罪的通告"),
    source="最高人民法院、最高人民检察院、公安部、工业和信息化部、中国人民银行、中国银监会通告",
    since=date(2016, 9, 23),
)
SIX_MINISTRIES_3 = _SIX_MINISTRIES.quote(
    _("第三条"),
    "电信企业（含移动转售企业，下同）要严格落实电话用户真实身份信息登记制度，"
    "确保到2016年10月底前全部电话实名率达到96%，年底前达到100%。未实名登记的单位和个人，"
    "应按要求对所持有的电话进行实名登记，在规定时间内未完成真实身份信息登记的，一律予以停机。"
    "电信企业在为新入网用户办理真实身份信息登记手续时，要通过采取二代身份证识别设备、"
    "联网核验等措施验证用户身份信息，并现场拍摄和留存用户照片。",
)
SIX_MINISTRIES_4 = _SIX_MINISTRIES.quote(
    _("第四条"),
    "电信企业立即开展一证多卡用户的清理，对同一用户在同一家基础电信企业或同一移动转售企业办理有效"
    "使用的电话卡达到5张的，该企业不得为其开办新的电话卡。……",
)

# An official's answer, the one source for where which document may be registered.
MIIT_2016 = Law(_("工信部 2016 年 5 月 30 日关于电话用户实名登记的答复"))
SIX_MINISTRIES = Law(_("六部委防范和打击电信网络诈骗犯罪的通告"))
ANTI_FRAUD = Law(_("反电信网络诈骗法"))
PERSONAL_INFORMATION = Law(_("个人信息保护法"))
FACE_RECOGNITION = Law(_("人脸识别技术应用安全管理办法"))
ANTI_TERRORISM = Law(_("反恐怖主义法"))
IDENTITY_CARD = Law(_("居民身份证法"))
ORDER_24 = Law(_("电信和互联网用户个人信息保护规定"))
# MIIT and the Ministry of Public Security, 2 June 2021: cards used for fraud.
FRAUD_CARDS_2021 = Law(_("关于依法清理整治涉诈电话卡、物联网卡以及关联互联网账号的通告"))
# MIIT, 2019: no resale in the contract, faces compared at the counter.
REGISTRATION_2019 = Law(_("关于进一步做好电话用户实名登记管理有关工作的通知"))
CIVIL_CODE = Law(_("民法典"))
GB_11643 = Law(_("GB 11643 公民身份号码"))
GB_32100 = Law(_("GB 32100 统一社会信用代码"))
