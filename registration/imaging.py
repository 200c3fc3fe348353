"""Pictures: what comes in is checked and re-encoded. Bytes in, bytes out.

Nothing here opens a file, a database or a network connection. `inspect` is for the request that
takes the upload: it decodes nothing. `clean` and `thumbnail` decode and belong to a worker. What a
person sees always went through `clean`, and bears marks (registration.marks): the bytes that were
sent are never served.
"""

from __future__ import annotations

import io
from dataclasses import dataclass, field
from functools import cached_property
from importlib import import_module
from typing import Any

from pi_heif import HeifImageFile
from PIL import Image
from PIL.ImageFile import ImageFile
from PIL.JpegImagePlugin import JpegImageFile
from PIL.PngImagePlugin import PngImageFile
from PIL.WebPImagePlugin import WebPImageFile

from registration import containers
from registration.containers import PictureError

__all__ = [
    "Header",
    "Picture",
    "PictureError",
    "clean",
    "encode",
    "inspect",
    "thumbnail",
]

MAX_BYTES = 15 * 1024 * 1024
MAX_PIXELS = 50_000_000
# Of what must be decoded whole: telephones give 24 megapixels, and a small PNG unpacks to anything.
MAX_WHOLE_PIXELS = 25_000_000
# Half of what a telephone takes is 2016 to 2104 pixels wide. To shrink that to 2000 would cost more
# than all else after the decoding, and sharpness.
SLACK = 1.06
# A pen is far darker than this below the paper; JPEG noise is not.
BLANK_CONTRAST = 40
MIN_SIDE = 320
# The longer side over the shorter one: what is kept of a strip is too narrow to show anything.
MAX_ASPECT = 16
SMALL = 1000
# A copy of so many pixels or fewer is for faces.
ROUGH = 1280

# The classes themselves and not Image.open: no registry, no guess by another plugin, and a phone's
# MPO is its first frame. Pillow's own bomb check lives in Image.open; ours replaces it.
READERS: dict[str, type[ImageFile]] = {
    "JPEG": JpegImageFile,
    "PNG": PngImageFile,
    "WEBP": WebPImageFile,
    "HEIF": HeifImageFile,
}

# EXIF orientation -> how to turn the pixels upright (Exif 3.0, tag 274).
UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
# The same for an array: whether rows become columns, and then OpenCV's code of a flip.
TURNED: dict[int, tuple[bool, int | None]] = {
    2: (False, 1),
    3: (False, -1),
    4: (False, 0),
    5: (True, None),
    6: (True, 1),
    7: (True, -1),
    8: (True, 0),
}
ORIENTATION = 274
# What browsers write beside the pixels of a canvas: segments, and in Safari's Exif these tags.
OF_CANVAS = (b"JFIF\0", b"JFXX\0", b"ICC_PROFILE\0", b"Adobe\0")
DETAILS = 0x8769
# Orientation, resolution and its unit, position of the chroma, the place of the details.
CANVAS_TAGS = {ORIENTATION, 0x11A, 0x11B, 0x128, 0x213, DETAILS}
# Version, components, colour space, width and height.
CANVAS_DETAILS = {0x9000, 0x9101, 0xA000, 0xA001, 0xA002, 0xA003}


@dataclass(frozen=True, slots=True)
class Header:
    """What the file says of itself: width and height before orientation, bytes its length;
    ``is_from_canvas``: nothing in it that a browser's canvas does not write."""

    format: str
    width: int
    height: int
    bytes: int
    is_from_canvas: bool = False


