from pathlib import Path

import pytest

from portal import weights
from portal.weights import Weights, WrongWeights

ALL = [each for each in vars(weights).values() if isinstance(each, Weights)]


@pytest.mark.parametrize("one", ALL, ids=lambda one: Path(one.file).stem)
def test_the_models_are_the_ones_that_were_measured(one):
    assert weights.path(one).is_file()


def test_another_file_in_its_place_is_not_taken():
    with pytest.raises(WrongWeights, match="another one"):
        weights.path(weights.YUNET._replace(sha256="0" * 64))


def test_a_wheel_that_is_not_installed_is_named():
    with pytest.raises(WrongWeights, match="requirements-models"):
        weights.path(weights.YUNET._replace(package="no_such_wheel"))
