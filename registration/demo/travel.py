"""Passports and permits of the demo: pictures that a visitor uploads at an own hall."""

from pathlib import Path

from registration import specimens
from registration.models import Photo
from registration.specimens import TRAVELLERS, Traveller


def picture(kind: str, person: Traveller) -> bytes:
    """A picture of this kind of the person or of their document."""
    if kind == Photo.Kind.LIVE:
        return specimens.live_photo(person, (600, 800))
    if kind == Photo.Kind.SIGNATURE:
        return specimens.signature(person.names.replace("<", ""), (700, 311))
    if person.document.endswith("passport"):
        return specimens.data_page(person)
    front = kind == Photo.Kind.ID_FRONT
    return specimens.permit_front(person) if front else specimens.permit_back(person)


def lay_out(folder: Path) -> None:
    """Each page as a file; its name tells whose."""
    folder.mkdir(parents=True, exist_ok=True)
    for key, person in TRAVELLERS.items():
        passport = person.document.endswith("passport")
        for kind in (
            (Photo.Kind.ID_FRONT,) if passport else (Photo.Kind.ID_FRONT, Photo.Kind.ID_BACK)
        ):
            name = f"{person.document}-{key}-{kind.removeprefix('id_')}.jpg"
            (folder / name).write_bytes(picture(kind, person))
