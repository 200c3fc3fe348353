"""Rules on pictures that were used before, or were not taken at the counter.

A machine found them: each asks a person to look at both pictures, and none refuses (C-13).
"""

from collections.abc import Collection, Iterator

from registration.rules import law
from registration.rules.facts import Facts, Seen
from registration.rules.plan import shown_by
from registration.rules.policy import Amount, declare
from registration.rules.rule import Reason, Severity, rule
from registration.rules.words import gettext_noop as _

LOOK_BACK_DAYS = Amount(
    key="picture.look_back_days",
    title=_("往前看多少天的照片"),
    default=30,
    conflict="CV-04R",
    why=_("没有规定；比对同一网点、同一受托人最近的现场照和文书，天数是本系统的做法。"),
    unit=_("天"),
    least=1,
    most=366,
    is_judged=False,
)
declare(LOOK_BACK_DAYS)

TAKEN_OF_SCREEN, TAKEN_OF_CARD = "CV-04D", "CV-04P"
# By the page that it was.
OF_SCREEN = {
    "live": _("现场照像是对着屏幕翻拍的。"),
    "id_front": _("证件正面的照片像是对着屏幕翻拍的。"),
    "id_back": _("证件背面的照片像是对着屏幕翻拍的。"),
    "letter": _("委托书的照片像是对着屏幕翻拍的。"),
}
PAPER_OF_SCREEN = _("证明材料的照片像是对着屏幕翻拍的。")
_PERSON_ANEW = _("请让本人当场重拍；审核时请放大，看有没有屏幕的条纹。")
_PAPER_ANEW = _("请拍客户今天带来的原件；审核时请放大，看有没有屏幕的条纹。")


@rule(
    law.SIX_MINISTRIES_3,
    id="CV-04R",
    severity=Severity.REVIEW,
    may_change=_("现场照在别的受理单里用过"),
)
def live_photo_is_new(facts: Facts) -> Iterator[Reason]:
    """The picture of a person lies in no other application of the outlet's or the proxy's last
    weeks, and byte for byte in none at all."""
    for seen in _persons(facts, "alarm"):
        if not seen.is_own:
            yield Reason(
                _("这张现场照和另一张受理单的是同一张。"),
                _("请让本人当场重拍；审核时请对照两张照片。"),
                shown_by(seen.kind),
                "photos",
            )


@rule(
    law.SIX_MINISTRIES_3,
    id="CV-04S",
    severity=Severity.REVIEW,
    may_change=_("同一张照片当作两样用"),
)
def each_picture_shows_something_else(facts: Facts) -> Iterator[Reason]:
    """Two people of one application, or two of its papers, are not on the same picture."""
    own = [seen for seen in facts.seen if seen.is_own and seen.level == "alarm"]
    if any(seen.sort == "person" for seen in own):
        yield Reason(_("两个人的现场照是同一张。"), _("请分别给每个人当场拍照。"), step="photos")
    if any(seen.sort == "paper" for seen in own):
        yield Reason(_("两份文件的照片是同一张。"), _("请分别拍每一份文件。"), step="photos")


@rule(
    law.SIX_MINISTRIES_3,
    id="CV-04L",
    severity=Severity.NOTE,
    may_change=_("现场照与别的受理单相似"),
)
def live_photo_looks_like_another(facts: Facts) -> Iterator[Reason]:
    """The picture of a person is nearly one of another application: a person tells."""
    for seen in _persons(facts, "look"):
        if not seen.is_own:
            yield Reason(
                _("这张现场照和另一张受理单的很像。"),
                _("请留意是不是同一张照片。"),
                shown_by(seen.kind),
            )


@rule(
    law.SIX_MINISTRIES_3,
    id="CV-04G",
    severity=Severity.REVIEW,
    may_change=_("现场照的文件不像当场拍的"),
)
def live_photo_was_taken_here(facts: Facts) -> Iterator[Reason]:
    """The file of a live photo says of itself nothing that the counter's camera never writes: no
    camera's name, no time, no place, no editor."""
    yield from _of_each(
        facts.made_elsewhere,
        _("现场照的文件带有相机或修图软件的信息，不像是在柜台当场拍的。"),
        _("请用柜台的摄像头让本人当场重拍。"),
    )


@rule(
    law.SIX_MINISTRIES_3,
    id=TAKEN_OF_CARD,
    severity=Severity.REVIEW,
    may_change=_("现场照像是拍了证件"),
)
def live_photo_is_of_the_person(facts: Facts) -> Iterator[Reason]:
    """A live photo shows somebody who stands there, and not the portrait on a document: whoever is
    compared with their own portrait is alike."""
    yield from _of_each(
        facts.portraits,
        _("现场照像是拍了证件上的照片，不是本人。"),
        _("请让本人当场重拍；审核时请看画面上是人还是证件。"),
    )


@rule(
    law.SIX_MINISTRIES_3,
    id=TAKEN_OF_SCREEN,
    severity=Severity.REVIEW,
    may_change=_("照片像是对着屏幕翻拍的"),
)
def nothing_is_taken_of_a_screen(facts: Facts) -> Iterator[Reason]:
    """No picture shows the stripes of a screen: a person, a document and a paper are taken
    themselves."""
    found = {}
    for kind in sorted(facts.screens):
        role = shown_by(kind)
        text = OF_SCREEN.get(kind.removeprefix(f"{role}_"), PAPER_OF_SCREEN)
        todo = _PERSON_ANEW if text == OF_SCREEN["live"] else _PAPER_ANEW
        # Of two papers that are nobody's own it is said once.
        found[role, text] = Reason(text, todo, role, "photos")
    yield from found.values()


@rule(
    law.ANTI_FRAUD_31,
    id="PX-07P",
    severity=Severity.REVIEW,
    may_change=_("同一份证明材料的照片用于多张受理单"),
)
def paper_is_pictured_anew(facts: Facts) -> Iterator[Reason]:
    """The picture of a paper that proves something lies in no other application; of the letter of
    authority PX-07L says so."""
    if any(_is_used(seen) and seen.kind != "letter" for seen in facts.seen):
        yield Reason(
            _("证明材料的照片在另一张受理单里用过。"),
            _("请拍客户今天带来的原件。"),
            step="photos",
        )


def letter_is_used(facts: Facts) -> bool:
    """Whether the letter's picture was seen before, however it was packed."""
    return any(_is_used(seen) and seen.kind == "letter" for seen in facts.seen)


def _of_each(kinds: Collection[str], text: str, todo: str) -> Iterator[Reason]:
    return (Reason(text, todo, shown_by(kind), "photos") for kind in sorted(kinds))


def _is_used(seen: Seen) -> bool:
    return seen.sort == "paper" and seen.level == "alarm" and not seen.is_own


def _persons(facts: Facts, level: str) -> Iterator[Seen]:
    return (seen for seen in facts.seen if seen.sort == "person" and seen.level == level)
