"""One case at the desk: see it, keep it, decide it, give it back."""

from datetime import datetime

from django.contrib import messages
from django.core import signing
from django.http import HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from outlets.http import StaffRequest, for_role
from outlets.models import Post
from portal import masking
from portal.refusal import Refusal
from portal.services import audit, session
from registration import flow
from registration.forms.review import DecisionForm
from registration.http import polled
from registration.models import Review
from registration.services import ahead, decision, queue, review, rework
from registration.views import desk, evidence, question

VERIFIER = Post.Role.VERIFIER


class Incomplete(Refusal):
    status = 422


@for_role(VERIFIER)
@require_GET
def show(request: StaffRequest, pk: int) -> HttpResponse:
    case, now = door(request, pk), timezone.now()
    is_ahead = request.get_full_path() == address(request, case, case.claim_no + 1)
    return _page(request, case, None, now, is_ahead=is_ahead)


@for_role(VERIFIER)
@require_POST
def decide(request: StaffRequest, pk: int) -> HttpResponse:
    """Approve, return or refuse, and open the next case at once."""
    case, now = door(request, pk), timezone.now()
    form = DecisionForm(case.application, request.POST)
    try:
        if not form.is_valid():
            raise Incomplete(_first_error(form))
        flow.decide(case, by=request.user, now=now, **form.decision)
    except review.AlreadyYours as again:
        messages.info(request, again.text)  # a double click; the first one counted
    except review.LeaseLost as lost:
        return _lost(request, case, lost, now)
    except Refusal as refusal:
        return _page(request, case, form, now, refusal)
    following = desk.take(request.user, now)
    if following is None:
        return redirect("desk")
    return redirect(address(request, following, following.claim_no))


@for_role(VERIFIER)
@require_GET
def since(request: StaffRequest, pk: int) -> HttpResponse:
    """What a page that was made ready ahead could not know: since when the case is in hand, what
    was just done, and the way to take it back."""
    case, now = door(request, pk), timezone.now()
    context = {
        "review": case,
        "queue": queue.of(request.user, now=now),
        "fresh": desk.fresh(request, now),
    }
    return render(request, "registration/review/_since.html", context)


@for_role(VERIFIER)
@require_POST
def heartbeat(request: StaffRequest, pk: int) -> HttpResponse:
    """Asked for by the open page. A refusal tells it who has the case now."""
    claim_no, now = token(request), timezone.now()
    case = _still(request, pk, claim_no, now)
    until = review.heartbeat(case, claim_no=claim_no, by=request.user, now=now)
    return JsonResponse({"left": desk.seconds(until, now)})


@for_role(VERIFIER)
@require_GET
def lease(request: StaffRequest, pk: int) -> HttpResponse:
    """Whether the page still has its case: one indexed query and 304 while it has, else who has it
    now. It prolongs nothing; the heartbeat does."""
    claim_no, now = number(request.GET.get("claim_no", "")), timezone.now()
    _still(request, pk, claim_no, now)
    return polled(request, (pk, claim_no), lambda: JsonResponse({}))


@for_role(VERIFIER)
@require_POST
def release(request: StaffRequest, pk: int) -> HttpResponse:
    case, now = door(request, pk), timezone.now()
    try:
        review.release(case, claim_no=token(request), by=request.user, now=now)
    except review.LeaseLost as lost:
        return _lost(request, case, lost, now)
    ahead.drop(request.user)
    messages.success(
        request,
        _("受理 %(reference)s 已放回队列。") % {"reference": case.application.reference},
    )
    return redirect("desk")


@for_role(VERIFIER)
@require_POST
def undo(request: StaffRequest, pk: int) -> HttpResponse:
    """Take the last decision back while nothing has followed from it."""
    case, now = door(request, pk), timezone.now()
    decision.take_back(case, claim_no=token(request), by=request.user, now=now)
    return redirect("review", pk=case.pk)


def door(request: StaffRequest, pk: int) -> Review:
    """The case, for a verifier in whose part of the tree it is; who holds it is another matter."""
    visible = Review.objects.visible_to(request.user)
    joined = visible.select_related(
        "application__outlet__channel", "application__clerk", "application__order"
    )
    case: Review = get_object_or_404(joined, pk=pk)
    return case


def address(request: StaffRequest, case: Review, claim_no: int) -> str:
    """Where the verifier goes on. The browser may have the page already, by this very address: so
    it is another one for another login, claim or language."""
    here = session.handle(request.session.session_key or "")
    claim = f"{case.pk} {claim_no} {here} {get_language()}"
    seal = signing.Signer(salt="registration.turn").signature(claim)
    return f"{reverse('review', kwargs={'pk': case.pk})}?turn={seal}"


def _still(request: StaffRequest, pk: int, claim_no: int, now: datetime) -> Review:
    """No more than the row's id, while the case is in their hands; else LeaseLost, or 404."""
    if not review.is_in_hand(pk, claim_no, request.user, now):
        raise review.lost(door(request, pk), claim_no=claim_no, by=request.user, now=now)
    return Review(pk=pk)


def token(request: StaffRequest) -> int:
    return number(request.POST.get("claim_no", ""))


def number(said: str) -> int:
    return int(said) if said.isdecimal() and len(said) < 10 else 0


def _first_error(form: DecisionForm) -> str:
    return next(str(error) for errors in form.errors.values() for error in errors)


def _page(
    request: StaffRequest,
    case: Review,
    sent: DecisionForm | None,
    now: datetime,
    refusal: Refusal | None = None,
    *,
    is_ahead: bool = False,
) -> HttpResponse:
    """The case before its holder. ``refusal``: why what they just tried, ``sent``, was not done.
    ``is_ahead``: it is reserved for them, and this is its page as it will be once it is claimed."""
    if refusal:
        _write_down(request, case, refusal, now)
    try:
        if is_ahead:
            ahead.look(case, by=request.user, now=now)
        else:
            review.look(case, claim_no=case.claim_no, by=request.user, now=now)
    except review.LeaseLost as lost:
        return _lost(request, case, lost, now)
    before = rework.look(case, by=request.user, now=now)
    kept = rework.kept(before, case.application, by=request.user)
    form = sent or DecisionForm(case.application, kept=kept)
    context = {
        "review": case,
        "application": case.application,
        "number": masking.group_phone(case.application.number or ""),
        "evidence": evidence.gather(request, case, before, now),
        "form": form,
        "questions": question.questions(case.application, form, kept),
        "left": desk.seconds(case.lease_until, now),
        "is_late": case.due_at <= now,
        "queue": queue.of(request.user, now=now),
        "hindrance": flow.objection(case, now=now),
        "refusal": refusal,
        "is_ahead": is_ahead,
        "fresh": None if is_ahead else desk.fresh(request, now),
    }
    status = refusal.status if refusal else 200
    return render(request, "registration/review/show.html", context, status=status)


def _lost(
    request: StaffRequest, case: Review, lost: review.LeaseLost, now: datetime
) -> HttpResponse:
    """Who has the case now, and the way to the next one."""
    _write_down(request, case, lost, now)
    context = {
        "refusal": lost,
        "application": case.application,
        "attempted": request.method == "POST",
    }
    return render(request, "registration/review/lost.html", context, status=lost.status)


def _write_down(request: StaffRequest, case: Review, refusal: Refusal, now: datetime) -> None:
    # What the middleware does for a refusal that is answered by its own page.
    reason = type(refusal).__name__
    audit.record("refused", subject=case, by=request.user, now=now, reason=reason, view="review")
