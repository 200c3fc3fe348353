"""A picture that was taken of a screen is shown to people as one; nothing else is."""

import uuid
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from django.core.management import call_command

from outlets.bridge.people import PEOPLE
from registration import flow, imaging, intake, screen, specimens
from registration.bench import accuracy, screens
from registration.bench.screens import Tally
from registration.models import Application, Finding, Photo, PhotoStep
from registration.rules import engine
from registration.services import photo as photos
from registration.services import screen as stripes
from registration.services import study
from registration.specimens import surface
from registration.specimens.damage import CLEAN, DESKS, STRENGTHS, decoded
from registration.specimens.paper import chance_of
from registration.specimens.screen import Screen, filmed
from tests.cast import Cast
from tests.registration import work
from tests.registration.test_rules import BY_PROXY, GOOD

WANG = PEOPLE["wang"]
CARD, FACE = specimens.id_front(WANG), specimens.live_photo(WANG)


def share(jpeg: bytes) -> float:
    return screen.share(imaging.clean(jpeg).small)


# What turns -----------------------------------------------------------------------------


def wave(blue: float, green: float, red: float, *, right: float = 0.2) -> Any:
    """A picture with one wave, which is so far ahead (in waves) in each colour."""
    at = np.arange(480)[None, :, None] * right
    light = 128 + 40 * np.cos(2 * np.pi * (at + np.array((red, green, blue))))
    return np.broadcast_to(light, (480, 480, 3)).astype(np.uint8)


@pytest.mark.parametrize("ahead", [(0, 1 / 3, 2 / 3), (2 / 3, 1 / 3, 0)], ids=["rgb", "bgr"])
def test_a_hue_that_turns_all_over_the_picture_is_a_screen(ahead: tuple[float, ...]) -> None:
    assert screen.share(wave(*ahead)) == 1


@pytest.mark.parametrize(
    "ahead",
    [(0, 0, 0), (0, 0, 0.5), (0.5, 0, 0.5), (0, 0.05, 0)],
    ids=["grey", "blue against red", "green against both", "a lens that parts colours"],
)
@pytest.mark.parametrize("right", [0.2, 0.35])
def test_a_hue_that_swings_is_none(ahead: tuple[float, ...], right: float) -> None:
    assert screen.share(wave(*ahead, right=right)) == 0


def test_a_wave_of_another_length_in_every_tile_is_none() -> None:
    tiles = [wave(0, 1 / 3, 2 / 3, right=0.1 + 0.06 * place)[:96, :96] for place in range(5)]
    rows = [np.hstack([tiles[(place + row * 2) % 5] for place in range(5)]) for row in range(5)]

    assert screen.share(np.vstack(rows)) == 0


def test_a_patch_of_stripes_in_a_picture_is_none() -> None:
    picture = np.full((960, 960, 3), 200, np.uint8)
    picture[:96, :192] = wave(0, 1 / 3, 2 / 3)[:96, :192]

    assert not screen.is_screen(screen.share(picture))


def test_a_picture_of_a_few_pixels_says_nothing() -> None:
    assert screen.share(wave(0, 1 / 3, 2 / 3)[:90]) == 0


# What a camera sees ------------------------------------------------------------------------


@pytest.mark.parametrize("page", screens.PAGES)
@pytest.mark.parametrize("shown", [Screen(2.8), Screen(5.0), Screen(2.6, "bgr")], ids=str)
def test_a_sharp_picture_of_a_screen_is_found(shown: Screen, page: str) -> None:
    assert screen.is_screen(share(screens.of_screen(shown, CLEAN, page, "a")))


@pytest.mark.parametrize("page", screens.PAGES)
def test_stripes_whose_turning_the_camera_s_mosaic_halves_are_found(page: str) -> None:
    assert screen.is_screen(share(screens.of_screen(Screen(3.2), CLEAN, page, "a")))


def test_a_screen_is_found_aslant_with_grain_and_a_reflection() -> None:
    jpeg = filmed(decoded(CARD), STRENGTHS["mild"], seed="a", screen=Screen(5.0))

    assert screen.is_screen(share(jpeg))


