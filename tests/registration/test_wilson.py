"""Bounds of a share, against published ones."""

import pytest

from registration import wilson


@pytest.mark.parametrize(
    ("hits", "of", "lower", "upper"),
    [
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0000, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_the_bounds_are_those_of_newcombe_s_table(
    hits: int, of: int, lower: float, upper: float
) -> None:
    """R. G. Newcombe, Statistics in Medicine 17 (1998), table I, method 3."""
    found = wilson.interval(hits, of)

    assert [round(bound, 4) for bound in found] == [lower, upper]


def test_of_no_case_nothing_is_known() -> None:
    assert wilson.interval(0, 0) == (0.0, 1.0)


@pytest.mark.parametrize("of", [1, 7, 1_000_000])
def test_bounds_are_shares_and_mirror_each_other(of: int) -> None:
    lower, upper = wilson.interval(of, of)
    mirrored = wilson.interval(0, of)

    assert 0 <= lower < upper == 1
    assert mirrored == pytest.approx((1 - upper, 1 - lower))
