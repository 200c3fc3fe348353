"""The portrait that comes along with a card: recognised and kept, never decoded."""

from typing import Final

PHOTO_BYTES: Final = 1024
# "WL", then width 102 and height 126, each u16 little-endian.
PHOTO_HEADER: Final = b"WL" + (102).to_bytes(2, "little") + (126).to_bytes(2, "little")
# A vendor's service gives 102 x 126 pixels too: what is larger is another picture.
LONGEST_JPEG: Final = 64 * 1024
_JPEG_START: Final = b"\xff\xd8\xff"
_JPEG_END: Final = b"\xff\xd9"


def is_wlt(photo: bytes) -> bool:
    """Whether these can be the 1024 WLT bytes of the chip's 102 x 126 portrait."""
    return len(photo) == PHOTO_BYTES and photo.startswith(PHOTO_HEADER)


def is_jpeg(photo: bytes) -> bool:
    """Whether these can be a whole JPEG of a vendor's service, 64 KiB at most."""
    whole = photo.startswith(_JPEG_START) and photo.endswith(_JPEG_END)
    return whole and len(photo) <= LONGEST_JPEG
