"""The engine that needs no other system: YuNet finds faces, SFace tells them apart.

Only workers import this module (portal.gateways.face). Thresholds, their error rates and what is
not known of them: docs/pictures.md.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import cv2
import numpy as np
from cv2.typing import MatLike
from numpy.typing import NDArray

from portal import weights
from portal.gateways import Unavailable
from portal.gateways.face import Answer, Result, Seen

ENGINE = "SFace 2021dec int8bq, YuNet 2023mar int8bq"
ALIKE, UNSURE = 0.45, 0.30

# Pixels of a picture's longer side, tried in this order: a face of about 100 pixels is found best,
# and one that fills the picture is missed in a large one.
SIDES = (320, 640, 1280)
SMALLEST = 48
SCORE, OVERLAP, MOST_FACES = 0.6, 0.3, 50
# A face so wide, as a part of the widest, stands as near; what is smaller passes by behind.
AS_NEAR = 0.6
# Wide enough for SFace's 112 pixels and not so wide that warping would leave pixels out.
WIDTH = 160.0
# Where SFace wants eyes, nose and the corners of the mouth, on 112 x 112 (ArcFace's template).
TEMPLATE = np.array(
    [
        (38.2946, 51.6963),
        (73.5318, 51.5014),
        (56.0252, 71.7366),
        (41.5493, 92.3655),
        (70.7299, 92.2041),
    ],
    np.float32,
)

# One row of YuNet: left, top, width, height, five points, score; in pixels of the picture.
Face = NDArray[np.float32]


class Finder:
    """Says where faces are, and tells nobody from anybody. The net keeps state between calls: one
    thread at a time."""

    def __init__(self) -> None:
        """Raises Unavailable where the file is missing or is not the one that was measured."""
        with _loading(weights.YUNET) as net:
            self._finder = cv2.FaceDetectorYN.create(
                net, "", (320, 320), SCORE, OVERLAP, MOST_FACES
            )
        self._lock = threading.Lock()

    def seen(self, picture: MatLike) -> list[Seen]:
        """Of blue, green and red: the faces that are as near as the nearest. Ten milliseconds, or
        sixty where there is none. Raises Unavailable."""
        try:
            with self._lock:
                found = self.find(picture)
        except cv2.error:
            raise Unavailable("engine") from None
        across = picture.shape[1]
        return [
            Seen(at=float(left + width / 2) / across, width=float(width) / across)
            for left, _top, width, *_rest in found
            if width >= AS_NEAR * found[0][2]
        ]

    def find(self, picture: MatLike) -> list[Face]:
        """The faces of a picture, the widest first."""
        found: list[Face] = []
        for side in SIDES:
            scale = min(1.0, side / max(picture.shape[:2]))
            finer = self._find_at(picture, scale)
            found = finer or found
            if scale == 1.0 or (found and found[0][2] * scale >= SMALLEST):
                break
        return found

    def _find_at(self, picture: MatLike, scale: float) -> list[Face]:
        small = _scaled(picture, scale)
        self._finder.setInputSize((small.shape[1], small.shape[0]))
        rows: MatLike | None = self._finder.detect(small)[1]
        if rows is None:
            return []
        faces = [np.append(row[:14] / scale, row[14]).astype(np.float32) for row in rows]
        return sorted(faces, key=lambda face: -float(face[2]))


class EmbeddedFace:
    """Both nets, loaded once. They keep state between calls: one thread at a time."""

    def __init__(self) -> None:
        """Raises Unavailable where the files are missing or are not those that were measured."""
        self._finder = Finder()
        with _loading(weights.SFACE) as net:
            self._teller = cv2.dnn.readNetFromONNX(net)
        self._lock = threading.Lock()

    def compare(self, present: bytes, document: bytes, key: str) -> Answer:
        """About 40 ms. Nothing of a face is kept when it returns."""
        try:
            with self._lock:
                return self._compare(_decoded(present), _decoded(document))
        except cv2.error:
            raise Unavailable("engine") from None

    def _compare(self, present: MatLike, document: MatLike) -> Answer:
        there, shown = self._finder.find(present), self._finder.find(document)
        if not there or not shown:
            return _answer(Result.NO_FACE)
        if len(there) > 1 and there[1][2] >= AS_NEAR * there[0][2]:
            return _answer(Result.SEVERAL)
        score = float(self._vector(present, there[0]) @ self._vector(document, shown[0]))
        return _answer(_band(score), round(score, 4))

    def _vector(self, picture: MatLike, face: Face) -> NDArray[np.float32]:
        """What SFace says of a face, of length 1."""
        scale = min(1.0, WIDTH / float(face[2]))
        near, corner = _around(picture, face)
        points = (face[4:14].reshape(5, 2) - corner) * scale
        turn, _inliers = cv2.estimateAffinePartial2D(points, TEMPLATE, method=cv2.LMEDS)
        upright = cv2.warpAffine(_scaled(near, scale), turn, (112, 112))
        self._teller.setInput(cv2.dnn.blobFromImage(upright, swapRB=True), "data")
        vector = np.asarray(self._teller.forward(), np.float32).ravel()
        return vector / np.linalg.norm(vector)


@contextmanager
def _loading(net: weights.Weights) -> Iterator[str]:
    """Where its file lies. Raises Unavailable."""
    try:
        path = weights.path(net)
    except weights.WrongWeights:
        raise Unavailable("weights") from None
    cv2.setNumThreads(1)
    # It warns of a target that nobody asked for, once for each net.
    before = cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_ERROR)
    try:
        yield str(path)
    finally:
        cv2.utils.logging.setLogLevel(before)


def _answer(result: Result, score: float | None = None) -> Answer:
    return Answer(result, score, ALIKE, ENGINE)


def _band(score: float) -> Result:
    if score >= ALIKE:
        return Result.ALIKE
    return Result.UNSURE if score >= UNSURE else Result.DIFFERS


def _decoded(jpeg: bytes) -> MatLike:
    """Raises Unavailable: only what is no JPEG of ours is not decoded."""
    picture = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR) if jpeg else None
    if picture is None:
        raise Unavailable("not_a_picture")
    return picture


def _around(picture: MatLike, face: Face) -> tuple[MatLike, NDArray[np.float32]]:
    """The face with its own size of room on every side, and the corner of that: to scale the whole
    picture takes ten times as long."""
    left, top, width, height = face[:4]
    room = max(width, height)
    x, y = max(0, int(left - room)), max(0, int(top - room))
    near = picture[y : int(top + height + room), x : int(left + width + room)]
    return near, np.array((x, y), np.float32)


def _scaled(picture: MatLike, scale: float) -> MatLike:
    if scale == 1.0:
        return picture
    return cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
