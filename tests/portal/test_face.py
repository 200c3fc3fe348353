"""Engines that compare faces: another system's over real HTTP, and the one that lies in a wheel."""

import io
import subprocess
import sys
import traceback
from collections.abc import Iterator
from uuid import uuid4

import httpx
import pytest
from PIL import Image
from pytest_django.fixtures import Settings

from outlets.bridge.people import PEOPLE, Person
from portal.gateways import Rejected, Unavailable, face
from portal.gateways.face import FaceEngine, HttpFace, Result
from portal.gateways.http import connection
from registration import specimens
from tests.portal.services import ROOT, RunningService, running_face
from tests.specimens import jpeg

PATIENT, HURRIED = 10.0, 0.4
WANG, LI = PEOPLE["wang"], PEOPLE["li"]
SOME = [WANG, LI, PEOPLE["liu"], PEOPLE["foreign"]]
TRAVELLER = specimens.TRAVELLERS["anna"]


@pytest.fixture(scope="module")
def process() -> Iterator[RunningService]:
    with running_face() as service:
        yield service


@pytest.fixture
def service(process: RunningService) -> Iterator[RunningService]:
    yield process
    process.mode("ok")


@pytest.fixture
def other(service: RunningService) -> FaceEngine:
    return HttpFace(connection(service.url, "demo", PATIENT))


@pytest.fixture
def embedded(settings: Settings) -> FaceEngine:
    settings.FACE_URL = ""
    return face.client()


def key() -> str:
    return str(uuid4())


def small(person: Person) -> tuple[bytes, bytes]:
    return specimens.live_photo(person, (600, 800)), specimens.id_front(person, (1100, 694))


# Another system -----------------------------------------------------------------------------


def test_an_engine_says_result_score_threshold_and_its_name(other: FaceEngine) -> None:
    answer = other.compare(*small(WANG), key())

    assert answer == face.Answer(Result.ALIKE, 91.25, 80.0, "DEMO 1.0")


def test_an_engine_that_is_switched_to_wrong_finds_nobody_alike(
    service: RunningService, other: FaceEngine
) -> None:
    service.mode("wrong")

    assert other.compare(*small(WANG), key()).result == Result.DIFFERS


def test_a_lost_answer_is_asked_for_again_with_the_same_key(
    service: RunningService, other: FaceEngine
) -> None:
    service.mode("duplicate")

    assert other.compare(*small(WANG), key()).result == Result.ALIKE


@pytest.mark.parametrize(
    ("mode", "reason"), [("slow", "timeout"), ("down", "http_503"), ("garbage", None)]
)
def test_a_failing_engine_is_unavailable_and_its_errors_carry_no_picture(
    service: RunningService, mode: str, reason: str | None
) -> None:
    hurried = HttpFace(connection(service.url, "demo", HURRIED))
    service.mode(mode, seconds=HURRIED + 0.3)

    with pytest.raises(Unavailable) as caught:
        hurried.compare(*small(WANG), key())

    assert reason in (None, caught.value.reason)
    assert "/9j/" not in "".join(traceback.format_exception(caught.value))


def test_what_is_no_picture_or_too_large_is_not_compared(other: FaceEngine) -> None:
    with pytest.raises(Rejected, match="not_a_picture"):
        other.compare(b"GIF89a", jpeg(), key())
    with pytest.raises(Rejected, match="too_large"):
        other.compare(b"\xff\xd8\xff" + bytes(face.MOST_BYTES), jpeg(), key())


@pytest.mark.parametrize(
    "said",
    [
        {"result": "certainly"},
        {"score": "91.25"},
        {"score": True},
        {"score": None},
        {"score": float("nan")},
        {"score": 1e9},
        {"threshold": None},
        {"engine": "<script>"},
        {"engine": ""},
        {"result": "differs"},  # with a score above the threshold
        {"score": 12.5},  # alike, below it
    ],
)
def test_an_answer_that_makes_no_sense_is_no_answer(said: dict[str, object]) -> None:
    good = {"result": "alike", "score": 91.25, "threshold": 80.0, "engine": "X"}

    class Says:
        def post(self, _path: str, _body: object, _key: str) -> dict[str, object]:
            return good | said

    with pytest.raises(Unavailable, match="schema"):
        HttpFace(Says()).compare(jpeg(), jpeg(), key())  # type: ignore[arg-type]


