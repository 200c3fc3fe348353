"""Whether somebody is on a live photo at all: said while they still stand at the counter.

No comparison, so no yes is asked for; of a face nothing is kept but that it is there.
"""

import logging
from typing import Any, Final

from portal.gateways import face
from registration.imaging import Picture
from registration.models.photo import LIVE, Photo

logger = logging.getLogger(__name__)

FACES: Final = "faces"
ASIDE: Final = "aside"
# So far from the middle and so narrow, as shares of the width: the portrait of a card that
# fills the frame lies 0.27 to 0.41 from it and is 0.10 to 0.17 wide.
FAR, NARROW = 0.25, 0.2


def is_of_card(photo: Photo) -> bool:
    """Whether a live photo seems to be one of a document."""
    found = photo.quality
    return photo.kind in LIVE and bool(found.get("card") or found.get(ASIDE))


def glance(photo: Photo, picture: Picture) -> dict[str, Any]:
    """How many stand in front, among a live photo's measures, and whether the only face is where a
    card has its portrait; nothing where nobody can tell."""
    if photo.kind not in LIVE:
        return {}
    try:
        seen = face.finder().seen(picture.small)
    except face.Unavailable as error:
        logger.warning("no face was looked for on photo %s: %s", photo.pk, error)
        return {}
    is_aside = len(seen) == 1 and abs(seen[0].at - 0.5) > FAR and seen[0].width < NARROW
    return {FACES: len(seen), ASIDE: is_aside}
