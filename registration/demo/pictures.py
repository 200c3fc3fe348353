"""The pictures that the demo's counters take: each is drawn once, however often it is used."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache

from outlets.bridge.people import PEOPLE, Person
from registration import specimens
from registration.models import Photo, Role

Kind = Photo.Kind
# Pictures of somebody besides the holder: whose, and of what.
OF_OTHERS = {
    Kind.PROXY_ID_FRONT: (Role.PROXY, Kind.ID_FRONT),
    Kind.PROXY_ID_BACK: (Role.PROXY, Kind.ID_BACK),
    Kind.PROXY_LIVE: (Role.PROXY, Kind.LIVE),
    Kind.TRANSFEROR_ID_FRONT: (Role.TRANSFEROR, Kind.ID_FRONT),
    Kind.TRANSFEROR_ID_BACK: (Role.TRANSFEROR, Kind.ID_BACK),
    Kind.TRANSFEROR_LIVE: (Role.TRANSFEROR, Kind.LIVE),
    Kind.GUARDIAN_ID_FRONT: (Role.GUARDIAN, Kind.ID_FRONT),
    Kind.GUARDIAN_ID_BACK: (Role.GUARDIAN, Kind.ID_BACK),
    Kind.GUARDIAN_LIVE: (Role.GUARDIAN, Kind.LIVE),
}


@dataclass(frozen=True)
class Camera:
    """Sizes in pixels. Working on a picture takes most of the loading: its time is its area's."""

    card: specimens.Size
    face: specimens.Size
    paper: specimens.Size
    pad: specimens.Size


# A verifier zooms into what waits today; what is long decided is hardly opened.
SHARP = Camera((1100, 694), (600, 800), (800, 1131), (700, 311))
SMALL = Camera((520, 328), (330, 440), (500, 707), (360, 160))


def take(camera: Camera, kind: str, people: Mapping[str, Person], number: str) -> bytes:
    """A picture of this kind at a counter where these people, by their roles, have come."""
    holder, proxy = people[Role.HOLDER], people.get(Role.PROXY)
    guardian = people.get(Role.GUARDIAN)
    if proxy and kind == Kind.LETTER:
        return specimens.letter(holder, proxy, number, camera.paper)
    if guardian and kind == Kind.GUARDIANSHIP:
        return specimens.guardianship(holder, guardian, camera.paper)
    if kind == Kind.MARK:
        return specimens.mark()
    if kind == Kind.OWNERSHIP:
        return specimens.receipt(number, camera.paper)
    whose, kind = OF_OTHERS.get(Kind(kind), (Role.HOLDER, Kind(kind)))
    # Who stands at the counter signs.
    shown = (proxy or guardian or holder) if kind == Kind.SIGNATURE else people[whose]
    if kind == Kind.LIVE and camera == SHARP:
        # These are compared with each other: a person who comes twice stands there another way.
        return specimens.live_photo(shown, camera.face, shot=number)
    return _drawn(camera, kind, _back_of(shown) if kind == Kind.ID_BACK else shown)


@cache
def _drawn(camera: Camera, kind: str, person: Person) -> bytes:
    if kind == Kind.ID_FRONT:
        return specimens.id_front(person, camera.card)
    if kind == Kind.LIVE:
        return specimens.live_photo(person, camera.face)
    if kind == Kind.SIGNATURE:
        return specimens.signature(person.name, camera.pad)
    return specimens.id_back(person, camera.card)


def _back_of(person: Person) -> Person:
    """The other side says nothing of its owner: one drawing serves all of one office and day."""
    somebody = PEOPLE["wang"]
    return replace(
        somebody,
        kind=person.kind,
        pass_number=person.pass_number,
        issuer=person.issuer,
        valid_from=person.valid_from,
        valid_to=person.valid_to,
    )
