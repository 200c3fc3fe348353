"""What can be wrong with the bytes of a reader or a card, in words for the clerk."""

from typing import Final

_TITLES: Final = {
    "name": "姓名",
    "english_name": "英文姓名",
    "sex": "性别",
    "ethnic_code": "民族",
    "nationality": "国籍",
    "birth_date": "出生日期",
    "address": "住址",
    "number": "证件号码",
    "pass_number": "通行证号码",
    "issue_count": "签发次数",
    "renewal_count": "换证次数",
    "version": "证件版本",
    "issuer": "签发机关",
    "office": "受理机关代码",
    "link": "原证件号码关联项",
    "valid_from": "有效期开始",
    "valid_to": "有效期截止",
}

_READ_AGAIN: Final = "；请把证件拿起来，重新放好再读一次。"
_OTHER_CARD: Final = "；请重新读一次，还是这样就请客户换一张有效的证件。"
_SENTENCES: Final = {
    "preamble": "读卡器的回答没有以正确的帧头开始" + _READ_AGAIN,
    "truncated": "读卡器的回答不完整" + _READ_AGAIN,
    "length": "读卡器的回答长度不对" + _READ_AGAIN,
    "checksum": "读卡器的回答校验和不对" + _READ_AGAIN,
    "status": "读卡器没有完成这个命令" + _READ_AGAIN,
    "layout": "读卡器的回答里没有完整的文字和照片" + _READ_AGAIN,
    "photo": "芯片照片的格式不对" + _READ_AGAIN,
    "sam_id": "读卡器编号的格式不对；请重新插拔读卡器。",
    "block_length": "芯片文字的长度不是 256 字节" + _READ_AGAIN,
    "card_type": "这不是能登记的证件。请使用居民身份证、港澳台居民居住证或外国人永久居留身份证。",
    "too_long": "内容太长，芯片里放不下" + _READ_AGAIN,
    "encoding": "芯片里的文字无法识别" + _OTHER_CARD,
    "empty": "芯片里缺少内容" + _OTHER_CARD,
    "content": "芯片里的内容不正常" + _OTHER_CARD,
    "dates": "芯片里的日期互相矛盾" + _OTHER_CARD,
}


class FrameError(ValueError):
    """The bytes are not what they should be.

    ``code`` is a key of the sentences above; ``field`` names the field of the card, if one is at
    fault. Neither they nor the text, a sentence for the clerk, ever contain what the card says.
    """

    def __init__(self, code: str, field: str = "") -> None:
        self.code = code
        self.field = field
        super().__init__((f"{_TITLES[field]}：" if field else "") + _SENTENCES[code])
