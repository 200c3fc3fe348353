"""What passes for a portrait: by its length, its beginning and its end, and never decoded."""

import pytest

from outlets import frames

WLT = frames.PHOTO_HEADER + bytes(frames.PHOTO_BYTES - len(frames.PHOTO_HEADER))
START, END = b"\xff\xd8\xff", b"\xff\xd9"
LARGEST = START + bytes(frames.LONGEST_JPEG - 5) + END


def test_the_chips_picture_and_a_vendors_are_told_apart() -> None:
    assert (frames.is_wlt(WLT), frames.is_jpeg(WLT)) == (True, False)
    assert (frames.is_wlt(LARGEST), frames.is_jpeg(LARGEST)) == (False, True)


@pytest.mark.parametrize(
    "picture",
    [b"", WLT[:-1], WLT + b"\0", b"\0" + WLT[:-1], LARGEST[:-1], LARGEST[1:], LARGEST + END],
)
def test_what_is_cut_or_too_long_is_no_portrait(picture: bytes) -> None:
    assert not frames.is_wlt(picture)
    assert not frames.is_jpeg(picture)
