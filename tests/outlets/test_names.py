"""Names: compared on a folded copy, never changed themselves."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outlets.frames import CardKind, folded, parse_text_block, same_name
from tests.outlets.blocks import OF_2023, PERMIT, block

STANDARD = "迪丽样\u00b7买买提样"


@pytest.mark.parametrize("dot", list("\u2219\u2022\u30fb\uff65\u25cf\u2027\u22c5\uff0e."))
def test_every_form_of_the_separator_means_the_standard_one(dot: str) -> None:
    written = STANDARD.replace("\u00b7", dot)

    assert folded(written) == STANDARD
    assert same_name(written, STANDARD)
    assert same_name(STANDARD, written)


@pytest.mark.parametrize(
    "other",
    [
        "迪丽样买买提样",
        "迪丽样-买买提样",
        "迪丽样 买买提样",
        "买买提样\u00b7迪丽样",
        # Compatibility forms are other characters: NFKC would make them the same.
        "迪丽样\u00b7买买\u2f58样",
    ],
)
def test_names_that_differ_elsewhere_stay_different(other: str) -> None:
    assert not same_name(other, STANDARD)


def test_compatibility_forms_are_not_folded() -> None:
    assert folded("\uf900\ufa19\uff21") == "\uf900\ufa19\uff21"


@given(st.text())
def test_folding_twice_changes_nothing_more(name: str) -> None:
    assert folded(folded(name)) == folded(name)
    assert len(folded(name)) == len(name)


@pytest.mark.parametrize("rare", ["\ue188", "\U000f0001", "\U00100001"])
@pytest.mark.parametrize("kind", [PERMIT, OF_2023])
def test_a_private_character_is_kept_and_flagged_on_every_kind(kind: CardKind, rare: str) -> None:
    card = parse_text_block(block(kind, name="样" + rare))

    assert card.name == "样" + rare
    assert card.has_private_characters


def test_a_rare_character_outside_the_basic_plane_takes_two_units_and_no_flag() -> None:
    name = "\U00020bb7" * 7

    card = parse_text_block(block(PERMIT, name=name))

    assert (card.name, card.has_private_characters) == (name, False)
