"""Files that want to crash, fill or stall whoever opens them, and a process that opens them.

``python -m tests.hostile FOLDER`` opens every file of the folder as the product does, each in a
child of its own under the limits below, and prints a line of JSON for each.
"""

import json
import os
import resource
import struct
import sys
import warnings
import zlib
from collections.abc import Callable
from pathlib import Path

from PIL import Image

from registration import imaging, marks, quality, screen
from tests import specimens

SECONDS, MEGABYTES = 1.0, 300
# The most that a child may do before the kernel ends it: enough to be measured and told.
CPU_LIMIT, MEMORY_LIMIT = 10, 2_000_000_000


def jpeg_that_claims(width: int, height: int, **options: object) -> bytes:
    """The pixels are 640 x 480, the header says otherwise."""
    whole = specimens.jpeg(**options)
    place = min(at for at in map(whole.find, (b"\xff\xc0", b"\xff\xc2")) if at > 0) + 5
    return whole[:place] + struct.pack(">HH", height, width) + whole[place + 4 :]


def heic_that_claims(width: int, height: int) -> bytes:
    place = specimens.HEIC.index(b"ispe") + 8
    return specimens.HEIC[:place] + struct.pack(">II", width, height) + specimens.HEIC[place + 8 :]


def webp_that_claims(width: int, height: int) -> bytes:
    """A canvas of any size around 640 x 480 pixels."""
    inner = specimens.saved(specimens.picture(), "WEBP")[12:]
    canvas = b"\0\0\0\0" + (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    body = b"WEBPVP8X" + struct.pack("<I", 10) + canvas + inner
    return b"RIFF" + struct.pack("<I", len(body)) + body


def png_bomb(side: int, depth: int, colours: int) -> bytes:
    """Square and black: a thousandth of what it unpacks to. ``colours`` as in the header (2 RGB,
    6 RGBA)."""
    row = bytes(1 + side * (4 if colours == 6 else 3) * depth // 8)
    packer = zlib.compressobj(9)
    packed = b"".join([*(packer.compress(row) for _ in range(side)), packer.flush()])
    header = struct.pack(">IIBBBBB", side, side, depth, colours, 0, 0, 0)
    return _png(header, packed)


def png_with(kind: bytes, body: bytes, times: int = 1) -> bytes:
    whole = specimens.saved(specimens.picture(), "PNG")
    return whole[:33] + specimens.chunk(kind, body) * times + whole[33:]


def png_profile_bomb() -> bytes:
    """A colour profile of 200 MB in 200 kB."""
    return png_with(b"iCCP", b"x\0\0" + zlib.compress(bytes(200_000_000), 9))


def png_text_bombs() -> bytes:
    return png_with(b"zTXt", b"x\0\0" + zlib.compress(bytes(1_000_000), 9), times=2_000)


def png_with_too_many_pixels_packed() -> bytes:
    """A small header before 300 MB of pixels."""
    return _png(struct.pack(">IIBBBBB", 640, 480, 8, 2, 0, 0, 0), zlib.compress(bytes(3 * 10**8)))


def jpeg_with_exif(ifd: bytes) -> bytes:
    return specimens.jpeg(exif=b"Exif\0\0" + ifd)


def exif_that_goes_in_circles() -> bytes:
    """Each directory is its own sub-directory and its own successor."""
    tags = b"".join(struct.pack(">HHII", tag, 4, 1, 8) for tag in (0x8769, 0x8825, 0xA005))
    return jpeg_with_exif(b"MM\0*\0\0\0\x08" + struct.pack(">H", 3) + tags + struct.pack(">I", 8))


def exif_of_four_thousand_million_values() -> bytes:
    tag = struct.pack(">HHII", 0x0112, 3, 0xFFFFFFFF, 0)
    return jpeg_with_exif(b"MM\0*\0\0\0\x08\xff\xff" + tag * 4_000)


def profiles_in_pieces() -> bytes:
    """Two hundred and fifty pieces of a colour profile, each saying that it is the first."""
    whole = specimens.jpeg()
    piece = b"ICC_PROFILE\0\x01\xff" + bytes(40_000)
    segment = b"\xff\xe2" + struct.pack(">H", len(piece) + 2) + piece
    return whole[:2] + segment * 250 + whole[2:]


def long_progressive() -> bytes:
    """Forty-nine megapixels whose coefficients must all be held until the last pass."""
    return specimens.saved(
        Image.new("RGB", (7000, 7000), "#eaf3f7"), "JPEG", progressive=True, subsampling=0
    )


def moving_avif() -> bytes:
    whole = specimens.saved(specimens.picture(), "AVIF")
    return whole.replace(b"ftypavif", b"ftypavis")


def _png(header: bytes, packed: bytes) -> bytes:
    parts = ((b"IHDR", header), (b"IDAT", packed), (b"IEND", b""))
    return specimens.png_of(*(specimens.chunk(kind, body) for kind, body in parts))


FILES: dict[str, Callable[[], bytes]] = {
    "empty": bytes,
    "one byte": lambda: b"\xff",
    "only a mark of its kind": lambda: b"\x89PNG\r\n\x1a\n",
    "sixty thousand fill bytes": lambda: b"\xff\xd8" + b"\xff" * 60_000,
    "random bytes": lambda: b"\xff\xd8\xff" + os.urandom(2_000_000),
    "jpeg of 65,535 x 65,535": lambda: jpeg_that_claims(65_535, 65_535),
    "jpeg that claims 7,000 x 7,000": lambda: jpeg_that_claims(7_000, 7_000),
    "progressive that claims 7,000 x 7,000": lambda: jpeg_that_claims(
        7_000, 7_000, progressive=True
    ),
    "progressive of 49 megapixels": long_progressive,
    "jpeg of many scans": specimens.jpeg_of_many_scans,
    "jpeg of two sizes": specimens.jpeg_of_two_sizes,
    "jpeg of a hundred thousand segments": lambda: (
        b"\xff\xd8" + b"\xff\xfe\x00\x02" * 100_000 + specimens.jpeg()[2:]
    ),
    "jpeg of 40,000 x 320": lambda: specimens.saved(
        Image.effect_noise((40_000, 320), 60).convert("RGB"), "JPEG"
    ),
    "exif in circles": exif_that_goes_in_circles,
    "exif of 4,294,967,295 values": exif_of_four_thousand_million_values,
    "a profile in 250 first pieces": profiles_in_pieces,
    "heic of 4,000,000,000 x 4,000,000,000": lambda: heic_that_claims(4 * 10**9, 4 * 10**9),
    "heic that claims 7,000 x 7,000": lambda: heic_that_claims(7_000, 7_000),
    "heic that claims less": lambda: heic_that_claims(400, 400),
    "webp of 16,777,216 x 16,777,216": lambda: webp_that_claims(1 << 24, 1 << 24),
    "webp that claims 7,000 x 7,000": lambda: webp_that_claims(7_000, 7_000),
    "png of 200 megapixels": specimens.png_of_200_megapixels,
    "png of 49 megapixels and 16 bits": lambda: png_bomb(7_000, 16, 6),
    "png of 25 megapixels and 16 bits": lambda: png_bomb(4_999, 16, 6),
    "png of 49 megapixels": lambda: png_bomb(7_000, 8, 2),
    "png with 300 MB behind a small header": png_with_too_many_pixels_packed,
    "png with a profile of 200 MB": png_profile_bomb,
    "png with 2 GB of text": png_text_bombs,
    "png of a hundred thousand chunks": lambda: png_with(b"tEXt", b"a\0b", times=100_000),
    "animated png": specimens.animated_png,
    "animated webp": specimens.animated_webp,
    "animated gif": specimens.animated_gif,
    "animated avif": moving_avif,
    "jpeg and zip": specimens.jpeg_with_zip_tail,
    "jpeg and pdf": specimens.jpeg_that_is_also_a_pdf,
    "jpeg and html": specimens.jpeg_with_html_tail,
    "jpeg and php": lambda: specimens.jpeg(comment=b"<?php system($_GET[0]); ?>"),
    "png and zip": specimens.png_with_zip_chunk,
    "webp and html": specimens.webp_with_html_tail,
    "heic and zip": specimens.heic_with_zip_tail,
    "svg": specimens.svg,
    "postscript": lambda: b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 640 480\n",
    "truncated jpeg": specimens.truncated_jpeg,
    "truncated png": specimens.truncated_png,
    "truncated webp": specimens.truncated_webp,
    "truncated heic": specimens.truncated_heic,
}
# What is odd about these goes with the re-encoding, and the rest is a picture.
HARMLESS = {
    "exif in circles",
    "exif of 4,294,967,295 values",
    "a profile in 250 first pieces",
    "jpeg that claims 7,000 x 7,000",
    "png of 25 megapixels and 16 bits",
    "png with 300 MB behind a small header",
}


def write(folder: Path) -> None:
    for name, make in FILES.items():
        (folder / name).write_bytes(make())


def main(folder: str) -> None:
    for path in sorted(Path(folder).iterdir()):
        ours, theirs = os.pipe()
        if not os.fork():
            _open(path, theirs)
        os.close(theirs)
        with open(ours, "rb") as pipe:
            said = pipe.read()
        _pid, _status, used = os.wait3(0)
        found = json.loads(said or '{"outcome": "died", "megabytes": 0}')
        seconds = used.ru_utime + used.ru_stime  # of the processor: others may be busy too
        print(json.dumps(found | {"name": path.name, "seconds": seconds}))


def _open(path: Path, pipe: int) -> None:
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_LIMIT, CPU_LIMIT))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_LIMIT, MEMORY_LIMIT))
    warnings.simplefilter("ignore")  # what Pillow thinks of damaged EXIF
    try:
        picture = imaging.clean(path.read_bytes(), as_array=True)
        quality.judge("id_front", picture)
        screen.share(picture.small)
        marks.watermark(picture, ["仅限示例移动使用"])
        outcome = "picture"
    except imaging.PictureError as refused:
        outcome = refused.code
    except BaseException as error:
        outcome = f"raised {type(error).__name__}"
    status = Path("/proc/self/status").read_text().splitlines()
    peak = next(int(line.split()[1]) // 1024 for line in status if line.startswith("VmHWM"))
    os.write(pipe, json.dumps({"outcome": outcome, "megabytes": peak}).encode())
    os._exit(0)


if __name__ == "__main__":
    main(sys.argv[1])
