"""An authorisation letter, a proof of guardianship, a signature and what stands for one."""

from PIL import Image, ImageDraw

from registration.specimens.paper import (
    INK,
    PALE,
    RED,
    Size,
    chance_of,
    font,
    jpeg,
    long_date,
    marked,
)
from registration.specimens.person import Person, number_label


def letter(principal: Person, proxy: Person, number: str, size: Size = (1240, 1754)) -> bytes:
    """An authorisation letter with the six points of PX-02; `number` is the mobile number."""
    im = Image.new("RGB", (1240, 1754), "#fdfcf8")
    pen = ImageDraw.Draw(im)
    pen.text((620, 170), "授权委托书", INK, font(76, serif=True), anchor="mm")
    lines = [
        f"委托人：{principal.name}",
        f"{number_label(principal)}：{principal.number}",
        "",
        f"受托人：{proxy.name}",
        f"{number_label(proxy)}：{proxy.number}",
        "",
        f"委托事项：代为办理移动电话号码 {number} 的",
        "入网实名登记手续，并代为签署有关文件。",
        "",
        "委托权限：仅限上述一项业务，一次有效。",
        "委托期限：自签署之日起三十日。",
    ]
    for place, line in enumerate(lines):
        pen.text((150, 320 + place * 74), line, INK, font(42, serif=True))
    for left, label, person in ((150, "委托人签字：", principal), (690, "受托人签字：", proxy)):
        pen.text((left, 1240), label, INK, font(42, serif=True))
        im.paste(_strokes(person.name, (380, 150), "#fdfcf8"), (left, 1300))
    pen.text((150, 1500), f"日期：{long_date(principal.valid_from)}", INK, font(42, serif=True))
    return jpeg(marked(im), size)


def receipt(number: str, size: Size = (1240, 1754)) -> bytes:
    """A paid bill for a telephone number."""
    im = Image.new("RGB", (1240, 1754), "#fdfcf8")
    pen = ImageDraw.Draw(im)
    pen.text((620, 170), "电话费缴费凭证", INK, font(76, serif=True), anchor="mm")
    lines = [f"电话号码：{number}", "缴费金额：50.00 元", "账期：样本月", "收款单位：示例移动"]
    for place, line in enumerate(lines):
        pen.text((150, 360 + place * 110), line, INK, font(48, serif=True))
    return jpeg(marked(im), size)


def guardianship(child: Person, guardian: Person, size: Size = (1240, 1754)) -> bytes:
    """A paper that says whose child somebody is."""
    im = Image.new("RGB", (1240, 1754), "#fbf7f2")
    pen = ImageDraw.Draw(im)
    pen.text((620, 170), "监护关系证明（样本）", INK, font(72, serif=True), anchor="mm")
    lines = [
        f"未成年人：{child.name}",
        f"{number_label(child)}：{child.number}",
        "",
        f"监护人：{guardian.name}",
        f"{number_label(guardian)}：{guardian.number}",
        "",
        "关系：父母子女",
        f"住址：{child.address}",
    ]
    for place, line in enumerate(lines):
        pen.text((150, 340 + place * 78), line, INK, font(42, serif=True))
    pen.ellipse((760, 1180, 1060, 1480), outline=RED, width=8)
    pen.text((910, 1330), "样本", RED, font(64, serif=True), anchor="mm")
    return jpeg(marked(im), size)


def mark(size: Size = (900, 900)) -> bytes:
    """A cross on paper, as somebody makes it who cannot write."""
    im = Image.new("RGB", (900, 900), "#fdfcf8")
    pen = ImageDraw.Draw(im)
    pen.line((330, 300, 590, 610), INK, width=22)
    pen.line((600, 310, 320, 590), INK, width=22)
    return jpeg(marked(im), size)


def signature(name: str = "王样本", size: Size = (900, 400)) -> bytes:
    """A scrawl as a finger leaves it on the pad."""
    im = _strokes(name, size, "white")
    pen = ImageDraw.Draw(im)
    pen.text((size[0] - 20, size[1] - 20), "SPECIMEN 样本", PALE, font(30), anchor="rs")
    return jpeg(im, size)


def _strokes(name: str, size: Size, ground: str) -> Image.Image:
    """Curves that hang together like a hurried signature; the name decides them."""
    chance = chance_of(name)
    im = Image.new("RGB", (size[0] * 2, size[1] * 2), ground)
    pen = ImageDraw.Draw(im)
    # Nobody signs with every letter of a Latin name.
    strokes = min(len(name), 6)
    cell = im.width * 0.8 / strokes
    for place in range(strokes):
        left, x, y = im.width * 0.1 + place * cell, 0.1, chance.uniform(0.3, 0.6)
        trail = []
        for _ in range(6):
            knots = [(x, y)] + [(chance.uniform(0, 0.9), chance.uniform(0.2, 0.8)) for _ in "123"]
            trail += [_bezier(knots, step / 30) for step in range(31)]
            x, y = knots[-1]
        points = [(left + x * cell, y * im.height) for x, y in trail]
        pen.line(points, INK, width=im.height // 45, joint="curve")
    return im.resize(size, Image.Resampling.LANCZOS)


def _bezier(knots: list[tuple[float, float]], t: float) -> tuple[float, float]:
    weights = ((1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t * t * (1 - t), t**3)
    return (
        sum(w * x for w, (x, _) in zip(weights, knots, strict=True)),
        sum(w * y for w, (_, y) in zip(weights, knots, strict=True)),
    )