def test_a_fake_takes_pictures_and_others_only_what_they_need(service: RunningService) -> None:
    headers = {"Authorization": "Bearer demo", "Idempotency-Key": key()}
    url = f"{service.url}/v1/comparisons"

    longer = httpx.post(url, content=b"x" * 4_000_000, headers=headers, trust_env=False)

    assert longer.status_code == 413


def test_the_settings_choose_the_engine(settings: Settings, service: RunningService) -> None:
    settings.FACE_URL, settings.FACE_TOKEN = service.url, "demo"

    assert face.client().compare(*small(WANG), key()).engine == "DEMO 1.0"


# The embedded one ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    "person", [WANG, LI, PEOPLE["liu"], PEOPLE["foreign"]], ids=lambda p: p.key
)
def test_people_are_alike_to_their_own_cards(embedded: FaceEngine, person: Person) -> None:
    answer = embedded.compare(*small(person), key())

    assert answer.result == Result.ALIKE
    assert answer.score is not None
    assert answer.score >= answer.threshold == 0.45
    assert answer.engine.startswith("SFace")


def test_a_page_of_a_passport_and_a_portrait_of_a_chip_s_size_do_as_well(
    embedded: FaceEngine,
) -> None:
    page = embedded.compare(
        specimens.live_photo(TRAVELLER, (600, 800)), specimens.data_page(TRAVELLER), key()
    )
    chip = embedded.compare(small(WANG)[0], portrait(WANG), key())

    assert (page.result, chip.result) == (Result.ALIKE, Result.ALIKE)


def test_somebody_else_differs(embedded: FaceEngine) -> None:
    answer = embedded.compare(specimens.stranger((600, 800)), small(WANG)[1], key())

    assert answer.result == Result.DIFFERS
    assert answer.score is not None
    assert answer.score < 0.30


def test_a_picture_without_a_face_has_no_score(embedded: FaceEngine) -> None:
    for pair in ((jpeg(), small(WANG)[1]), (small(WANG)[0], specimens.id_back(WANG))):
        answer = embedded.compare(*pair, key())

        assert (answer.result, answer.score) == (Result.NO_FACE, None)


def test_two_people_side_by_side_are_several(embedded: FaceEngine) -> None:
    answer = embedded.compare(together(WANG, LI, 600), small(WANG)[1], key())

    assert (answer.result, answer.score) == (Result.SEVERAL, None)


def test_who_passes_by_behind_is_not_in_the_way(embedded: FaceEngine) -> None:
    answer = embedded.compare(together(WANG, LI, 240), small(WANG)[1], key())

    assert answer.result == Result.ALIKE


def test_what_cannot_be_decoded_is_unavailable(embedded: FaceEngine) -> None:
    for rubbish in (b"", b"\xff\xd8\xff" + bytes(100)):
        with pytest.raises(Unavailable):
            embedded.compare(rubbish, jpeg(), key())


def test_only_who_compares_carries_opencv_and_nothing_is_said() -> None:
    program = (
        "import django; django.setup()\n"
        "import sys, registration.urls\n"
        "from portal.gateways import face\n"
        "assert 'cv2' not in sys.modules\n"
        "face.client()\n"
        "assert 'cv2' in sys.modules\n"
    )

    ended = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False
    )

    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "", "")


def portrait(person: Person) -> bytes:
    """As a vendor's service gives it: 102 x 126 pixels."""
    return encoded(specimens.bust(person, (102, 126)))


def together(near: Person, other: Person, width: int) -> bytes:
    """Two people in one picture; ``width`` is the other's, of 600."""
    im = Image.new("RGB", (1200, 800), "#cfd8df")
    im.paste(opened(specimens.live_photo(near, (600, 800))), (0, 0))
    im.paste(opened(specimens.live_photo(other, (width, width * 4 // 3))), (600, 0))
    return encoded(im)


def opened(data: bytes) -> Image.Image:
    return Image.open(io.BytesIO(data))


def encoded(im: Image.Image) -> bytes:
    out = io.BytesIO()
    im.save(out, "JPEG", quality=90)
    return out.getvalue()
