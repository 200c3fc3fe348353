"""Each scenario of REGULATION.md, section 4, that touches the intake is played in a browser."""

from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest

# Of the 13th only that an unregistered number is classified and asks its evidence.
INTAKE = {*range(1, 15), 20}


def played() -> Iterator[int]:
    """The numbers that the browser tests bear as marks."""
    for path in (Path(__file__).parent / "browser").glob("test_*.py"):
        module = import_module(f"tests.browser.{path.stem}")
        for name, test in vars(module).items():
            if name.startswith("test_"):
                yield from (mark.args[0] for mark in _marks(test) if mark.name == "scenario")


def _marks(test: object) -> list[pytest.Mark]:
    return getattr(test, "pytestmark", [])


def test_every_scenario_of_the_intake_is_played_in_a_browser() -> None:
    assert INTAKE - set(played()) == set()


def test_no_browser_test_plays_a_scenario_that_is_not_there() -> None:
    assert set(played()) <= set(range(1, 23))
