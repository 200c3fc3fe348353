"""Pictures at the counter: the slots to fill, what a worker made of them, and the pictures."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from django.http import HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from outlets.http import StaffRequest, for_role
from outlets.models import Post
from registration import imaging, quality
from registration.forms.application import LetterForm, ProofForm
from registration.forms.photo import PhotoForm
from registration.http import invalid, open_application, polled, saved
from registration.models import Application, Photo
from registration.models.photo import LIVE, label
from registration.rules.ownership import LEAST_SCORE, score
from registration.services import application as applications
from registration.services import ownership, policy
from registration.services import photo as photos
from registration.views import phone, picture, steps

CLERK = Post.Role.CLERK
# A worker needs a second or two; after this the page says that it takes longer.
SLOW = timedelta(seconds=15)


@dataclass(frozen=True)
class Slot:
    """A named place for one picture. ``state``: due, optional, waiting, ready, bad, redo.
    ``is_hinted``: it will do, but another shot would be better."""

    kind: str
    label: str
    state: str
    text: str
    url: str
    picture: str
    takes_files: bool
    is_hinted: bool
    version: str
    # On a phone: whether the page gets the camera, and whether the phone's own may take it.
    opens_camera: bool = True
    takes_shots: bool = False


@for_role(CLERK)
@require_GET
def show(request: StaffRequest, pk: int) -> HttpResponse:
    return _page(request, open_application(request, pk))


def _page(request: StaffRequest, application: Application) -> HttpResponse:
    now = timezone.now()
    board = steps.board(request, application, "photos", now)
    return steps.show(
        request,
        "registration/photo/take.html",
        board,
        slots=slots_of(request, application, application.photos_wanted, board.photos, now),
        letter_form=LetterForm(application),
        proof=_proof(application, now) if application.needs_proof else None,
        proof_form=ProofForm(initial={"proofs": application.proofs}),
        # Pictures that wait in the browser are encrypted with this: another clerk's page of the
        # same PC cannot read them.
        keep_key=keep_key(request, application),
        phone=phone.panel(application, now),
    )


@dataclass(frozen=True)
class Proof:
    """How much the customer's proofs of use count for, and how much it takes."""

    score: int
    least: int

    @property
    def is_enough(self) -> bool:
        return self.score >= self.least


def _proof(application: Application, now: datetime) -> Proof:
    policies = policy.in_force(application.channel_path, timezone.localdate(now))
    return Proof(score(frozenset(application.proofs)), LEAST_SCORE.of(policies))


@for_role(CLERK)
@require_POST
def tick_proofs(request: StaffRequest, pk: int) -> HttpResponse:
    application = open_application(request, pk)
    form = ProofForm(request.POST)
    if not form.is_valid():
        return invalid(request, form)
    ownership.tick(application, form.cleaned_data["proofs"], now=timezone.now())
    return saved(request, application, reverse("photos", kwargs={"pk": pk}))


@for_role(CLERK)
@require_GET
def slots(request: StaffRequest, pk: int) -> HttpResponse:
    """The page again if a picture has changed; asked for while a worker is at it."""
    application = open_application(request, pk)
    current = {photo.kind: photo for photo in application.photos.current()}
    now = timezone.now()
    linked = phone.panel(application, now).version
    found = slots_of(request, application, application.photos_wanted, current, now)
    signature = [application.status, linked, *[(each.kind, each.version) for each in found]]
    return polled(request, signature, lambda: _page(request, application))


@for_role(CLERK)
@require_POST
def take(request: StaffRequest, pk: int, kind: str) -> HttpResponse:
    """One picture, from the camera or a file. A refusal says what was wrong with it."""
    application = open_application(request, pk)
    form = PhotoForm(request.POST, request.FILES)
    if not form.is_valid():
        return invalid(request, form)
    upload = form.cleaned_data["photo"]
    # One byte over the limit is enough to be refused; the rest need not be read into memory.
    data = upload.read(imaging.MAX_BYTES + 1)
    source = form.cleaned_data["source"]
    now = timezone.now()
    photos.receive(
        application,
        kind,
        data,
        source=source,
        counted=form.cleaned_data["sha256"],
        camera=form.cleaned_data["camera"],
        by=request.user,
        now=now,
    )
    application.touched_at = now
    return saved(request, application, reverse("photos", kwargs={"pk": pk}))


@for_role(CLERK)
@require_POST
def tick(request: StaffRequest, pk: int) -> HttpResponse:
    """What the clerk has found on the letter (PX-02, PX-03)."""
    application = open_application(request, pk)
    form = LetterForm(application, request.POST)
    if not form.is_valid():
        return invalid(request, form)
    applications.check_letter(application, **form.found, now=timezone.now())
    return saved(request, application, reverse("photos", kwargs={"pk": pk}))


def keep_key(request: StaffRequest, application: Application) -> str:
    """256 bits, the same for each page of this clerk for this application."""
    return salted_hmac(
        "registration.photos", f"{application.pk}:{request.user.pk}", algorithm="sha256"
    ).hexdigest()


def slots_of(
    request: StaffRequest,
    application: Application,
    kinds: Iterable[str],
    current: dict[str, Photo],
    now: datetime,
) -> list[Slot]:
    """With the addresses at which this viewer sees the pictures."""
    see = partial(picture.address, request, now=now)
    return [slot(application, kind, current, now, see=see) for kind in kinds]


def slot(
    application: Application,
    name: str,
    current: dict[str, Photo],
    now: datetime,
    *,
    see: Callable[[Photo], str] = lambda photo: "",
) -> Slot:
    """``see`` gives the address at which whoever looks sees the picture; "": not at all."""
    kind, photo = Photo.Kind(name), current.get(name)
    files = photos.files_allowed(application)
    state, text = _state(application, kind, photo, now)
    return Slot(
        kind=kind,
        label=label(application, kind),
        state=state,
        text=text,
        url=reverse("photo_take", kwargs={"pk": application.pk, "kind": kind}),
        picture=see(photo) if photo and photo.view else "",
        takes_files=files and kind not in LIVE,
        is_hinted=state == "ready" and bool(photo and photo.hint),
        version=f"{photo.pk if photo else 0}-{state}-{len(text)}",
    )


def _state(
    application: Application, kind: str, photo: Photo | None, now: datetime
) -> tuple[str, str]:
    if photo is None:
        is_due = kind not in application.photos_optional
        return ("due", _("待拍")) if is_due else ("optional", _("可选：不能签名时拍"))
    if kind in application.redo:
        return "redo", _("审核退回：请重拍")
    if photo.status == Photo.Status.READY:
        if photo.hint:
            return "ready", _("可用，但%(hint)s") % {"hint": _(quality.HINTS[photo.hint])}
        return "ready", _("合格")
    if photo.status == Photo.Status.REJECTED:
        return "bad", _("重拍：%(problem)s") % {"problem": _(photo.problem)}
    if now - photo.taken_at > SLOW:
        return "waiting", _("处理得慢一些，会自动完成；可以先做下一步")
    return "waiting", _("处理中")