def test_a_telephone_s_finer_sensor_sees_it_too() -> None:
    jpeg = filmed(decoded(CARD), CLEAN, seed="a", screen=Screen(4.0, finer=2))

    assert screen.is_screen(share(jpeg))


def test_what_is_out_of_focus_is_not_found() -> None:
    jpeg = filmed(decoded(CARD), STRENGTHS["extreme"], seed="a", screen=Screen(2.8))

    assert share(jpeg) == 0


@pytest.mark.parametrize("desk", DESKS)
@pytest.mark.parametrize("strength", ["clean", "heavy"])
def test_the_card_itself_is_no_screen(strength: str, desk: str) -> None:
    assert share(filmed(decoded(CARD), STRENGTHS[strength], seed="a", desk=desk)) == 0


@pytest.mark.parametrize("name", surface.ALL)
def test_what_only_has_a_pattern_is_no_screen(name: str) -> None:
    pattern = surface.ALL[name](chance_of("a"))

    assert share(filmed(pattern, CLEAN, seed="a", fills=True)) == 0


def test_a_tartan_whose_colours_follow_one_another_as_a_screen_s_is_none() -> None:
    seed = "y/tartan/9/mild"
    cloth = surface.tartan(chance_of(seed))

    assert share(filmed(cloth, STRENGTHS["mild"], seed=seed, fills=True)) == 0


@pytest.mark.parametrize("cloth", screens.CLOTHS)
def test_whoever_wears_fine_cloth_is_no_screen(cloth: surface.Surface) -> None:
    person = surface.dressed(decoded(FACE), cloth(chance_of("a")))

    assert share(filmed(person, CLEAN, seed="a", fills=True)) == 0


def test_the_same_seed_gives_the_same_screen_and_another_one_another_picture() -> None:
    first, again, other = (
        filmed(decoded(CARD), CLEAN, seed=seed, screen=Screen(3), size=(640, 360))
        for seed in ("a", "a", "b")
    )

    assert first == again
    assert first != other


