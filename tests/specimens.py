"""Files that a picture must not be, and files that look odd but are right.

The drawings themselves (cards, faces, letters) are the product's: registration.specimens.
"""

import base64
import io
import struct
import zipfile
import zlib
from collections.abc import Callable, Sequence

import zxingcpp
from PIL import Image, ImageDraw, ImageFilter

# 640 x 480, stored upright with "turn by 90 degrees clockwise" in a box and in its EXIF. Made once,
# because our HEIC library only reads.
HEIC = base64.b64decode(
    """
    AAAAHGZ0eXBoZWljAAAAAG1pZjFoZWljbWlhZgAAAaJtZXRhAAAAAAAAACFoZGxyAAAAAAAAAABwaWN0AAAAAAAAAAAA
    AAAAAAAAADRpbG9jAAAAAERAAAIAAQAAAAABxgABAAAAAAAAAJwAAgAAAAACYgABAAAAAAAAACQAAAA4aWluZgAAAAAA
    AgAAABVpbmZlAgAAAAABAABodmMxAAAAABVpbmZlAgAAAQACAABFeGlmAAAAAA5waXRtAAAAAAABAAAA4WlwcnAAAADB
    aXBjbwAAAHlodmNDAQNwAAAAkAAAAAAAWvAA/P34+AAADwNgAAEAGEABDAH//wNwAAADAJAAAAMAAAMAWroCQGEAAQAs
    QgEBA3AAAAMAkAAAAwAAAwBaoAUCAeFlupJKa5uAhoMCAAADADIAAAMAAhBiAAEAB0QBwXKwYkAAAAATY29scm5jbHgA
    AQANAAaAAAAAFGlzcGUAAAAAAAACgAAAAeAAAAAQcGl4aQAAAAADCAgIAAAACWlyb3QDAAAAGGlwbWEAAAAAAAAAAQAB
    BYECAwSFAAAAGmlyZWYAAAAAAAAADmNkc2MAAgABAAEAAADIbWRhdAAAAJgoAa8LRBpzS4CyyoD6xsHX//hXe/QMQcko
    7TLFFSHskIIUNB/+l+uDoG+L/0I6HYAAABXQqG/FQSoZ5beTtAAAB8STCkJIABwiSgAAQkCMPdnf+lvviRS2IM+6s0AA
    AAMAAAMAAAMAEBMH6wAAPuBj17YohLYAAAMACDgAAAMAAAMAAAMAR0AAAAMAAAMAAAMBBwAAAwAI+AAAAAZFeGlmAABN
    TQAqAAAACAABARIAAwAAAAEABgAAAAAAAA==
    """
)


