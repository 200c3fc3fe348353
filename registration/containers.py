"""The bytes around the pixels: what a picture file says of itself, told without decoding it.

A counter PC, a phone or an attacker sends a file. Before any decoder sees it we walk its
structure to its end: JPEG by segments (ITU-T T.81 annex B), PNG by chunks (W3C PNG, section 5),
WebP by RIFF chunks (RFC 9649), HEIC by boxes (ISO/IEC 14496-12 and 23008-12). So a bomb costs a
few bytes to refuse, and what hides behind or beside the picture shows.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field


def gettext_noop(text: str) -> str:
    """Mark a text for makemessages; this leaf does not know Django, its caller translates."""
    return text


REASONS = {
    "not_a_picture": gettext_noop("这个文件不是图片。请用相机拍照后再上传。"),
    "wrong_type": gettext_noop("不支持这种格式。请上传 JPEG、PNG、WebP 或 HEIC 照片。"),
    "animated": gettext_noop("这是动态图片。请上传一张静态照片。"),
    "too_many_bytes": gettext_noop("图片超过 15 MB。请把相机调到普通画质，重新拍照。"),
    "too_many_pixels": gettext_noop("图片像素太多。请把相机调到普通画质，重新拍照。"),
    "too_small": gettext_noop("图片太小，看不清内容。请靠近一些，重新拍照。"),
    "incomplete": gettext_noop("图片不完整。请重新上传；还不行，请重拍。"),
    "broken": gettext_noop("图片已损坏，打不开。请重拍。"),
    "foreign_content": gettext_noop(
        "图片里夹带了网页、文档、程序或压缩包，不能接收。请用相机重新拍照，直接上传。"
    ),
}


class PictureError(Exception):
    """A file that is not taken as a picture; `text` tells the clerk what to do (Chinese)."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code
        self.text = REASONS[code]


@dataclass
class Container:
    """What the structure says. Width and height are as stored, before any orientation. What is
    ``whole`` decodes in its full size only."""

    format: str
    width: int = 0
    height: int = 0
    animated: bool = False
    whole: bool = True
    # All that is not pixels: comments, EXIF, XMP, text, what follows. Payloads like to hide here.
    beside: list[bytes] = field(default_factory=list)


# A file of millions of empty segments must not keep a request busy; real ones have dozens, a
# PNG with small IDAT chunks a few thousand.
MAX_PARTS = 10_000
# Each scan of a progressive JPEG costs a pass over all pixels; encoders write 10 to 14.
MAX_SCANS = 24

# The frames that are decoded row by row (T.81, table B.1).
SEQUENTIAL = (0xC0, 0xC1)
END_OF_SCAN = re.compile(rb"\xff[^\x00\xff\xd0-\xd7]")
OTHER_PICTURES = (b"GIF8", b"BM", b"II*\0", b"MM\0*", b"%PDF-", b"8BPS", b"\0\0\1\0", b"\xff\n")
# Other document types stand in what Photoshop writes beside a picture.
MARKUP = re.compile(
    rb"<(?:(?:html|script|svg|iframe|!doctype\s+(?:html|svg))[\s/>]|\?php)", re.IGNORECASE
)
ARCHIVES = (b"Rar!\x1a\x07", b"7z\xbc\xaf\x27\x1c")
STILL_HEIC = (b"heic", b"heix", b"heim", b"heis", b"mif1")
# The last two: a phone's film of the moment before, and its maker's notes.
TOP_BOXES = (b"ftyp", b"meta", b"mdat", b"moov", b"free", b"skip", b"uuid", b"mpvd", b"sefd")
MOVING_HEIC = (b"hevc", b"hevx", b"hevm", b"hevs", b"msf1")


def read(data: bytes) -> Container:
    """Walk the file from its first byte to its last; raise PictureError on what is not right."""
    walks = {"JPEG": _read_jpeg, "PNG": _read_png, "WEBP": _read_webp, "HEIF": _read_heic}
    container = walks[format_of(data)](data)
    if _carries_a_payload(data, container.beside):
        raise PictureError("foreign_content")
    return container