def test_the_table_tells_what_is_found_and_what_is_taken_for_a_screen(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    some = Tally(
        {"coarse": [0.9, 0.3, 0.0], "fine": [0.0], "organic": [0.0]}, {"mesh": [0.01, 0.5]}
    )
    monkeypatch.setattr(accuracy, "tables", lambda count: "")
    monkeypatch.setattr(screens, "measure", lambda strength: some)

    call_command("accuracy", people=1)

    told = capsys.readouterr().out
    row = "2 of 3 | 0 of 1 | 0 of 1 | 2 | 1 | 0.50 | 0.30 |"
    assert all(f"| {strength} | {row}" in told for strength in STRENGTHS)


# The step ---------------------------------------------------------------------------------


@pytest.fixture
def draft(cast: Cast) -> Application:
    return cast.draft()


def of_screen(jpeg: bytes) -> bytes:
    return filmed(decoded(jpeg), CLEAN, seed="a", screen=Screen(5.0))


SHOWN_CARD, SHOWN_FACE = of_screen(CARD), of_screen(FACE)


def taken(cast: Cast, application: Application, kind: str, jpeg: bytes) -> Photo:
    photo = photos.receive(application, kind, jpeg, source="camera", by=cast.clerk, now=cast.now)
    intake.develop(photo, now=cast.now)
    study.study(photo, now=cast.now)
    photo.refresh_from_db()
    return photo


def findings(cast: Cast, application: Application) -> list[str]:
    """What is said of screens."""
    said = flow.judge(application, now=cast.now)
    return [one.reason.text for one in said if one.rule.id == "CV-04D"]


@pytest.mark.django_db
def test_the_verifier_is_told_of_a_person_and_of_a_page_on_a_screen(
    cast: Cast, draft: Application
) -> None:
    taken(cast, draft, "live", SHOWN_FACE)
    taken(cast, draft, "id_front", SHOWN_CARD)
    taken(cast, draft, "id_back", CARD)

    assert findings(cast, draft) == [
        "证件正面的照片像是对着屏幕翻拍的。",
        "现场照像是对着屏幕翻拍的。",
    ]


@pytest.mark.django_db
def test_an_honest_picture_taken_again_ends_the_finding(cast: Cast, draft: Application) -> None:
    taken(cast, draft, "live", SHOWN_FACE)
    before = findings(cast, draft)

    taken(cast, draft, "live", FACE)

    assert len(before) == 1
    assert findings(cast, draft) == []


@pytest.mark.django_db
@pytest.mark.parametrize(("kind", "jpeg"), [("live", SHOWN_FACE), ("id_front", SHOWN_CARD)])
def test_a_picture_is_looked_at_once_however_often_the_worker_is_woken(
    cast: Cast, draft: Application, kind: str, jpeg: bytes
) -> None:
    photo = taken(cast, draft, kind, jpeg)
    found = dict(photo.quality)

    photo.steps.update(status=PhotoStep.Status.WAITING)  # killed before its answer was kept
    study.study(photo, now=cast.now + study.LEASE)

    photo.refresh_from_db()
    assert photo.quality == found
    assert found[stripes.STRIPES] > screen.LEAST_SHARE
    assert not photo.steps.exclude(status=PhotoStep.Status.DONE).exists()


@pytest.mark.django_db
def test_what_was_erased_while_a_worker_looked_does_not_come_back(
    cast: Cast, draft: Application
) -> None:
    photo = taken(cast, draft, "id_front", CARD)
    Photo.objects.update(quality={})

    stripes.keep(photo, 0.3, cast.now)

    assert photo.quality
    assert Photo.objects.get(pk=photo.pk).quality == {stripes.STRIPES: 0.3}


@pytest.mark.django_db
def test_a_live_photo_is_not_decoded_a_second_time(
    cast: Cast, draft: Application, monkeypatch: pytest.MonkeyPatch
) -> None:
    photo = photos.receive(draft, "live", FACE, source="camera", by=cast.clerk, now=cast.now)
    intake.develop(photo, now=cast.now)
    decoded: list[bytes] = []
    monkeypatch.setattr(imaging, "clean", lambda data, **how: decoded.append(data))

    study.study(photo, now=cast.now)

    assert not photo.steps.filter(name="screen").exists()
    assert not photo.steps.exclude(status=PhotoStep.Status.DONE).exists()
    assert decoded == []


@pytest.mark.django_db
def test_the_counter_hands_in_what_looks_like_a_screen_all_the_same(cast: Cast) -> None:
    application = cast.ready()
    taken(cast, application, "live", SHOWN_FACE)

    flow.submit(application, by=cast.clerk, key=uuid.uuid4(), now=cast.now)

    assert application.findings.get(rule="CV-04D").severity == Finding.Severity.REVIEW


@pytest.mark.django_db
def test_the_desk_says_it_and_points_at_the_picture(cast: Cast) -> None:
    application = cast.in_review()
    application.photos.filter(kind="id_back").update(quality={stripes.STRIPES: 0.9})
    flow.look_again(application, now=cast.now)

    said = work.finding_at_desk(cast, "证件背面的照片像是对着屏幕翻拍的。")

    assert 'data-look="id_back"' in said


def test_of_two_papers_on_a_screen_it_is_said_once() -> None:
    facts = replace(GOOD, screens=frozenset({"ownership", "guardianship"}))

    said = [one.reason for one in engine.judge(facts) if one.rule.id == "CV-04D"]

    assert [one.text for one in said] == ["证明材料的照片像是对着屏幕翻拍的。"]


def test_a_proxy_s_picture_is_the_proxy_s() -> None:
    facts = replace(BY_PROXY, screens=frozenset({"proxy_live", "id_front"}))

    said = [one.reason for one in engine.judge(facts) if one.rule.id == "CV-04D"]

    assert {one.role: one.text for one in said} == {
        "holder": "证件正面的照片像是对着屏幕翻拍的。",
        "proxy": "现场照像是对着屏幕翻拍的。",
    }
