"""Receive a picture at once, show it, set it aside, forget the unmarked one at the end; a worker's
part is darkroom's."""

from contextlib import suppress
from datetime import datetime
from functools import cache
from hashlib import sha256

from django.conf import settings
from django.db import models, transaction
from django.utils import timezone, translation
from django.utils.translation import gettext_lazy as _

from outlets.models import Tier
from portal import blobs, masking, prepared
from portal.jobs import after_commit
from portal.models import User
from portal.parts import part
from portal.refusal import Refusal
from portal.services import audit
from registration import imaging, marks
from registration.models.application import Application
from registration.models.photo import LIVE, Photo
from registration.rules import plan
from registration.services import application as applications
from registration.services import stand_in

# Where a picture may also come from a file: a scanner stands in the halls (C-12, CV-04).
FILE_TIERS = (Tier.OWN_HALL, Tier.PARTNER_HALL)
SIGNATURE_PIXELS = 4_000_000


LONGEST_NAME = 16


class Purpose(models.TextChoices):
    """Why somebody looks at a picture; burnt into what they see."""

    COUNTER = "counter", _("受理")
    REVIEW = "review", _("审核")


class BadPicture(Refusal):
    text = _("这不是能用的照片。")


class BlankSignature(Refusal):
    text = _("签名是空白的。")
    todo = _("请客户在框内签名。")


class Damaged(Refusal):
    """Other bytes came than the counter sent: the page sends them again by itself."""

    code = "damaged_upload"
    status = 503
    text = _("照片在传输中损坏，没有保存。")
    todo = _("正在自动重传，请不要关闭页面。")


class WrongKind(Refusal):
    text = _("没有这种照片。")


class CameraOnly(Refusal):
    text = _("现场照只能用摄像头当场拍摄，不能上传文件。")
    todo = _("请让本人面对摄像头拍照。")


class NoFilesHere(Refusal):
    text = _("本网点只能用摄像头拍摄，不能上传文件。")
    todo = _("请用摄像头重新拍摄。")


class NoZone(Refusal):
    text = _("还没有读出这份证件的机读区。")
    todo = _("请先拍好带机读区的那一页，等它显示“合格”。")


def files_allowed(application: Application) -> bool:
    return application.outlet.tier in FILE_TIERS


def receive(
    application: Application,
    kind: str,
    data: bytes,
    *,
    source: str,
    counted: str = "",
    camera: str = "",
    by: User,
    phone: int | None = None,
    now: datetime,
) -> Photo:
    """Keep the picture (encrypted) and wake a worker. It replaces an earlier one of its kind.
    ``counted``: its SHA-256 as the counter's page found it, in hex; "" where it could not.
    ``camera``: the device's name, where one took it.
    ``phone``: the id of the PhoneLink that it came through.

    Only the header is read here, in a few milliseconds. Raises BadPicture with what was wrong,
    Damaged, CameraOnly, NoFilesHere, WrongKind, NotEditable, BlobUnavailable.
    """
    digest = sha256(data).hexdigest()
    if counted and counted != digest:
        raise Damaged
    _check_source(application, kind, source)
    try:
        header = imaging.inspect(data, min_side=min_side(kind))
        if kind == Photo.Kind.SIGNATURE:
            _check_signature(application, data, header)
    except imaging.PictureError as error:
        raise BadPicture(_(error.text)) from None
    name = blobs.put(data)
    try:
        photo = _store(
            application,
            kind,
            digest,
            name,
            source=source,
            counted=counted,
            camera=camera if source == Photo.Source.CAMERA else "",
            made_elsewhere=kind in LIVE and not header.is_from_canvas,
            by=by,
            through={"phone": phone} if phone else {},
            now=now,
        )
    except BaseException:
        # What went wrong is told, not that its file stays too: the sweep finds that one.
        with suppress(blobs.BlobUnavailable):
            blobs.delete(name)
        raise
    return photo


@prepared.throughout()
@transaction.atomic
def _store(
    application: Application,
    kind: str,
    digest: str,
    name: str,
    *,
    source: str,
    counted: str,
    camera: str,
    made_elsewhere: bool,
    by: User,
    through: dict[str, int],
    now: datetime,
) -> Photo:
    redo = applications.lock_redo(application)
    if found := _before().first(row=application.pk, kind=kind):
        application.photos.current().filter(kind=kind).update(replaced_at=now)
    photo = Photo.objects.create(
        application=application,
        kind=kind,
        source=source,
        sha256=digest,
        original=name,
        camera=camera,
        attempt=1 + (_attempts(application, *found) if found else 0),
        made_elsewhere=made_elsewhere,
        taken_at=now,
        taken_by=by,
    )
    applications.strike(application, redo, kind, now=now)
    audit.record(
        "photo.received",
        subject=photo,
        by=by,
        now=now,
        kind=kind,
        sha256=photo.sha256,
        counter=counted,
        **through,
    )
    after_commit("registration.tasks.process_photo", photo_id=photo.pk)
    return photo


