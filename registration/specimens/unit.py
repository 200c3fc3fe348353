"""A business licence and a unit's letter of authority, of units that do not exist."""

from datetime import date

from PIL import Image, ImageDraw

from registration.specimens.paper import INK, PALE, RED, Size, font, jpeg, long_date, marked
from registration.specimens.person import Person, number_label


def licence(name: str, code: str, size: Size = (1754, 1240)) -> bytes:
    """A business licence; `code` is the unified social credit code."""
    im = Image.new("RGB", (1754, 1240), "#fdfaf0")
    pen = ImageDraw.Draw(im)
    pen.rectangle((50, 50, 1704, 1190), outline="#b08d3c", width=8)
    pen.text((877, 190), "营业执照", INK, font(110, serif=True), anchor="mm")
    pen.text((877, 300), f"统一社会信用代码：{code}", INK, font(40), anchor="mm")
    lines = (
        f"名　　称：{name}",
        "类　　型：有限责任公司（样本）",
        "住　　所：示例省样本市测试路100号",
        "经营范围：仅供演示，不经营任何业务",
    )
    for place, line in enumerate(lines):
        pen.text((190, 420 + place * 90), line, INK, font(44, serif=True))
    _seal(pen, (1380, 930), "样本市监局")
    return jpeg(marked(im), size)


def unit_letter(
    name: str, handler: Person, numbers: int, until: date, size: Size = (1240, 1754)
) -> bytes:
    """A letter that names the handler, the business and its last day, with the unit's seal."""
    im = Image.new("RGB", (1240, 1754), "#fdfcf8")
    pen = ImageDraw.Draw(im)
    pen.text((620, 170), "单位授权书", INK, font(76, serif=True), anchor="mm")
    lines = (
        f"授权单位：{name}",
        "",
        f"经办人：{handler.name}",
        f"{number_label(handler)}：{handler.number}",
        "",
        f"授权事项：办理 {numbers} 个移动电话号码的入网",
        "实名登记手续，并代为签署有关文件。",
        "",
        f"有效期至：{long_date(until)}",
    )
    for place, line in enumerate(lines):
        pen.text((150, 320 + place * 80), line, INK, font(42, serif=True))
    _seal(pen, (870, 1330), "样本公司")
    return jpeg(marked(im), size)


def _seal(pen: ImageDraw.ImageDraw, centre: tuple[int, int], words: str) -> None:
    x, y = centre
    pen.ellipse((x - 150, y - 150, x + 150, y + 150), outline=RED, width=10)
    pen.text((x, y), "★", RED, font(90), anchor="mm")
    pen.text((x, y + 90), words, RED, font(36), anchor="mm")
    pen.text((x, y - 95), "样本", PALE, font(36), anchor="mm")
