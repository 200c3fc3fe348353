"""Pictures: refused with a sentence, or re-encoded with nothing left of where they came from."""

import io
import random
import struct
import time
import zlib
from collections.abc import Callable

import pytest
from PIL import Image, ImageChops

from outlets.bridge.people import PEOPLE
from registration import containers, imaging, marks
from registration import specimens as drawn
from registration.imaging import PictureError
from tests import specimens

WANG, LI = PEOPLE["wang"], PEOPLE["li"]
RED, PALE = (184, 50, 42), (234, 243, 247)

PALETTE = specimens.chunk(b"PLTE", b"")

REFUSED: list[tuple[Callable[[], bytes], str]] = [
    (bytes, "incomplete"),
    (specimens.text_named_jpg, "not_a_picture"),
    (specimens.zipped, "not_a_picture"),
    (specimens.pdf, "wrong_type"),
    (specimens.svg, "wrong_type"),
    (lambda: specimens.saved(specimens.picture(), "BMP"), "wrong_type"),
    (lambda: specimens.saved(specimens.picture(), "TIFF"), "wrong_type"),
    (lambda: specimens.saved(specimens.picture(), "AVIF"), "wrong_type"),
    (specimens.animated_gif, "wrong_type"),
    (specimens.animated_png, "animated"),
    (specimens.animated_webp, "animated"),
    (lambda: specimens.HEIC.replace(b"ftypheic", b"ftyphevc"), "animated"),
    (specimens.png_of_200_megapixels, "too_many_pixels"),
    (lambda: specimens.jpeg() + bytes(imaging.MAX_BYTES), "too_many_bytes"),
    (lambda: specimens.saved(specimens.picture(size=(640, 319)), "JPEG"), "too_small"),
    (lambda: specimens.saved(specimens.picture(size=(5400, 320)), "JPEG"), "too_small"),
    (specimens.jpeg_with_zip_tail, "foreign_content"),
    (specimens.jpeg_with_html_tail, "foreign_content"),
    (lambda: specimens.jpeg() + b"Rar!\x1a\x07\x01\x00", "foreign_content"),
    (lambda: specimens.jpeg() + specimens.film() + b"7z\xbc\xaf\x27\x1c\0\4", "foreign_content"),
    (lambda: specimens.jpeg() + specimens.jpeg_with_script_comment(), "foreign_content"),
    (lambda: specimens.jpeg(comment=b"<!DOCTYPE\nhtml>"), "foreign_content"),
    (specimens.jpeg_with_script_comment, "foreign_content"),
    (specimens.jpeg_that_is_also_a_pdf, "foreign_content"),
    (lambda: specimens.mpo() + specimens.zipped(), "foreign_content"),
    (specimens.png_with_zip_tail, "foreign_content"),
    (specimens.png_with_zip_chunk, "foreign_content"),
    (specimens.webp_with_html_tail, "foreign_content"),
    (specimens.heic_with_zip_tail, "foreign_content"),
    (specimens.truncated_jpeg, "incomplete"),
    (lambda: specimens.jpeg()[:-2], "incomplete"),
    (lambda: specimens.jpeg()[:3], "incomplete"),
    (specimens.truncated_png, "incomplete"),
    (specimens.truncated_webp, "incomplete"),
    (specimens.truncated_heic, "incomplete"),
    (specimens.png_with_damaged_pixels, "broken"),
    (specimens.jpeg_of_many_scans, "broken"),
    (specimens.jpeg_of_two_sizes, "broken"),
    (lambda: b"\xff\xd8\xff\xd9", "broken"),
    (lambda: b"\xff\xd8" + b"\xff\xfe\x00\x02" * 20_000 + b"\xff\xd9", "broken"),
    (lambda: specimens.png_of(specimens.chunk(b"IEND", b"")), "broken"),
    (lambda: specimens.png_of(specimens.chunk(b"IHDR", bytes(13)), *[PALETTE] * 20_000), "broken"),
    (lambda: b"RIFF\x04\x00\x00\x00WEBP", "broken"),
    (lambda: b"RIFF\x10\x00\x00\x00WEBPVP8L\x04\x00\x00\x00\x2f\x00\x00\x00", "broken"),
    (lambda: specimens.HEIC + b"\x00\x00\x00\x08moov", "animated"),
    (lambda: specimens.HEIC + b"\x00\x00\x00\x08free" * 20_000, "broken"),
    (lambda: specimens.HEIC + b"\x00\x00\x00\x04free", "broken"),
]


@pytest.mark.parametrize(("make", "code"), REFUSED)
def test_what_is_no_sound_picture_is_refused_by_its_structure(
    make: Callable[[], bytes], code: str
) -> None:
    with pytest.raises(PictureError) as refused:
        imaging.inspect(make())

    assert refused.value.code == code
    assert refused.value.text.endswith("。")


