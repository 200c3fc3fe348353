"""人像比对: is the person present the one on this document's portrait? (CV-05, PX-04)

An engine of our own, which lies in a wheel, answers where no other is named. What an engine makes
of a face on its way to a score never leaves it: two pictures go in, a number comes out.
"""

import base64
import enum
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from typing import Any, Protocol, cast

from django.conf import settings

from portal.gateways import Rejected, Unavailable
from portal.gateways.http import Connection, connection, number, text

__all__ = [
    "Answer",
    "FaceEngine",
    "FaceFinder",
    "HttpFace",
    "Rejected",
    "Result",
    "Seen",
    "Unavailable",
    "client",
    "finder",
]

# A face is compared at some hundred pixels; what is larger than this is another picture.
MOST_BYTES = 1024 * 1024
# Engines count to 1 or to 100, and a cosine below zero is one too.
LEAST_SCORE, MOST_SCORE = -1.0, 1000.0


class Result(enum.StrEnum):
    """``SEVERAL``: another face, as near as the first, beside the person present. That the engine
    said nothing is `Unavailable`, an error, not a result."""

    ALIKE = "alike"
    UNSURE = "unsure"
    DIFFERS = "differs"
    NO_FACE = "no_face"
    SEVERAL = "several"


SCORED = (Result.ALIKE, Result.UNSURE, Result.DIFFERS)


@dataclass(frozen=True)
class Answer:
    """``score`` is None where there were not two faces to compare; it is `ALIKE` if it reaches
    ``threshold``, and means nothing beside another engine's. ``engine`` is its name and version."""

    result: Result
    score: float | None
    threshold: float
    engine: str


class FaceEngine(Protocol):
    def compare(self, present: bytes, document: bytes, key: str) -> Answer:
        """Two JPEGs: who stands there, and a page or a chip's portrait. The same ``key`` may be
        sent any number of times. Raises `Unavailable`: ask again later; or `Rejected`: the engine
        would not take these pictures."""
        ...


@dataclass(frozen=True)
class Seen:
    """Where somebody's face is: its middle, ``at`` 0 on the left and 1 on the right, and its
    ``width``, as shares of the picture's."""

    at: float
    width: float


class FaceFinder(Protocol):
    def seen(self, picture: Any) -> list[Seen]:
        """Who stands in front on it: rows, columns and blue, green and red. Raises
        `Unavailable`."""
        ...


class HttpFace:
    def __init__(self, engine: Connection) -> None:
        self._engine = engine

    def compare(self, present: bytes, document: bytes, key: str) -> Answer:
        if max(len(present), len(document)) > MOST_BYTES:
            raise Rejected("too_large")
        body = {
            "present": base64.b64encode(present).decode(),
            "document": base64.b64encode(document).decode(),
        }
        answer = self._engine.post("/v1/comparisons", body, key)
        result = Result(text(answer, "result", "|".join(Result)))
        threshold = number(answer, "threshold", LEAST_SCORE, MOST_SCORE)
        score = None
        if result in SCORED:
            score = number(answer, "score", LEAST_SCORE, MOST_SCORE)
            # An answer that contradicts itself is no answer.
            if (result is Result.ALIKE) != (score >= threshold):
                raise Unavailable("schema")
        return Answer(result, score, threshold, text(answer, "engine", r"[0-9A-Za-z ._+-]{1,60}"))


def client() -> FaceEngine:
    """The engine that the settings name, or the embedded one."""
    if settings.FACE_URL:
        return HttpFace(
            connection(settings.FACE_URL, settings.FACE_TOKEN, settings.GATEWAY_TIMEOUT)
        )
    return _embedded()


@cache
def finder() -> FaceFinder:
    """Always our own: whether anybody is there is no comparison. Raises `Unavailable` where it was
    not installed."""
    return cast(FaceFinder, import_module("portal.gateways.face_embedded").Finder())


@cache
def _embedded() -> FaceEngine:
    # Not at the top: the web processes import this module too and compare nothing; they need not
    # carry OpenCV and the models.
    return cast(FaceEngine, import_module("portal.gateways.face_embedded").EmbeddedFace())
