"""Whether somebody is on a live photo at all: said while they still stand at the counter.

No comparison, so no yes is asked for; of a face nothing is kept but that it is there.
"""

import logging
from importlib import import_module
from typing import Any, Final

from portal.gateways import face
from registration.imaging import Picture
from registration.models.photo import LIVE, Photo

logger = logging.getLogger(__name__)

FACES: Final = "faces"


def glance(photo: Photo, picture: Picture) -> dict[str, Any]:
    """How many stand in front, among a live photo's measures; nothing where nobody can tell."""
    if photo.kind not in LIVE:
        return {}
    cv2 = import_module("cv2")
    try:
        return {FACES: face.finder().count(cv2.cvtColor(picture.small, cv2.COLOR_RGB2BGR))}
    except face.Unavailable as error:
        logger.warning("no face was looked for on photo %s: %s", photo.pk, error)
        return {}
