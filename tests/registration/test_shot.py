"""How often the first picture will do: by outlet, clerk and camera."""

from typing import Any

import pytest
from django.urls import reverse

from registration.models import Photo
from registration.services import shot
from tests.cast import Cast
from tests.registration.work import at, handed_in, question

pytestmark = pytest.mark.django_db

REJECTED = Photo.Status.REJECTED


def _told(rows: list[shot.Yield]) -> list[tuple[str, int, int]]:
    return [(row.name, row.first, row.good) for row in rows]


def _shots(cast: Cast) -> None:
    """The clerk's three first pictures: one good, one with a hint, one taken again."""
    application = handed_in(cast, at(10))
    cast.photo(application, "id_front", taken_at=at(9), camera="高拍仪")
    cast.photo(application, "id_back", taken_at=at(9), camera="高拍仪", hint="glare")
    again = {"status": REJECTED, "replaced_at": at(9, 2), "camera": "手机"}
    cast.photo(application, "live", taken_at=at(9, 1), **again)
    cast.photo(application, "live", taken_at=at(9, 2), attempt=2, camera="手机")
    cast.photo(application, "signature", taken_at=at(9, 3))


def test_the_first_picture_counts_if_nothing_was_wrong_with_it(cast: Cast) -> None:
    _shots(cast)
    asked = question(cast, cast.outlet.channel)

    assert _told(shot.yields(asked, shot.BY_CLERK)) == [(cast.clerk.name, 3, 1)]
    assert _told(shot.yields(asked, shot.BY_CAMERA)) == [("手机", 1, 0), ("高拍仪", 2, 1)]


def test_a_good_picture_that_was_taken_again_does_not_count(cast: Cast) -> None:
    application = handed_in(cast, at(10))
    cast.photo(application, "live", taken_at=at(9, 1), replaced_at=at(9, 2))
    cast.photo(application, "live", taken_at=at(9, 2), attempt=2)

    rows = shot.yields(question(cast, cast.outlet.channel), shot.BY_CLERK)

    assert _told(rows) == [(cast.clerk.name, 1, 0)]


def test_the_rest_of_the_tree_is_not_counted(cast: Cast) -> None:
    _shots(cast)

    assert shot.yields(question(cast, cast.sister.channel), shot.BY_OUTLET) == []


def test_the_manager_sees_it_at_the_outlet_s_page(
    cast: Cast, django_assert_num_queries: Any
) -> None:
    _shots(cast)
    page = cast.signed_in(cast.manager).get(
        reverse("report_channel", args=[cast.outlet.channel.pk]),
        {"since": "2026-11-10", "until": "2026-11-10"},
    )

    with django_assert_num_queries(1):
        shot.yields(question(cast, cast.outlet.channel), shot.BY_CLERK)
    text = page.content.decode()
    assert "拍照一次合格率" in text
    assert "33.3%" in text