@dataclass(frozen=True, eq=False)
class Picture:
    """A clean copy. ``pixels``: a Pillow image, or an array as ``array`` is."""

    pixels: Any = field(repr=False)
    quality: int

    @property
    def width(self) -> int:
        return self.size[0]

    @property
    def height(self) -> int:
        return self.size[1]

    @property
    def size(self) -> tuple[int, int]:
        if isinstance(self.pixels, Image.Image):
            return self.pixels.size
        height, width = self.pixels.shape[:2]
        return width, height

    @cached_property
    def array(self) -> Any:
        """Rows, columns, and blue, green and red, as OpenCV has them."""
        if not isinstance(self.pixels, Image.Image):
            return self.pixels
        cv2, np = import_module("cv2"), import_module("numpy")
        return cv2.cvtColor(np.asarray(self.pixels), cv2.COLOR_RGB2BGR)

    @cached_property
    def small(self) -> Any:
        """The same, at most SMALL pixels on the longer side: enough to judge a picture, to find
        what lies on it and to know it again."""
        scale = SMALL / max(self.size)
        if scale >= 1:
            return self.array
        cv2 = import_module("cv2")
        return cv2.resize(self.array, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)

    @cached_property
    def jpeg(self) -> bytes:
        """A plain RGB JPEG. Whoever wants the pixels alone need not wait for it."""
        return encode(self.pixels, self.quality)


def inspect(data: bytes, *, min_side: int = MIN_SIDE) -> Header:
    """Check a file by its structure alone; a few milliseconds whatever it claims to be.

    Raises PictureError. `min_side` is lower for what is small by nature, such as a signature.
    """
    if len(data) > MAX_BYTES:
        raise PictureError("too_many_bytes")
    found = containers.read(data)
    if found.animated:
        raise PictureError("animated")
    if not found.width or not found.height:
        raise PictureError("broken")
    if found.width * found.height > (MAX_WHOLE_PIXELS if found.whole else MAX_PIXELS):
        raise PictureError("too_many_pixels")
    shorter, longer = sorted((found.width, found.height))
    if shorter < min_side or longer > MAX_ASPECT * shorter:
        raise PictureError("too_small")
    is_from_canvas = found.format == "JPEG" and all(map(_is_of_canvas, found.beside))
    return Header(found.format, found.width, found.height, len(data), is_from_canvas)


def _is_of_canvas(part: bytes) -> bool:
    """Whether a canvas may have written this segment: a profile, measures; never the name of a
    camera or a program, a time, a place or a comment."""
    if not part.startswith(b"Exif\0\0"):
        return part.startswith(OF_CANVAS)
    try:
        exif = Image.Exif()
        exif.load(part)
        return set(exif) <= CANVAS_TAGS and set(exif.get_ifd(DETAILS)) <= CANVAS_DETAILS
    except Exception:
        return False  # no browser writes a damaged block


def clean(
    data: bytes,
    *,
    longest: int = 2000,
    quality: int = 85,
    min_side: int = MIN_SIDE,
    is_inspected: bool = False,
    as_array: bool = False,
) -> Picture:
    """Decode, turn upright and bound the longest side: `longest`, or what a camera has beyond it
    (SLACK). EXIF, comments, colour profile and further frames are gone. ``is_inspected``: these
    very bytes have been, and to walk through megabytes again would tell nothing. ``as_array``: a
    plain JPEG's pixels, the same ones, come as an array in nine tenths of the time; for workers,
    who carry numpy and OpenCV anyway.

    Raises PictureError and nothing else, whatever the bytes.
    """
    kind = containers.format_of(data) if is_inspected else inspect(data, min_side=min_side).format
    try:
        im, scale = _opened(data, kind, longest)
        pixels = _array(im, data, scale, longest) if as_array else None
        if pixels is None:
            pixels = _upright(_decode(im, scale), longest)
    except PictureError:
        raise
    except Exception as error:
        # Decoders raise what they like: OSError, SyntaxError, struct.error, MemoryError, a warning
        # turned into an error. To the clerk they all mean the same.
        raise PictureError("broken") from error
    return Picture(pixels, quality)


def is_blank(jpeg: bytes) -> bool:
    """Whether there is nothing on it: no pixel differs clearly from the others."""
    shades = Image.open(io.BytesIO(jpeg)).convert("L").histogram()
    used = [shade for shade, pixels in enumerate(shades) if pixels]
    return used[-1] - used[0] < BLANK_CONTRAST