@cache
def _before() -> prepared.Prepared:
    rows = Photo.objects.current().filter(application=stand_in.ROW, kind=stand_in.KIND)
    shown = rows.values_list("attempt", "taken_at")
    return prepared.prepare(shown, stand_in.NAMES, is_planned_once=True)


def _attempts(application: Application, attempt: int, taken_at: datetime) -> int:
    """How often it was tried already; what was sent back by a verifier begins anew."""
    was_sent_back = application.submitted_at and taken_at <= application.submitted_at
    return 0 if was_sent_back else attempt


def zone(application: Application, role: str) -> str:
    """What the worker has read of this person's zone; "" where none is due. Raises NoZone."""
    kinds = [kind for kind in application.photos_due if plan.shown_by(kind) == role]
    pages = [kind for kind in kinds if plan.zone_of(kind, application.documents)]
    if not pages:
        return ""
    page = application.photos.current().filter(kind__in=pages, mrz__isnull=False).first()
    if page is None or not page.mrz:
        raise NoZone
    return page.mrz


def _check_signature(application: Application, data: bytes, header: imaging.Header) -> None:
    """What a screen draws is small enough to be looked at while the customer waits."""
    if header.width * header.height > SIGNATURE_PIXELS:
        raise imaging.PictureError("too_many_pixels")
    # A trembling hand's faint line is a signature: whoever stands by has seen it made (CV-12).
    if not application.is_assisted and imaging.is_blank(
        imaging.clean(data, min_side=min_side(Photo.Kind.SIGNATURE)).jpeg
    ):
        raise BlankSignature


def min_side(kind: str) -> int:
    # A signature is as low as the pad it was written on; everything else must be legible.
    return 80 if kind == Photo.Kind.SIGNATURE else imaging.MIN_SIDE


@part
def drop(application: Application, kinds: tuple[str, ...], *, now: datetime) -> None:
    """Set these pictures aside."""
    application.photos.current().filter(kind__in=kinds).update(replaced_at=now)


@part
def drop_others(application: Application, kinds: tuple[str, ...], *, now: datetime) -> None:
    """Set the pictures aside that are not of these kinds."""
    application.photos.current().exclude(kind__in=kinds).update(replaced_at=now)


@part
def drop_pages(application: Application, role: str, *, now: datetime) -> None:
    """Set the pictures of this person's document aside: it is another document now."""
    drop(application, tuple(plan.picture(role, page) for page in ("id_front", "id_back")), now=now)


def letter_is_used(application: Application, letter: Photo | None) -> bool:
    """Whether the same picture of a letter came into another application before; one that was
    given up does not count (PX-07)."""
    if letter is None:
        return False
    same = Photo.objects.filter(
        kind=Photo.Kind.LETTER, sha256=letter.sha256, taken_at__lt=letter.taken_at
    )
    others = same.exclude(application=application)
    return others.exclude(application__status=Application.Status.ABANDONED).exists()


def forget_originals(application: Application) -> None:
    """Delete the unmarked pictures once the decision is final; the marked copies stay. What is
    held as evidence keeps both."""
    if application.legal_hold_at:
        return
    for photo in application.photos.exclude(original=""):
        blobs.delete(photo.original)
        rows = Photo.objects.filter(pk=photo.pk)
        rows.update(original="")
        # No worker looks for a picture that is gone.
        rows.filter(status=Photo.Status.RECEIVED).update(status=Photo.Status.REJECTED)


def show(photo: Photo, *, by: User, purpose: str, now: datetime) -> bytes:
    """The marked copy, JPEG, with who looks, why and when burnt in; what is stored stays as it is.
    Looking at it is a read of clear data and is written down. Raises BlobMissing,
    BlobUnavailable."""
    audit.record(
        "photo.viewed", subject=photo, by=by, now=now, kind=photo.kind, purpose=str(purpose)
    )
    return marks.stamp(blobs.get(photo.view), viewer_lines(by, purpose, now))


def viewer_lines(by: User, purpose: str, now: datetime) -> list[str]:
    """Name, role and masked staff number; purpose and time. In Chinese whatever the viewer reads:
    a print must mean the same to everybody."""
    with translation.override(settings.LANGUAGE_CODE):
        role = by.post.get_role_display() if by.post else ""
        who = [by.name[:LONGEST_NAME], str(role), masking.number(by.username)]
        return [" ".join(filter(None, who)), f"{Purpose(purpose).label} {_minute(now)}"]


def _minute(now: datetime) -> str:
    return f"{timezone.localtime(now):%Y-%m-%d %H:%M}"


def _check_source(application: Application, kind: str, source: str) -> None:
    if kind not in (*application.photos_wanted, Photo.Kind.SIGNATURE):
        raise WrongKind
    if (kind == Photo.Kind.SIGNATURE) != (source == Photo.Source.SCREEN):
        raise WrongKind
    if source == Photo.Source.FILE:
        if kind in LIVE:
            raise CameraOnly
        if not files_allowed(application):
            raise NoFilesHere
