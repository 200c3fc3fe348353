"""The words by which a letter names what it grants; any of them will do."""

from typing import Final

OR: Final = "、"
# Whatever is done at a counter.
_ANY: Final = ("入网", "实名登记", "电话号码", "手机号", "通信业务", "电信业务")
_WORDS: Final = {
    "new_mobile": ("开户", "开卡", "新办", "办卡", *_ANY),
    "new_data_card": ("上网卡", "流量卡", "开户", *_ANY),
    "fixed_install": ("装机", "固定电话", "固话", "宽带", *_ANY),
    "fixed_move": ("移机", "迁移"),
    "transfer": ("过户",),
    "reissue": ("补卡", "换卡", "补换卡"),
    "cancel": ("销户", "注销"),
    "backfill": ("补登记", "实名登记", "实名"),
}


def business(service: str) -> str:
    """By the service's code, with ``OR`` between."""
    return OR.join(_WORDS.get(service, _ANY))
