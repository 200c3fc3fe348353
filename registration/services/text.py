"""Read the text on pictures, and compare it with what the chip or the form says.

Only what was read is kept. The comparison is made anew each time, so a card that is read again or
a form that is corrected never leaves an old answer behind.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Final

import msgspec

from registration import ocr, printed
from registration.imaging import Picture
from registration.models.application import Application, Party
from registration.models.identity import Identity, Role
from registration.models.photo import LIVE, Photo
from registration.models.text import PhotoText
from registration.models.unit import Unit
from registration.ocr import Line
from registration.printed import Compared, State
from registration.rules import plan
from registration.rules.document import HOUSEHOLD_BOOK, Lane
from registration.services import unit as units

Pages = tuple[tuple[Photo, tuple[Compared, ...]], ...]

# Documents with a number that proves itself, on the page that has the portrait.
_PROVING: Final = ("resident", "permit", "foreigner_2023", "temporary_id")
_SIDES: Final = ("id_front", "id_back")
# Doubts of quality.HINTS about whether a page can be read.
_READ_ANYWAY: Final = ("blurred", "far", "glare_number")
# What stands on the other side of such a card alone.
_BACK: Final = ("签发机关", "有效期限")
_FOREIGN: Final = ("foreigner_2017", "foreigner_2023")
_CERTIFICATES: Final = ("licence", "institution", "social", "org_code")
_GRANTS: Final = ("unit_letter", "introduction", "diplomatic_note")


def is_wanted(photo: Photo) -> bool:
    return photo.kind not in LIVE and page_of(photo.kind) in printed.PAGES


def look(photo: Photo, picture: Picture) -> tuple[Line, ...]:
    """A second at most. No database."""
    page = page_of(photo.kind)
    return ocr.read(
        picture.array,
        lambda lines: printed.doubtful(page, lines),
        lambda lines: printed.is_enough(page, lines),
    )


def keep(photo: Photo, lines: tuple[Line, ...], now: datetime) -> None:
    packed = msgspec.json.encode(lines).decode()
    row = PhotoText(photo=photo, lines=packed, engine=ocr.ENGINE, read_at=now)
    # One statement and not five: the newest reading counts.
    PhotoText.objects.bulk_create(
        [row],
        update_conflicts=True,
        unique_fields=["photo"],
        update_fields=["lines", "engine", "read_at"],
    )
    mine = Photo.objects.filter(pk=photo.pk)
    if found := _hint(photo, lines):
        # What is wrong with the light explains why nothing was read.
        mine.filter(hint="").update(hint=found)
    elif _is_read(photo, lines):
        # Measures advise; what was read decides.
        mine.filter(hint__in=_READ_ANYWAY).update(hint="")


def lines_of(text: PhotoText) -> tuple[Line, ...]:
    return msgspec.json.decode(text.lines, type=tuple[Line, ...])


def page_of(kind: str) -> str:
    """The kind of page, whoever's it is (a key of printed.PAGES, if anything on it is read)."""
    role = plan.shown_by(kind)
    return kind if kind in printed.PAGES else kind.removeprefix(f"{role}_")


def compared(application: Application, parties: Iterable[Party] | None = None) -> Pages:
    """Each current picture that was read, with its fields. Three queries, or four for a unit's;
    one less with the ``parties``, their identities at hand."""
    rows = application.photos.current().filter(text__isnull=False).select_related("text")
    photos = [photo for photo in rows.order_by("pk") if is_wanted(photo)]
    if not photos:
        return ()
    people = _people(application, parties)
    unit = units.of(application)
    found = ((photo, _fields(photo, lines_of(photo.text), people, unit)) for photo in photos)
    return tuple((photo, fields) for photo, fields in found if fields)


def differing(pages: Pages) -> tuple[tuple[str, str], ...]:
    """Kind of picture and field of whatever differs."""
    return tuple(
        (photo.kind, one.field)
        for photo, fields in pages
        for one in fields
        if one.state is State.DIFFERS
    )


def unread(pages: Pages) -> tuple[str, ...]:
    """Kinds of picture on which nothing of what should stand there could be read."""
    return tuple(photo.kind for photo, fields in pages if _is_silent(fields))


def _people(
    application: Application, parties: Iterable[Party] | None = None
) -> dict[str, Identity]:
    if parties is None:
        parties = application.parties.select_related("identity").defer("identity__photo")
    return {party.role: party.identity for party in parties}


def _fields(
    photo: Photo, lines: tuple[Line, ...], people: dict[str, Identity], unit: Unit | None
) -> tuple[Compared, ...]:
    expected = _expected(photo.kind, photo.application, people, unit)
    return printed.compare(page_of(photo.kind), lines, expected)


