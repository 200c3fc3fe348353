"""Ethnic names as vendors print them, back to the two digits of GB 3304 that the chip has."""

import re
from typing import Final

_NAMES: Final = (
    "汉 蒙古 回 藏 维吾尔 苗 彝 壮 布依 朝鲜 满 侗 瑶 白 土家 哈尼 哈萨克 傣 黎 傈僳 佤 畲 高山 "
    "拉祜 水 东乡 纳西 景颇 柯尔克孜 土 达斡尔 仫佬 羌 布朗 撒拉 毛南 仡佬 锡伯 阿昌 普米 "
    "塔吉克 怒 乌孜别克 俄罗斯 鄂温克 德昂 保安 裕固 京 塔塔尔 独龙 鄂伦春 赫哲 门巴 珞巴 基诺"
)
CODES: Final = {name: f"{number:02}" for number, name in enumerate(_NAMES.split(), 1)} | {
    "其他": "97",
    "外国血统中国籍人士": "98",
}
# No code of GB 3304: 穿青, 革家 and others have no agreed number. Nobody decides by
# ethnicity (CV-07), so an unknown name must not cost the customer the read.
UNKNOWN: Final = "00"
# What a vendor's table says of a code that it does not have: no failure of the read.
_NOT_IN_THE_TABLE: Final = "编码错误"


def ethnic_code(text: str) -> str:
    """Two digits for a code or a name, UNKNOWN for any other Chinese word and for nothing.

    A failure's sentence in the field ("卡密码已锁定(1604)") is handed back as it is, for the parser
    of the block to refuse.
    """
    if re.fullmatch(r"\d{1,2}", text):
        return text.zfill(2)
    name = text.removesuffix("族")
    if name in CODES:
        return CODES[name]
    if name == _NOT_IN_THE_TABLE:
        return UNKNOWN
    failure = re.search(r"[^\u3400-\u9fff·]|失败|错误|锁定|无效|超时", name)
    return text if failure else UNKNOWN