def format_of(data: bytes) -> str:
    """As the first bytes tell; raises PictureError."""
    if data.startswith(b"\xff\xd8\xff"):
        return "JPEG"
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return "PNG"
    if data.startswith(b"RIFF") and data[8:12] == b"WEBP":
        return "WEBP"
    if data[4:8] == b"ftyp":
        return "HEIF"
    raise PictureError(_what_else(data))


def _what_else(data: bytes) -> str:
    if not data:
        return "incomplete"
    head = data[:512].lstrip().lower()
    drawn = head.startswith(b"<svg") or (head.startswith(b"<?xml") and b"<svg" in head)
    return "wrong_type" if drawn or data.startswith(OTHER_PICTURES) else "not_a_picture"


def _carries_a_payload(data: bytes, beside: list[bytes]) -> bool:
    # A zip is found from its end, a PDF within its first kilobyte; both open in spite of the
    # picture around them. In pixels three signatures never meet by chance.
    zipped = b"PK\x05\x06" in data[-66_000:] and b"PK\x01\x02" in data and b"PK\x03\x04" in data
    if zipped or b"%PDF-" in data[:1024]:
        return True
    return any(map(_is_payload, beside))


def _is_payload(part: bytes) -> bool:
    zipped = b"PK\x01\x02" in part and b"PK\x03\x04" in part
    packed = zipped or any(mark in part for mark in ARCHIVES)
    return packed or b"%PDF-" in part or MARKUP.search(part) is not None


def _number(data: bytes, start: int, size: int) -> int:
    if start + size > len(data):
        raise PictureError("incomplete")
    return int.from_bytes(data[start : start + size], "big")


def _nothing_but_padding(rest: bytes) -> None:
    if rest.strip(b"\0"):
        raise PictureError("foreign_content")


def _read_jpeg(data: bytes) -> Container:
    container, scans, end = Container("JPEG", whole=False), 0, 2
    for marker, body, end in _segments(data, 2):
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            # Two frame headers of different size make two readers see two pictures.
            if container.width:
                raise PictureError("broken")
            container.height = _number(data, body + 1, 2)
            container.width = _number(data, body + 3, 2)
            container.whole = marker not in SEQUENTIAL
        elif marker >= 0xE0:
            container.beside.append(data[body:end])
        scans += marker == 0xDA
    if not 0 < scans <= MAX_SCANS:
        raise PictureError("broken")
    # Until the last pass every coefficient is held.
    container.whole |= scans > 1
    # Cameras append what they like: previews, gain maps, films, notes. No decoder looks there.
    if rest := data[end + 2 :].strip(b"\0"):
        container.beside.append(rest)
    return container


def _segments(data: bytes, place: int) -> Iterator[tuple[int, int, int]]:
    """(marker, start of its body, end) of every segment up to the end marker."""
    for _ in range(MAX_PARTS):
        if _number(data, place, 1) != 0xFF:
            raise PictureError("broken")
        marker = _number(data, place + 1, 1)
        if marker == 0xD9:
            return
        if marker == 0xFF:  # a fill byte
            place += 1
            continue
        if marker < 0xC0 or 0xD0 <= marker <= 0xD8:  # nothing that has a length
            raise PictureError("broken")
        length, body = _number(data, place + 2, 2), place + 4
        place += 2 + length
        if marker == 0xDA:
            found = END_OF_SCAN.search(data, place)
            if not found:
                raise PictureError("incomplete")
            place = found.start()
        if length < 2 or place > len(data):
            raise PictureError("broken" if length < 2 else "incomplete")
        yield marker, body, place
    raise PictureError("broken")


