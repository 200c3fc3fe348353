"""The person present beside the portrait of their own document, as an engine compared the two."""

from dataclasses import dataclass

from registration.models import Application, FaceCheck
from registration.services import face as faces

# The look of a result, and its icon. Whatever it is, the verifier looks at both pictures.
LOOKS = {
    FaceCheck.Result.ALIKE: ("pass", "check"),
    FaceCheck.Result.DIFFERS: ("block", "cross"),
    FaceCheck.Result.NOT_COMPARED: ("note", "info"),
    FaceCheck.Result.WAITING: ("wait", "clock"),
    FaceCheck.Result.UNAVAILABLE: ("wait", "clock"),
}


@dataclass(frozen=True)
class Face:
    """``score`` and ``threshold``: how alike, and from where on that is enough; with the engine and
    what it compared with they are "" where nothing was compared. ``state`` and ``icon`` are the
    look of the result."""

    says: str
    state: str
    icon: str
    score: str
    threshold: str
    engine: str
    portrait: str


def by_role(application: Application) -> dict[str, Face]:
    """Who is not there was not photographed."""
    return {found.role: _face(found) for found in faces.results(application)}


def _face(found: faces.Compared) -> Face:
    state, icon = LOOKS.get(FaceCheck.Result(found.result), ("review", "warning"))
    return Face(
        says=found.says,
        state=state,
        icon=icon,
        score="" if found.score is None else f"{found.score:.2f}",
        threshold="" if found.threshold is None else f"{found.threshold:.2f}",
        engine=found.engine,
        portrait=str(FaceCheck.Portrait(found.portrait).label) if found.portrait else "",
    )
