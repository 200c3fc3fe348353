"""What happened to one application, in order; without pictures and without clear data."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from outlets.models.reader import reader_name
from portal.models import User
from registration.models.appeal import Appeal
from registration.models.application import Application
from registration.models.decision import Decision
from registration.models.identity import Identity, Role
from registration.models.line import Line
from registration.models.photo import Photo
from registration.models.review import Review
from registration.models.turndown import Turndown
from registration.rules.document import DOCUMENTS, Lane


@dataclass(frozen=True)
class Event:
    """``redo`` names what a return asked for: photo kinds, roles, "letter_points"."""

    at: datetime
    title: str
    who: User | None = None
    detail: str = ""
    state: str = "note"
    redo: tuple[str, ...] = ()


def tell(application: Application) -> list[Event]:
    """The whole story, the earliest first; the same few queries for a long one."""
    events = [
        Event(application.made_at, _("开始受理")),
        *_reads(application),
        *_read_refusals(application),
        *_photos(application),
        *_help(application),
        *_checks(application),
        *_rounds(application),
        *_end(application),
        *_appeals(application),
    ]
    return sorted(events, key=_moment)


def _moment(event: Event) -> datetime:
    """The carrier tells whole seconds: what it did comes last in its second, after the approval
    that it follows from."""
    return event.at if event.at.microsecond else event.at.replace(microsecond=999_999)


def _reads(application: Application) -> Iterator[Event]:
    rows = Identity.objects.filter(challenge__application=application)
    for read in rows.select_related("challenge__clerk").defer(
        "block", "address_block", "photo", "stated"
    ):
        title = _("读卡：%(role)s") % {"role": Role(read.challenge.role).label}
        yield Event(read.received_at, title, read.challenge.clerk, _reader(read))


def _reader(read: Identity) -> str:
    """Its SAM id, or what kind of reader it was where the vendor's service tells none; of a
    document without a chip its kind and lane."""
    if read.lane != Lane.CHIP:
        return f"{_(DOCUMENTS[read.card_type].label)} · {read.get_trust_display()}"
    if not read.sam_id:
        return reader_name(read.reader)
    return _("读卡器 %(sam_id)s") % {"sam_id": read.sam_id}


def _read_refusals(application: Application) -> Iterator[Event]:
    for refused in application.read_refusals.select_related("clerk"):
        detail = refused.get_code_display()
        yield Event(refused.at, _("读卡未采用"), refused.clerk, detail, "block")


def _photos(application: Application) -> Iterator[Event]:
    for photo in application.photos.select_related("taken_by"):
        kind = Photo.Kind(photo.kind)
        title = (
            _("客户签名")
            if kind == Photo.Kind.SIGNATURE
            else _("拍照：%(kind)s") % {"kind": kind.label}
        )
        words = [photo.get_source_display(), photo.get_status_display()]
        if photo.replaced_at:
            words.append(_("后来已重做"))
        is_bad = photo.status == Photo.Status.REJECTED
        yield Event(
            photo.taken_at, title, photo.taken_by, " · ".join(words), "review" if is_bad else "note"
        )


def _help(application: Application) -> Iterator[Event]:
    if application.assisted_at:
        reason = application.get_assisted_reason_display()
        title = _("特殊协助：上级确认客户在场")
        yield Event(application.assisted_at, title, application.assisted_by, reason, "review")


def _checks(application: Application) -> Iterator[Event]:
    rows = application.online_checks.select_related("identity__challenge")
    for check in rows.defer("identity__block", "identity__address_block", "identity__photo"):
        if check.checked_at is None:
            continue
        role = Role(check.identity.challenge.role).label
        is_match = check.result == check.Result.MATCH
        yield Event(
            check.checked_at,
            _("联网核验：%(role)s") % {"role": role},
            detail=check.get_result_display(),
            state="pass" if is_match else "block",
        )


def _rounds(application: Application) -> Iterator[Event]:
    rounds = application.reviews.select_related(
        "captured_by", "claimed_by", "decision__decided_by"
    ).defer("decision__note")
    # Of a gold case nothing becomes, and its verifier's test is not told here.
    for review in rounds.exclude(kind=Review.Kind.GOLD).order_by("round", "pk"):
        yield from _look(review)
    if application.status == Application.Status.SUBMITTED and application.submitted_at:
        yield _submitted(application.submitted_at, application.round, application.clerk)


def _look(review: Review) -> Iterator[Event]:
    if review.kind == Review.Kind.FIRST:
        yield _submitted(review.submitted_at, review.round, review.captured_by)
        yield Event(review.queued_at, _("进入审核队列"))
    else:
        kind, cause = review.get_kind_display(), review.get_cause_display()
        yield Event(review.queued_at, _("等待%(kind)s") % {"kind": kind}, detail=cause)
    if review.claimed_at:
        yield Event(review.claimed_at, _("领取审核"), review.claimed_by)
    if decision := getattr(review, "decision", None):
        yield _decided(decision, review)


def _submitted(at: datetime, round_no: int, by: User) -> Event:
    again = _("第 %(round)s 次提交") % {"round": round_no}
    return Event(at, _("提交") if round_no == 1 else again, by)


def _decided(decision: Decision, review: Review) -> Event:
    title = _("审核：%(verdict)s") if review.kind == Review.Kind.FIRST else _("复核：%(verdict)s")
    state = {Decision.Verdict.APPROVE: "pass", Decision.Verdict.RETURN: "review"}
    return Event(
        decision.decided_at,
        title % {"verdict": decision.get_verdict_display()},
        decision.decided_by,
        decision.get_reason_display(),
        state.get(Decision.Verdict(decision.verdict), "block"),
        tuple(decision.items),
    )


def _end(application: Application) -> Iterator[Event]:
    line = Line.objects.filter(application=application).first()
    if line and line.opened_at:
        yield Event(line.opened_at, _("号码已开通"), state="pass")
    if turned_down := Turndown.objects.filter(application=application).select_related("by").first():
        reason = turned_down.get_code_display()
        yield Event(turned_down.at, _("无法办理"), turned_down.by, reason, "block")
    if application.erased_at:
        yield Event(application.erased_at, _("按规定删除影像和证件资料"), state="off")
    done = application.orders.filter(done_at__isnull=False)
    for order in done.exclude(command__in=("open", "install", "release")):
        title = _("运营商已办理：%(command)s") % {"command": order.get_command_display()}
        assert order.done_at is not None  # noqa: S101 - filtered above
        yield Event(order.done_at, title, state="pass")
    if application.status == Application.Status.ABANDONED:
        yield Event(application.touched_at, _("已放弃"), state="off")


def _appeals(application: Application) -> Iterator[Event]:
    state = {Appeal.Outcome.UPHELD: "pass", Appeal.Outcome.REJECTED: "block"}
    rows = Appeal.objects.of(application).select_related("made_by", "decided_by")
    for appeal in rows.defer("words", "answer"):
        yield Event(appeal.made_at, _("客户申诉"), appeal.made_by, appeal.get_way_display())
        if appeal.decided_at:
            title, outcome = appeal.get_outcome_display(), Appeal.Outcome(appeal.outcome)
            yield Event(appeal.decided_at, title, appeal.decided_by, state=state[outcome])
