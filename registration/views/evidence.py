"""Everything that lies before the verifier: people as read, pictures, findings, earlier rounds."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from outlets.http import StaffRequest
from registration.forms.review import ITEMS
from registration.models import (
    Application,
    Decision,
    Finding,
    Note,
    OwnershipCheck,
    Party,
    Photo,
    Review,
    Role,
)
from registration.models.photo import label
from registration.rules.ownership import PROOFS
from registration.rules.remedy import remedies
from registration.rules.reuse import TAKEN_OF_CARD, TAKEN_OF_SCREEN
from registration.services import decision, note, ownership, presence, screen
from registration.services.rework import Before
from registration.views import (
    consent,
    face,
    order_evidence,
    party,
    picture,
    question,
    remedy,
    rework,
    text,
)
from registration.views.order_evidence import NumberSeen, UnitSeen

SHORT: dict[str, Promise] = {
    Photo.Kind.ID_FRONT: gettext_lazy("正面"),
    Photo.Kind.ID_BACK: gettext_lazy("反面"),
    Photo.Kind.LIVE: gettext_lazy("现场"),
    Photo.Kind.PROXY_ID_FRONT: gettext_lazy("受托人正面"),
    Photo.Kind.PROXY_ID_BACK: gettext_lazy("受托人反面"),
    Photo.Kind.PROXY_LIVE: gettext_lazy("受托人现场"),
    Photo.Kind.LETTER: gettext_lazy("委托书"),
    Photo.Kind.GUARDIAN_ID_FRONT: gettext_lazy("监护人正面"),
    Photo.Kind.GUARDIAN_ID_BACK: gettext_lazy("监护人反面"),
    Photo.Kind.GUARDIAN_LIVE: gettext_lazy("监护人现场"),
    Photo.Kind.GUARDIANSHIP: gettext_lazy("监护关系"),
    Photo.Kind.GUARDIAN_CONSENT: gettext_lazy("同意书"),
    Photo.Kind.MARK: gettext_lazy("手印"),
    Photo.Kind.SIGNATURE: gettext_lazy("签名"),
    Photo.Kind.OWNERSHIP: gettext_lazy("使用凭证"),
    Photo.Kind.TRANSFEROR_ID_FRONT: gettext_lazy("原机主正面"),
    Photo.Kind.TRANSFEROR_ID_BACK: gettext_lazy("原机主反面"),
    Photo.Kind.TRANSFEROR_LIVE: gettext_lazy("原机主现场"),
    Photo.Kind.HANDLER_ID_FRONT: gettext_lazy("经办人正面"),
    Photo.Kind.HANDLER_ID_BACK: gettext_lazy("经办人反面"),
    Photo.Kind.HANDLER_LIVE: gettext_lazy("经办人现场"),
    Photo.Kind.UNIT_LETTER: gettext_lazy("授权书"),
}


# Rules that speak of one picture, and whether they mean this one.
SHOWN: dict[str, Callable[[Photo], bool]] = {
    TAKEN_OF_SCREEN: screen.is_suspected,
    TAKEN_OF_CARD: presence.is_of_card,
}


@dataclass(frozen=True)
class Picture:
    """``url`` is empty while there is nothing to see; ``state`` says why. ``differing``: how many
    places on it are not as they should be; ``turned``: degrees to the right by which it is shown
    upright. ``key``: the digit that shows it; of an eleventh ""."""

    key: str
    kind: str
    label: str
    short: str
    url: str
    state: str
    source: str
    taken_at: datetime | None
    is_new: bool
    differing: int = 0
    turned: int = 0


@dataclass(frozen=True)
class Said:
    """A finding in words."""

    severity: str
    label: str
    text: str
    todo: str
    role: str
    article: str
    rule: str
    # The kind of the picture that it is about, where it is about one.
    picture: str = ""


@dataclass(frozen=True)
class Redone:
    label: str
    done_at: datetime | None


@dataclass(frozen=True)
class Round:
    """An earlier round: what was decided, and what has been done since."""

    number: int
    decision: Decision
    items: list[Redone]


@dataclass(frozen=True)
class Evidence:
    people: list[party.Person]
    readers: list[str]
    pictures: list[Picture]
    findings: list[Said]
    # By verdict: what may be answered to them.
    remedies: dict[str, list[remedy.Offered]]
    rounds: list[Round]
    side_by_side: str
    consents: list[consent.Signed]
    owner: OwnershipCheck | None
    proofs: list[str]
    seen: text.Seen
    notes: list[Note]
    # From the second round on: what changed since the one before.
    again: rework.Again | None = None
    # Of a unit's order, and of a number that came after it was approved.
    unit: UnitSeen | None = None
    numbers: tuple[NumberSeen, ...] = ()

    @property
    def has(self) -> dict[str, bool]:
        """Which of the fields that not everybody has are there for anybody."""
        return {
            name: any(getattr(person, name) for person in self.people)
            for name in party.NOT_OF_EVERYBODY
        }


def gather(request: StaffRequest, review: Review, before: Before | None, now: datetime) -> Evidence:
    """``before``: what the last round had, if this is not the first."""
    application = review.application
    parties = party.of(application)
    photos = {photo.kind: photo for photo in application.photos.current()}
    rounds = [_round(earlier, parties, photos) for earlier in _earlier(review)]
    since = rounds[-1].decision.decided_at if rounds else None
    pictures = _pictures(request, application, photos, since, now)
    seen = text.seen(application, [each.kind for each in pictures], parties)
    faces = face.by_role(application)
    findings = list(application.findings.order_by("pk"))
    people = [
        party.person(each, now, seen.people.get(each.role, {}), faces.get(each.role))
        for each in parties
    ]
    return Evidence(
        people=people,
        readers=sorted({each.identity.sam_id for each in parties if each.identity.sam_id}),
        pictures=[
            replace(
                each,
                differing=seen.differing_on(each.kind),
                turned=seen.turned.get(each.kind, 0),
            )
            for each in pictures
        ],
        findings=[_said(finding, photos) for finding in findings],
        remedies=remedy.offered(findings, decision.redoable(application)),
        rounds=rounds,
        side_by_side=" ".join(question.look_at(application, Decision.Check.SAME_PERSON)),
        consents=list(consent.signed(application)),
        owner=ownership.current(application),
        proofs=[_(PROOFS[proof].label) for proof in application.proofs],
        seen=seen,
        notes=note.on(review, viewer=request.user),
        again=rework.gather(request, review, before, people, photos, now),
        unit=order_evidence.unit(application),
        numbers=order_evidence.numbers(application),
    )


def addresses(request: StaffRequest, review: Review, now: datetime) -> list[str]:
    """Where the pictures of a case lie for this viewer."""
    photos = {photo.kind: photo for photo in review.application.photos.current()}
    found = _pictures(request, review.application, photos, None, now)
    return [each.url for each in found if each.url]


def _pictures(
    request: StaffRequest,
    application: Application,
    photos: dict[str, Photo],
    since: datetime | None,
    now: datetime,
) -> list[Picture]:
    signature = [Photo.Kind.SIGNATURE.value] if application.holder.signs else []
    kinds = [*application.photos_wanted, *signature]
    found = []
    for number, kind in enumerate(kinds, start=1):
        photo = photos.get(kind)
        is_seen = photo is not None and photo.status == Photo.Status.READY
        url = picture.address(request, photo, now) if photo and is_seen else ""
        called = label(application, kind)
        found.append(_picture(number, Photo.Kind(kind), called, photo, url, since))
    return found


def _picture(
    number: int,
    kind: Photo.Kind,
    called: str,
    photo: Photo | None,
    url: str,
    since: datetime | None,
) -> Picture:
    return Picture(
        key=str(number % 10) if number <= 10 else "",
        kind=kind.value,
        label=called,
        # A page with a name of its own is called by it.
        short=str(SHORT.get(kind, called)) if called == str(kind.label) else called,
        url=url,
        state=str(photo.get_status_display()) if photo else _("没有这张照片"),
        source=str(photo.get_source_display()) if photo else "",
        taken_at=photo.taken_at if photo else None,
        is_new=bool(photo and since and photo.taken_at > since),
    )


def _said(finding: Finding, photos: dict[str, Photo]) -> Said:
    return Said(
        severity=finding.severity,
        label=str(finding.get_severity_display()),
        text=_(finding.reason),
        todo=_(finding.todo) if finding.todo else "",
        role=str(Role(finding.role).label) if finding.role else "",
        article=finding.article,
        rule=finding.rule,
        picture=_picture_of(finding, photos),
    )


def _picture_of(finding: Finding, photos: dict[str, Photo]) -> str:
    """Which picture it is that the finding speaks of, where one alone shows what it says."""
    shows = SHOWN.get(finding.rule)
    if shows is None:
        return ""
    answers = remedies(finding.rule, finding.role, finding.reason, finding.todo)
    kinds = [kind for answer in answers for kind in answer.items if kind in photos]
    return next((kind for kind in kinds if shows(photos[kind])), "")


def _earlier(review: Review) -> list[Review]:
    rounds = review.application.reviews.filter(
        stands=True, decision__isnull=False, round__lt=review.round
    )
    return list(rounds.select_related("decision__decided_by").order_by("round"))


def _round(earlier: Review, parties: list[Party], photos: dict[str, Photo]) -> Round:
    made: Decision = earlier.decision
    times: dict[str, datetime] = {kind: photo.taken_at for kind, photo in photos.items()}
    times |= {party.role: party.identity.received_at for party in parties}
    return Round(
        number=earlier.round,
        decision=made,
        items=[
            Redone(label=str(ITEMS.get(item, item)), done_at=_after(made, times.get(item)))
            for item in made.items
        ],
    )


def _after(made: Decision, at: datetime | None) -> datetime | None:
    return at if at and at > made.decided_at else None
