"""Whether a picture was taken of a screen, for the rules and for the verifier.

How much of the picture shows stripes is kept among its measures, and the verdict is found anew each
time: a better threshold holds for older cases too.
"""

from datetime import datetime
from typing import Any, Final

from portal.parts import part
from registration import quality, screen
from registration.imaging import Picture
from registration.models.photo import LIVE, Photo

STRIPES: Final = "stripes"


def is_wanted(photo: Photo) -> bool:
    """Not where ``glance`` has looked already."""
    return photo.kind not in quality.UNJUDGED and known(photo) is None


def glance(photo: Photo, picture: Picture) -> dict[str, Any]:
    """Of a person's picture, which nothing later decodes again."""
    return {STRIPES: look(photo, picture)} if photo.kind in LIVE else {}


def known(photo: Photo) -> float | None:
    found: float | None = photo.quality.get(STRIPES)
    return found


def look(photo: Photo, picture: Picture) -> float:
    return round(screen.share(picture.small), 3)


@part
def keep(photo: Photo, stripes: float, now: datetime) -> None:
    """May run twice. What has been erased since the picture was read does not come back."""
    held = Photo.objects.select_for_update().only("quality").get(pk=photo.pk)
    Photo.objects.filter(pk=photo.pk).update(quality=held.quality | {STRIPES: stripes})


def is_suspected(photo: Photo) -> bool:
    return screen.is_screen(known(photo) or 0.0)