def _read_png(data: bytes) -> Container:
    container = Container("PNG")
    place, view = 8, memoryview(data)
    for count in range(MAX_PARTS):
        length, kind = _number(data, place, 4), data[place + 4 : place + 8]
        body = place + 8
        place = body + length + 4
        if place > len(data):
            raise PictureError("incomplete")
        # Pillow does not compare the sum of the pixel chunks: damage would pass as a picture.
        sound = zlib.crc32(view[body - 4 : place - 4]) == _number(data, place - 4, 4)
        if not sound or (kind == b"IHDR") != (count == 0):
            raise PictureError("broken")
        if kind == b"IHDR":
            container.width, container.height = _number(data, body, 4), _number(data, body + 4, 4)
        elif kind == b"acTL":
            container.animated = True
        elif kind == b"IEND":
            _nothing_but_padding(data[body:place][:length] + data[place:])
            return container
        elif kind != b"IDAT":
            container.beside.append(data[body : body + length])
    raise PictureError("broken")


def _read_webp(data: bytes) -> Container:
    container = Container("WEBP")
    end = 8 + int.from_bytes(data[4:8], "little")
    if end > len(data):
        raise PictureError("incomplete")
    _nothing_but_padding(data[end:])
    place, parts = 12, 0
    while place < end:
        kind = data[place : place + 4]
        length = int.from_bytes(data[place + 4 : place + 8], "little")
        body, parts = data[place + 8 : place + 8 + length], parts + 1
        place += 8 + length + length % 2
        if place > end or parts > MAX_PARTS:
            raise PictureError("broken")
        if kind in (b"VP8X", b"VP8 ", b"VP8L"):
            size = _webp_size(kind, body)
            container.width = max(container.width, size[0])
            container.height = max(container.height, size[1])
        elif kind in (b"ANIM", b"ANMF"):
            container.animated = True
        elif kind != b"ALPH":
            container.beside.append(body)
    return container


def _webp_size(kind: bytes, body: bytes) -> tuple[int, int]:
    if len(body) < (5 if kind == b"VP8L" else 10):
        raise PictureError("broken")
    if kind == b"VP8X":
        return 1 + int.from_bytes(body[4:7], "little"), 1 + int.from_bytes(body[7:10], "little")
    if kind == b"VP8L":
        bits = int.from_bytes(body[1:5], "little")
        return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
    return (
        int.from_bytes(body[6:8], "little") & 0x3FFF,
        int.from_bytes(body[8:10], "little") & 0x3FFF,
    )


def _read_heic(data: bytes) -> Container:
    brand = data[8:12]
    if brand in MOVING_HEIC:
        raise PictureError("animated")
    if brand not in STILL_HEIC:
        raise PictureError("wrong_type")
    container = Container("HEIF")
    for kind, start, end in _boxes(data, 0, len(data), known=TOP_BOXES):
        if kind == b"meta":
            _heic_size(data, start + 4, end, container)
        if kind == b"moov":
            container.animated = True
        elif kind not in (b"ftyp", b"mdat"):
            container.beside.append(data[start:end])
    return container


def _heic_size(data: bytes, start: int, end: int, container: Container) -> None:
    # The picture, its tiles and its thumbnail each have an extent; the largest is the picture.
    places = [(start, end)]
    for wanted in (b"iprp", b"ipco", b"ispe"):
        places = [
            (inner, stop)
            for place in places
            for kind, inner, stop in _boxes(data, *place)
            if kind == wanted
        ]
    for inner, _ in places:
        container.width = max(container.width, _number(data, inner + 4, 4))
        container.height = max(container.height, _number(data, inner + 8, 4))


def _boxes(
    data: bytes, place: int, end: int, known: tuple[bytes, ...] = ()
) -> Iterator[tuple[bytes, int, int]]:
    for _ in range(MAX_PARTS):
        if place == end:
            return
        if place + 8 > end:
            raise PictureError("incomplete")
        size, kind, body = _number(data, place, 4), data[place + 4 : place + 8], place + 8
        if known and kind not in known:
            raise PictureError("foreign_content")
        if size == 1:
            size, body = _number(data, body, 8), body + 8
        stop = place + size if size else end
        if stop < body:
            raise PictureError("broken")
        if stop > end:
            raise PictureError("incomplete")
        yield kind, body, stop
        place = stop
    raise PictureError("broken")
