"""What can be wrong with the emulated reader: the faults of real ones, to be had on demand."""

from enum import StrEnum
from random import Random
from typing import Final


class Fault(StrEnum):
    """Of the reader and its card first, then of the line (emulator_line)."""

    NONE = "none"
    NO_CARD = "no_card"
    LIFTED_FOUND = "lifted_found"
    LIFTED = "lifted"
    LIFTED_ADDRESS = "lifted_address"
    REJECTED = "rejected"
    WRONG_CARD = "wrong_card"
    NO_PHOTO = "no_photo"
    FOUND_90 = "found_90"
    SELF_TEST = "self_test"
    NOT_AUTHORISED = "not_authorised"
    CHECKSUM = "checksum"
    SLOW = "slow"
    NOISE = "noise"
    SPLIT = "split"
    MERGED = "merged"
    PREVIOUS = "previous"
    LATE = "late"
    LENGTH = "length"
    BIT = "bit"
    CUT = "cut"
    GARBAGE = "garbage"
    SILENT = "silent"
    BAUD = "baud"
    RANDOM = "random"

    @property
    def label(self) -> str:
        return _LABELS[self]


_LABELS: Final = {
    Fault.NONE: "正常",
    Fault.NO_CARD: "感应不到卡",
    Fault.LIFTED_FOUND: "找到后马上拿走",
    Fault.LIFTED: "读到一半拿走",
    Fault.LIFTED_ADDRESS: "没等读新地址就拿走",
    Fault.REJECTED: "芯片验证失败（33）",
    Fault.WRONG_CARD: "不是身份证（40）",
    Fault.NO_PHOTO: "芯片里没有照片",
    Fault.FOUND_90: "找卡回答 90",
    Fault.SELF_TEST: "自检失败（60）",
    Fault.NOT_AUTHORISED: "模块没有授权（66）",
    Fault.CHECKSUM: "校验和出错",
    Fault.SLOW: "很慢",
    Fault.NOISE: "线路有杂音",
    Fault.SPLIT: "回答拆成几段",
    Fault.MERGED: "和上一条回答连在一起",
    Fault.PREVIOUS: "先重复上一条回答",
    Fault.LATE: "下一条命令来了才回答",
    Fault.LENGTH: "长度不对",
    Fault.BIT: "错了一位",
    Fault.CUT: "回答断了一截",
    Fault.GARBAGE: "乱码",
    Fault.SILENT: "不回答",
    Fault.BAUD: "只通 9600",
    Fault.RANDOM: "每次随机出一种毛病",
}
# With these no answer comes whole, or not before the next question.
SPOILING: Final = frozenset(
    {Fault.LATE, Fault.LENGTH, Fault.BIT, Fault.CUT, Fault.GARBAGE, Fault.SILENT}
)
_DICE: Final = tuple(fault for fault in Fault if fault not in (Fault.BAUD, Fault.RANDOM))


def throw(chance: Random) -> Fault:
    """Half of the answers are well, or no card would ever be read."""
    return Fault.NONE if chance.random() < 0.5 else chance.choice(_DICE)