def picture(mode: str = "RGB", size: tuple[int, int] = (640, 480)) -> Image.Image:
    """Pale, with the upper left quarter red: enough to see which way up it is."""
    im = Image.new("RGB", size, "#eaf3f7")
    ImageDraw.Draw(im).rectangle((0, 0, size[0] // 2 - 1, size[1] // 2 - 1), "#b8322a")
    return im.quantize(16) if mode == "P" else im.convert(mode)


def saved(im: Image.Image, kind: str, **options: object) -> bytes:
    out = io.BytesIO()
    im.save(out, kind, **options)
    return out.getvalue()


def jpeg(**options: object) -> bytes:
    return saved(picture(), "JPEG", **options)


def mjpeg(frames: Sequence[bytes]) -> bytes:
    """A film for Chromium's --use-file-for-fake-video-capture (file name must end in .mjpeg)."""
    return b"".join(frames)


def bars(*texts: str, format: str = "Code128", turn: float = 0, blur: float = 0) -> bytes:
    """A desk with these codes on it, one below the other."""
    desk = Image.new("RGB", (1280, 360 * max(1, len(texts))), "#d9d4c8")
    for place, text in enumerate(texts):
        made = zxingcpp.create_barcode(text, getattr(zxingcpp.BarcodeFormat, format))
        drawn = Image.fromarray(zxingcpp.write_barcode_to_image(made, scale=3))
        desk.paste(drawn.convert("RGB"), (120, 60 + 360 * place))
    desk = desk.rotate(turn, expand=True, fillcolor="#d9d4c8")
    return saved(desk.filter(ImageFilter.GaussianBlur(blur)), "JPEG", quality=80)


# Not pictures at all


def text_named_jpg() -> bytes:
    return "这不是图片，只是改了名字的文本。\n".encode() * 40


def pdf() -> bytes:
    return b"%PDF-1.4\n1 0 obj\n<< /Type /Catalog >>\nendobj\n%%EOF\n"


def svg() -> bytes:
    return b'<?xml version="1.0"?>\n<svg xmlns="http://www.w3.org/2000/svg" width="640"/>'


def zipped() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("run.js", "alert(1)")
    return out.getvalue()


# Pictures of a kind that is not taken


def animated_gif() -> bytes:
    return saved(picture("P"), "GIF", save_all=True, append_images=[picture("P").rotate(180)])


def animated_png() -> bytes:
    return saved(picture(), "PNG", save_all=True, append_images=[picture().rotate(180)])


def animated_webp() -> bytes:
    return saved(picture(), "WEBP", save_all=True, append_images=[picture().rotate(180)])


def png_of_200_megapixels() -> bytes:
    """20,000 x 10,000 white pixels in about 25 kB, made row by row."""
    packer, row = zlib.compressobj(9), b"\0" + b"\xff" * 2500
    packed = b"".join([*(packer.compress(row) for _ in range(10_000)), packer.flush()])
    header = struct.pack(">IIBBBBB", 20_000, 10_000, 1, 0, 0, 0, 0)
    return png_of(chunk(b"IHDR", header), chunk(b"IDAT", packed), chunk(b"IEND", b""))


def png_of(*chunks: bytes) -> bytes:
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


# Pictures that carry something


def jpeg_with_zip_tail() -> bytes:
    return jpeg() + zipped()


def jpeg_with_html_tail() -> bytes:
    return jpeg() + b"<html><script>alert(1)</script></html>"


def jpeg_with_script_comment() -> bytes:
    return jpeg(comment=b"<SCRIPT src=//example.test/x.js></SCRIPT>")


def jpeg_that_is_also_a_pdf() -> bytes:
    return jpeg(comment=pdf())


def png_with_zip_tail() -> bytes:
    return saved(picture(), "PNG") + zipped()


def png_with_zip_chunk() -> bytes:
    whole = saved(picture(), "PNG")
    return whole[:-12] + chunk(b"prVt", zipped()) + whole[-12:]


def webp_with_html_tail() -> bytes:
    return saved(picture(), "WEBP") + b"<html></html>"


def heic_with_zip_tail() -> bytes:
    return HEIC + zipped()


# Damaged pictures


def truncated_jpeg() -> bytes:
    whole = jpeg()
    return whole[: len(whole) * 2 // 3]


def truncated_png() -> bytes:
    whole = saved(picture(), "PNG")
    return whole[: len(whole) * 2 // 3]


def truncated_webp() -> bytes:
    whole = saved(picture(), "WEBP")
    return whole[: len(whole) * 2 // 3]


def truncated_heic() -> bytes:
    return HEIC[: len(HEIC) * 2 // 3]


def png_with_damaged_pixels() -> bytes:
    whole = bytearray(saved(picture(), "PNG"))
    whole[len(whole) // 2] ^= 0xFF
    return bytes(whole)


def jpeg_of_many_scans() -> bytes:
    """Ninety passes over the pixels in a small file: cheap to send, dear to decode."""
    whole = jpeg(progressive=True)
    scan = whole.rindex(b"\xff\xda")
    return whole[:-2] + whole[scan:-2] * 90 + b"\xff\xd9"


def jpeg_of_two_sizes() -> bytes:
    """A second frame header that claims other measures than the first."""
    whole = jpeg()
    place = whole.index(b"\xff\xc0")
    length = 2 + int.from_bytes(whole[place + 2 : place + 4], "big")
    other = whole[place : place + 5] + struct.pack(">HH", 9000, 9000)
    return whole[:place] + other + whole[place + 9 : place + length] + whole[place:]


# Odd but right


def cmyk_jpeg() -> bytes:
    return saved(picture("CMYK"), "JPEG")


def jpeg_with_odd_sampling() -> bytes:
    """Blue twice as fine downwards and red to the right, which no camera does and Pillow reads."""
    data = saved(picture(), "JPEG", subsampling=0)
    # Of the frame header: numbers of the colours, their sampling and table.
    plain, odd = b"\x01\x11\x00\x02\x11\x01\x03\x11\x01", b"\x01\x11\x00\x02\x12\x01\x03\x21\x01"
    assert data.count(plain) == 1
    return data.replace(plain, odd)


def png_16bit() -> bytes:
    """Grey in 16 bits: 40,000 of 65,535 with the upper left quarter at 10,000."""
    light, dark = struct.pack("<H", 40_000) * 320, struct.pack("<H", 10_000) * 320
    rows = (dark + light) * 240 + (light + light) * 240
    return saved(Image.frombytes("I;16", (640, 480), rows), "PNG")


def mpo() -> bytes:
    return saved(picture(), "MPO", save_all=True, append_images=[picture().rotate(180)])


def box(kind: bytes, body: bytes = b"") -> bytes:
    """As in ISO/IEC 14496-12."""
    return struct.pack(">I", 8 + len(body)) + kind + body


def film() -> bytes:
    """What a phone keeps of the moment before a picture."""
    return box(b"ftyp", b"mp42\0\0\0\0mp42isom") + box(b"moov") + box(b"mdat", bytes(range(256)))


def makers_notes() -> bytes:
    """As Samsung's phones append them: the notes, where each lies, and how long that list is."""
    note = b"\0\0\x01\x0a" + struct.pack("<I", 14) + b"Image_UTC_Data1795852800000"
    places = struct.pack("<4sII4sII", b"SEFH", 106, 1, note[:4], len(note), len(note))
    return note + places + struct.pack("<I4s", len(places), b"SEFT")


# What cameras write behind the picture itself.
APPENDED: dict[str, Callable[[], bytes]] = {
    "another picture": jpeg,
    "a preview after a gap": lambda: bytes(512) + jpeg(quality=30),
    "a film": film,
    "notes": makers_notes,
    "notes as text": lambda: b'vivo{"com.example.camera":{"specimen":true}}',
    "a byte too much": lambda: b"\xff",
}


def jpeg_of_photoshop() -> bytes:
    """Its block of settings has a page's beginning, of another kind of document."""
    plist = b'<?xml version="1.0"?><!DOCTYPE plist PUBLIC "-//Apple Computer//DTD PLIST 1.0//EN">'
    body = b"Photoshop 3.0\x008BIM\x03\xe9\0\0" + struct.pack(">I", len(plist)) + plist
    whole = jpeg()
    return whole[:2] + b"\xff\xed" + struct.pack(">H", 2 + len(body)) + body + whole[2:]


def jpeg_with_exif_gps_and_orientation(orientation: int = 6) -> bytes:
    """Stored so that a reader who obeys the orientation sees the red quarter upper left."""
    exif = Image.Exif()
    exif[271], exif[272], exif[274] = "SPECIMEN", "CAMERA 99", orientation
    exif.get_ifd(34853).update({1: "N", 2: (30.0, 15.0, 0.0), 3: "E", 4: (120.0, 10.0, 0.0)})
    stored = {
        1: None,
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }[orientation]
    im = picture() if stored is None else picture().transpose(stored)
    return saved(im, "JPEG", exif=exif, comment=b"taken by SPECIMEN CAMERA")
