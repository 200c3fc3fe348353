"""Names in a text: after their label, or anywhere."""

import re
from collections.abc import Iterator
from typing import Final

from registration.printed import fold
from registration.printed.text import BREAK, GAP, Spot, Text

_HAN: Final = r"[\u3400-\u9fff\U00020000-\U0003ffff]"
# What may stand between a label and the name, and what ends a name: never a further word.
_BETWEEN: Final = r"(?:姓名|名称|NAME|[(][^()\n]{0,12}[)])?[:;.,_]*[\t\n]?"
_NAME: Final = rf"({_HAN}{{1,15}}(?:·{_HAN}{{1,15}}){{0,4}})"
# The labels that follow a name on a card or a form.
_NEXT: Final = (
    r"(?=[\t\n,.;:()/_0-9A-Z]|$|性别|民族|出生|男|女|公民|身份|证件|联系|电话|签|盖|与|住址|职务)"
)
# Words that stand where a name is looked for and are none.
_NO_NAME: Final = re.compile(
    r"签字|签名|签章|盖章|捺印|手印|声明|承诺|须知|意见|确认|姓名|名称|证件|身份|号码|信息|关系|日期"
    r"|权限|事项|期限|性别|民族|出生|住址|地址|电话|公章|本人|证明|办理|单位|授权|委托|受托|样本"
)


def after(text: Text, labels: str) -> Iterator[Spot]:
    """Names that stand right after one of the labels (a pattern), nothing else between."""
    pattern = re.compile(rf"(?:{labels}){_BETWEEN}{_NAME}{_NEXT}")
    for spot in text.every(pattern, 1):
        if len(spot.value) >= 2 and not _NO_NAME.fullmatch(spot.value[:2]):
            yield spot


def anywhere(text: Text, name: str) -> Spot | None:
    """Where this name stands, whatever is around it; of a Latin one all its parts."""
    wanted = fold.letters(name)
    if not wanted:
        return None
    if wanted.isascii():
        return _latin(text, name)
    # Of a form's two columns the gaps stay: a name does not reach over them.
    return text.keep(lambda char: char.isalnum() or char in (GAP, BREAK)).where(wanted)


def _latin(text: Text, name: str) -> Spot | None:
    parts = [part for part in re.split(r"[^0-9A-Z]+", fold.folded(name.replace(" ", ","))) if part]
    letters = text.keep(str.isalnum)
    found = [letters.where(part) for part in parts]
    spots = [spot for spot in found if spot]
    if len(spots) < len(parts):
        return None
    marks = tuple(mark for spot in spots for mark in spot.marks)
    return Spot("".join(spot.value for spot in spots), marks, spots[0].start)


def is_another(expected: str, read: str) -> bool:
    """Whether what was read is surely somebody else's name. A part of the name, or more than it,
    is a name that was cut off or ran into its neighbour; a rare character may be a misreading."""
    a, b = fold.letters(expected), fold.letters(read)
    if not a or not b or a.isascii() or _is_within(a, b) or _is_within(b, a):
        return False
    if len(a) != len(b):
        # Characters in common: most likely one of them was lost.
        return len(b) >= 2 and not set(a) & set(b) and all(map(fold.is_common, a + b))
    pairs = [pair for pair in zip(a, b, strict=True) if pair[0] != pair[1]]
    return all(fold.is_common(one) for pair in pairs for one in pair)


def _is_within(short: str, long: str) -> bool:
    rest = iter(long)
    return all(char in rest for char in short)


def near(text: Text, labels: str) -> Iterator[Spot]:
    """The label with what follows it, for a second look: the name may be misread altogether."""
    pattern = re.compile(rf"(?:{labels})(?!签|盖){_BETWEEN}[^\t\n]{{0,8}}")
    return text.every(pattern)