def thumbnail(jpeg: bytes, side: int = 320) -> bytes:
    """A small JPEG of one of our own copies, neither side longer than `side`."""
    im = Image.open(io.BytesIO(jpeg), formats=("JPEG",))
    im.thumbnail((side, side), Image.Resampling.LANCZOS)
    return encode(im.convert("RGB"), quality=80)


def _opened(data: bytes, kind: str, longest: int) -> tuple[ImageFile, int]:
    """The file before anything is decoded, and by how much it may be smaller when it is."""
    im = READERS[kind](io.BytesIO(data))
    if im.width * im.height > MAX_PIXELS:  # the decoder may believe another header than we did
        raise PictureError("too_many_pixels")
    return im, max((s for s in (1, 2, 4, 8) if max(im.size) // s >= longest), default=1)


def _decode(im: ImageFile, scale: int) -> ImageFile:
    im.draft(None, (im.width // scale, im.height // scale))
    im.load()
    return im


def _is_plain(im: ImageFile, scale: int, longest: int) -> bool:
    """Whether an array is made of it: a JPEG in three colours that needs no fine filter."""
    is_small = -(-max(im.size) // scale) <= longest * SLACK
    return isinstance(im, JpegImageFile) and im.mode == "RGB" and (is_small or longest <= ROUGH)


def _array(im: ImageFile, data: bytes, scale: int, longest: int) -> Any:
    """None where the file is not plain, or its decoder finds anything odd: what to think of that
    is left to Pillow's."""
    if not _is_plain(im, scale, longest):
        return None
    height, width = -(-im.height // scale), -(-im.width // scale)
    decode = import_module("simplejpeg").decode_jpeg
    try:
        bgr = decode(data, "BGR", min_height=height, min_width=width)
    except ValueError:
        return None
    cv2 = import_module("cv2")
    if max(bgr.shape) > longest * SLACK:
        factor = longest / max(bgr.shape)
        bgr = cv2.resize(bgr, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)
    is_transposed, flip = TURNED.get(_orientation(im), (False, None))
    if is_transposed:
        bgr = cv2.transpose(bgr)
    return bgr if flip is None else cv2.flip(bgr, flip)


def _upright(im: ImageFile, longest: int) -> Image.Image:
    turn = UPRIGHT.get(_orientation(im))
    rgb = _rgb(im)
    if max(rgb.size) > longest * SLACK:
        # Where nobody reads print, a filter of a third of the width does, in half the time.
        filters = Image.Resampling
        rgb.thumbnail((longest, longest), filters.LANCZOS if longest > ROUGH else filters.HAMMING)
    return rgb.transpose(turn) if turn is not None else rgb


def _orientation(im: ImageFile) -> int:
    try:
        return int(im.getexif().get(ORIENTATION, 1))
    except Exception:
        # A damaged EXIF block is no reason to refuse good pixels; the clerk sees how it lies.
        return 1


def _rgb(im: Image.Image) -> Image.Image:
    if im.mode.startswith("I"):
        # 16-bit grey: Pillow's own conversion clips at 255 and gives a white page.
        im = im.point(lambda value: value / 256).convert("L")
    elif im.has_transparency_data:
        alpha = im if im.mode == "RGBA" else im.convert("RGBA")
        im = Image.new("RGB", im.size, "white")
        im.paste(alpha, mask=alpha)
    # A needless copy of 50 megapixels is 200 MB.
    return im if im.mode == "RGB" else im.convert("RGB")


def encode(im: Any, quality: int) -> bytes:
    """A plain JPEG of a Pillow image, without whatever was said beside the pixels, or of an array
    of blue, green and red, which takes two thirds of the time."""
    if not isinstance(im, Image.Image):
        jpeg: bytes = import_module("simplejpeg").encode_jpeg(im, quality, "BGR", "420")
        return jpeg
    im.info.clear()  # Pillow writes a comment it finds here
    out = io.BytesIO()
    im.save(out, "JPEG", quality=quality)
    return out.getvalue()