def _is_silent(fields: tuple[Compared, ...]) -> bool:
    return all(one.state is State.UNREAD for one in fields)


def _hint(photo: Photo, lines: tuple[Line, ...]) -> str:
    """What the counter should hear while the customer is there, a code of quality.HINTS; "" when
    nothing is the matter."""
    page = page_of(photo.kind)
    if page in _SIDES and _document_of(photo) in _PROVING:
        has_number = "number" in printed.read("id_front", lines)
        has_back = any(word in line.text for line in lines for word in _BACK)
        if page == "id_front":
            return "" if has_number else "wrong_side" if has_back else "unread"
        if has_number or has_back:
            return "wrong_side" if has_number else ""
    application = photo.application
    fields = _fields(photo, lines, _people(application), units.of(application))
    return "silent" if fields and _is_silent(fields) else ""


def _is_read(photo: Photo, lines: tuple[Line, ...]) -> bool:
    """Whether name and number stand on the page with the portrait, the number proved."""
    return page_of(photo.kind) == "id_front" and {"name", "number"} <= set(
        printed.read("id_front", lines)
    )


def _document_of(photo: Photo) -> str:
    documents = photo.application.documents
    return str(documents.get(plan.shown_by(photo.kind), "resident"))


def _expected(
    kind: str, application: Application, people: dict[str, Identity], unit: Unit | None
) -> dict[str, str]:
    page = page_of(kind)
    identity = people.get(plan.shown_by(kind))
    if page in ("id_front", "id_back"):
        return _of_document(identity, page) if identity else {}
    if page == "letter":
        return (
            _of_person("principal", people.get(Role.HOLDER))
            | _of_person("proxy", people.get(Role.PROXY))
            | _of_grant(application, application.letter_until)
        )
    if page in ("guardianship", "guardian_consent"):
        named = _of_person("child", people.get(Role.HOLDER))
        return named | _of_person("guardian", people.get(Role.GUARDIAN))
    if page in _CERTIFICATES or page in _GRANTS:
        return _of_unit(page, application, people, unit)
    if page == "unit_certificate":
        holder = people.get(Role.HOLDER)
        return {"name": holder.card.name, "dates": ""} if holder else {}
    return {"phone": application.number} if application.number else {}


def _of_document(identity: Identity, page: str) -> dict[str, str]:
    """What is printed on this page of such a document."""
    card = identity.card
    is_front = page == "id_front"
    who = {"name": card.name, "number": card.number}
    born = {"birth_date": printed.shown_day(card.birth_date)}
    if identity.lane == Lane.MRZ:
        until = {"valid_to": printed.shown_day(card.valid_to)}
        return who | born | until if is_front else {}
    span = _span(identity)
    if card.kind == HOUSEHOLD_BOOK:
        return {} if is_front else who
    if card.kind in _FOREIGN:
        return who | born | span if is_front else {}
    if not is_front:
        more = {"issuer": card.issuer, "pass_number": card.pass_number}
        return {key: value for key, value in more.items() if value} | span
    # The chip knows of a move; what is printed stays.
    moved = identity.address_block is not None
    return who | born | ({"address": card.address} if card.address and not moved else {})


def _span(identity: Identity) -> dict[str, str]:
    first, last = identity.card.valid_from, identity.card.valid_to
    return {"validity": printed.shown_span((first, last))} if first else {}


def _of_person(who: str, identity: Identity | None) -> dict[str, str]:
    if identity is None:
        return {}
    card = identity.card
    return {f"{who}_name": card.name, f"{who}_number": card.number}


def _of_grant(application: Application, until: object) -> dict[str, str]:
    """What any letter that grants something says besides the people."""
    found = {"business": printed.business(application.service), "dates": ""}
    if application.number:
        found["phone"] = application.number
    return found | ({"until": f"{until:%Y.%m.%d}"} if until else {})


def _of_unit(
    page: str, application: Application, people: dict[str, Identity], unit: Unit | None
) -> dict[str, str]:
    if unit is None:
        return {}
    named = {"unit_name": unit.name}
    if page in _CERTIFICATES:
        # An organisation code's certificate has a number of its own.
        is_code = unit.number and page != "org_code"
        return named | ({"unit_number": unit.number} if is_code else {})
    if page == "diplomatic_note":
        return named | {"dates": ""}
    handler = _of_person("handler", people.get(Role.HANDLER))
    return named | handler | _of_grant(application, unit.letter_until)