@pytest.mark.parametrize(("make", "code"), REFUSED)
def test_the_worker_refuses_it_for_the_same_reason(make: Callable[[], bytes], code: str) -> None:
    with pytest.raises(PictureError) as refused:
        imaging.clean(make())

    assert refused.value.code == code


def test_a_bomb_is_refused_in_no_time_and_without_a_decoder(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    bomb = specimens.png_of_200_megapixels()
    monkeypatch.setattr(imaging, "READERS", {})
    started = time.perf_counter()

    with pytest.raises(PictureError):
        imaging.clean(bomb)

    assert len(bomb) < 100_000
    assert time.perf_counter() - started < 0.1


@pytest.mark.parametrize("pixels", [b"no zlib stream", zlib.compress(bytes(1921 * 480))[:-200]])
def test_pixels_that_do_not_decode_are_a_broken_picture(pixels: bytes) -> None:
    data = specimens.png_of(
        specimens.chunk(b"IHDR", struct.pack(">IIBBBBB", 640, 480, 8, 2, 0, 0, 0)),
        specimens.chunk(b"IDAT", pixels),
        specimens.chunk(b"IEND", b""),
    )
    imaging.inspect(data)

    with pytest.raises(PictureError) as refused:
        imaging.clean(data)

    assert refused.value.code == "broken"


def test_a_decoder_that_finds_more_pixels_than_the_header_said_is_stopped(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(
        containers, "read", lambda data: containers.Container("JPEG", width=640, height=480)
    )
    monkeypatch.setattr(imaging, "MAX_PIXELS", 640 * 480)

    with pytest.raises(PictureError) as refused:
        imaging.clean(specimens.saved(specimens.picture(size=(800, 600)), "JPEG"))

    assert refused.value.code == "too_many_pixels"


def test_the_header_is_read_without_decoding() -> None:
    data = specimens.saved(specimens.picture(size=(800, 600)), "WEBP", lossless=True)

    header = imaging.inspect(data)

    assert header == imaging.Header("WEBP", 800, 600, len(data))


@pytest.mark.parametrize(
    "make",
    [
        specimens.jpeg,
        lambda: specimens.jpeg(progressive=True),
        lambda: specimens.jpeg() + bytes(64),
        lambda: b"\xff\xd8\xff\xff" + specimens.jpeg()[3:],
        specimens.mpo,
        specimens.jpeg_of_photoshop,
        specimens.cmyk_jpeg,
        lambda: specimens.saved(specimens.picture(), "PNG"),
        lambda: specimens.saved(specimens.picture("P"), "PNG"),
        lambda: specimens.saved(specimens.picture("RGBA"), "PNG"),
        lambda: specimens.saved(specimens.picture(), "WEBP", quality=90),
        lambda: specimens.saved(specimens.picture(), "WEBP", lossless=True, exif=b"Exif\0\0MM\0*"),
        lambda: specimens.saved(specimens.picture("RGBA"), "WEBP", quality=90),
    ],
)
def test_every_sound_kind_becomes_a_plain_jpeg_of_the_same_look(make: Callable[[], bytes]) -> None:
    picture = imaging.clean(make())

    assert (picture.width, picture.height) == (640, 480)
    assert_red_is_upper_left(picture.jpeg)
    assert opened(picture.jpeg).mode == "RGB"


@pytest.mark.parametrize("what", specimens.APPENDED)
def test_what_a_camera_appends_is_left_behind(what: str) -> None:
    data = specimens.jpeg() + specimens.APPENDED[what]()

    picture = imaging.clean(data, as_array=True)

    assert picture.jpeg == imaging.clean(specimens.jpeg(), as_array=True).jpeg
    assert imaging.inspect(specimens.jpeg()).is_from_canvas
    assert not imaging.inspect(data).is_from_canvas


@pytest.mark.parametrize("kind", [b"mpvd", b"sefd"])
def test_a_phone_may_append_a_film_or_notes_to_heic_too(kind: bytes) -> None:
    data = specimens.HEIC + specimens.box(kind, specimens.film())

    assert imaging.clean(data).jpeg == imaging.clean(specimens.HEIC).jpeg


def test_a_picture_of_a_phone_is_turned_once_though_it_says_so_twice() -> None:
    picture = imaging.clean(specimens.HEIC)

    assert (picture.width, picture.height) == (480, 640)
    im = opened(picture.jpeg)
    assert near(im.getpixel((400, 100)), RED)
    assert near(im.getpixel((100, 100)), PALE)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_every_orientation_comes_upright_and_leaves_no_place_or_device(orientation: int) -> None:
    data = specimens.jpeg_with_exif_gps_and_orientation(orientation)

    picture = imaging.clean(data)

    assert_red_is_upper_left(picture.jpeg)
    assert b"SPECIMEN" in data
    assert b"SPECIMEN" not in picture.jpeg
    assert b"Exif" not in picture.jpeg
    assert not opened(picture.jpeg).getexif()


def test_a_damaged_exif_block_costs_the_orientation_and_not_the_picture(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def damaged(self: Image.Image) -> None:
        raise OSError

    data = specimens.jpeg()
    monkeypatch.setattr(Image.Image, "getexif", damaged)

    assert imaging.clean(data).width == 640


def test_sixteen_bits_of_grey_keep_their_shades() -> None:
    im = opened(imaging.clean(specimens.png_16bit()).jpeg)

    assert near(im.getpixel((100, 100)), (39, 39, 39))
    assert near(im.getpixel((500, 400)), (156, 156, 156))


@pytest.mark.parametrize("mode", ["RGBA", "LA", "P"])
def test_what_is_transparent_becomes_white(mode: str) -> None:
    clear = Image.new("RGBA", (640, 480), (0, 0, 0, 0))
    clear.paste((0, 0, 0, 255), (0, 0, 320, 240))

    im = opened(imaging.clean(specimens.saved(clear.convert(mode), "PNG")).jpeg)

    assert near(im.getpixel((100, 100)), (0, 0, 0))
    assert near(im.getpixel((500, 400)), (255, 255, 255))


@pytest.mark.parametrize("size", [(4000, 3000), (4032, 3024), (2600, 1000), (9000, 700)])
def test_the_longest_side_is_bounded_and_the_shape_stays(size: tuple[int, int]) -> None:
    data = specimens.saved(specimens.picture(size=size), "JPEG")

    picture = imaging.clean(data, longest=2000)

    assert 2000 <= max(picture.width, picture.height) <= 2000 * imaging.SLACK
    assert abs(picture.width / picture.height - size[0] / size[1]) < 0.02 * size[0] / size[1]
    assert_red_is_upper_left(picture.jpeg)


def test_a_box_of_heic_may_have_a_long_length() -> None:
    long_box = b"\x00\x00\x00\x01free" + struct.pack(">Q", 24) + bytes(8)

    assert imaging.inspect(specimens.HEIC + long_box).width == 640


@pytest.mark.parametrize("orientation", range(1, 9))
def test_an_array_is_turned_as_pillow_turns_a_picture(orientation: int) -> None:
    data = specimens.jpeg_with_exif_gps_and_orientation(orientation)

    array = imaging.clean(data, as_array=True).pixels

    assert (array == imaging.clean(data).array).all()


@pytest.mark.parametrize(
    "size", [(640, 480), (4001, 3001), (4032, 3024), (2600, 1000), (9000, 700)]
)
def test_an_array_has_the_same_pixels_at_every_scale(size: tuple[int, int]) -> None:
    data = specimens.saved(specimens.picture(size=size), "JPEG")

    picture = imaging.clean(data, as_array=True)

    assert picture.size == imaging.clean(data).size
    assert (picture.array == imaging.clean(data).array).all()


@pytest.mark.parametrize(
    "make",
    [
        lambda: specimens.jpeg(progressive=True),
        lambda: specimens.saved(specimens.picture("L"), "JPEG"),
        lambda: specimens.saved(specimens.picture("RGBA"), "PNG"),
        specimens.mpo,
        specimens.cmyk_jpeg,
        specimens.jpeg_with_odd_sampling,
        lambda: specimens.HEIC,
    ],
)
def test_who_asks_for_an_array_gets_the_same_of_every_kind(make: Callable[[], bytes]) -> None:
    data = make()

    picture = imaging.clean(data, as_array=True)

    assert (picture.array == imaging.clean(data).array).all()


def test_for_faces_an_array_is_as_small_as_was_asked() -> None:
    data = specimens.saved(specimens.picture(size=(3024, 4032)), "JPEG")

    picture = imaging.clean(data, longest=imaging.ROUGH, as_array=True)

    assert picture.size == (960, 1280)
    assert_red_is_upper_left(picture.jpeg)


def test_damage_is_told_the_same_when_an_array_is_asked_for() -> None:
    sound = [specimens.saved(specimens.picture(size=(400, 330)), "JPEG"), specimens.mpo()]
    chance = random.Random(20261128)

    files = [damaged(chance.choice(sound), chance) for _ in range(300)]

    assert [outcome(data, as_array=True) for data in files] == [outcome(data) for data in files]


def test_a_small_signature_passes_when_the_caller_asks_for_less() -> None:
    data = drawn.signature("王样本", (400, 160))

    assert imaging.clean(data, min_side=100).height == 160


def test_random_damage_gives_a_picture_or_a_refusal_and_nothing_else() -> None:
    small = specimens.picture(size=(400, 330))
    sound = [specimens.saved(small, kind) for kind in ("JPEG", "PNG", "WEBP")]
    sound += [specimens.mpo(), specimens.jpeg_with_exif_gps_and_orientation(), specimens.HEIC]
    chance = random.Random(20261122)

    outcomes = {outcome(damaged(chance.choice(sound), chance)) for _ in range(600)}

    assert {"picture", "incomplete", "broken", "foreign_content"} <= outcomes


def test_the_mark_covers_the_whole_picture_and_leaves_it_readable() -> None:
    picture = imaging.clean(drawn.id_front(WANG))
    card = picture.jpeg

    marked = marks.watermark(picture, ["仅限示例移动电话入网实名登记使用", "2026-11-22"])

    before, after = opened(card), opened(marked)
    assert after.size == before.size
    change = ImageChops.difference(before.convert("L"), after.convert("L"))
    for left, top in [(x, y) for x in (0, 800) for y in (0, 504)]:
        quarter = change.crop((left, top, left + 800, top + 504))
        assert any(quarter.histogram()[40:])
    changed = sum(change.histogram()[40:]) / (before.width * before.height)
    assert 0.01 < changed < 0.15


def test_of_a_clean_copy_no_pixels_without_the_mark_are_left() -> None:
    plain = specimens.saved(Image.new("RGB", (800, 600), "white"), "JPEG")
    picture = imaging.clean(plain, as_array=True)

    marks.watermark(picture, ["仅限示例移动电话入网实名登记使用"])

    assert picture.array.min() < 200
    assert min(opened(picture.jpeg).convert("L").tobytes()) < 200


@pytest.mark.parametrize("side", [marks.STEP - 1, marks.STEP + 1])
def test_pictures_of_nearly_one_size_are_marked_alike(side: int) -> None:
    plain = specimens.saved(Image.new("RGB", (side * 5, side * 4), "white"), "JPEG")

    picture = imaging.clean(plain)

    assert opened(marks.watermark(picture, ["样本"])).size == (side * 5, side * 4)


@pytest.mark.parametrize("size", [(400, 160), (320, 2000)])
def test_a_long_mark_fits_a_small_picture(size: tuple[int, int]) -> None:
    plain = specimens.saved(Image.new("RGB", size, "white"), "JPEG")

    picture = imaging.clean(plain, min_side=min(size))

    marked = opened(marks.watermark(picture, ["仅限示例移动电话入网实名登记使用" * 3]))

    assert any(marked.convert("L").histogram()[:220])


def test_a_thumbnail_keeps_the_shape() -> None:
    small = opened(imaging.thumbnail(imaging.clean(drawn.live_photo(WANG)).jpeg))

    assert small.size == (240, 320)


def test_a_film_for_the_pretended_camera_is_its_frames_in_a_row() -> None:
    frame = drawn.live_photo(WANG, (480, 640))

    assert specimens.mjpeg([frame, frame]) == frame * 2


def opened(jpeg: bytes) -> Image.Image:
    im = Image.open(io.BytesIO(jpeg), formats=("JPEG",))
    im.load()
    return im


def near(seen: object, wanted: tuple[int, ...]) -> bool:
    assert isinstance(seen, tuple)
    return all(abs(a - b) <= 12 for a, b in zip(seen, wanted, strict=True))


def assert_red_is_upper_left(jpeg: bytes) -> None:
    im = opened(jpeg)
    quarters = [
        im.getpixel((im.width * x // 4, im.height * y // 4)) for y in (1, 3) for x in (1, 3)
    ]
    assert near(quarters[0], RED)
    assert all(near(colour, PALE) for colour in quarters[1:])


def damaged(sound: bytes, chance: random.Random) -> bytes:
    data = bytearray(sound)
    how = chance.randrange(4)
    if how == 0:
        for _ in range(chance.randint(1, 12)):
            data[chance.randrange(len(data))] = chance.randrange(256)
    elif how == 1:
        del data[chance.randrange(len(data)) :]
    elif how == 2:
        place = chance.randrange(len(data))
        data[place:place] = chance.randbytes(chance.randint(1, 64))
    else:
        place = chance.randrange(len(data))
        del data[place : place + chance.randint(1, 64)]
    return bytes(data)


def outcome(data: bytes, *, as_array: bool = False) -> str:
    try:
        imaging.clean(data, as_array=as_array)
    except PictureError as refused:
        return refused.code
    return "picture"
