"""One application at the counter: what is asked for, the check, the signature, the submit."""

import uuid
from datetime import datetime
from itertools import groupby

from django.contrib import messages
from django.http import HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from outlets.http import StaffRequest, for_role, outlet_of
from outlets.models import Post
from portal import masking
from portal.http import wants_json
from registration import flow, imaging, intake
from registration.forms.application import (
    AddressForm,
    AnswersForm,
    IccidForm,
    NumberForm,
    OwnNumberForm,
    SubmitForm,
)
from registration.forms.consent import ConsentForm
from registration.forms.photo import FrameForm, SignatureForm
from registration.http import invalid, open_application, saved
from registration.models import Finding, Photo
from registration.rules.engine import blocks
from registration.rules.rule import Severity
from registration.rules.turndown import suggested
from registration.services import application as applications
from registration.services import line, sim
from registration.views import consent, finding, order, photo, picture, steps

CLERK = Post.Role.CLERK


@for_role(CLERK)
@require_POST
def new(request: StaffRequest) -> HttpResponse:
    assert request.post is not None  # noqa: S101 - the role above is a post's
    application = applications.start(outlet_of(request.post), by=request.user, now=timezone.now())
    return redirect("application_start", pk=application.pk)


@for_role(CLERK)
@require_GET
def go_on(request: StaffRequest, pk: int) -> HttpResponse:
    """Where this application goes on: the first step that is not done, or the result."""
    application = open_application(request, pk)
    if not application.is_editable:
        return redirect("application_result", pk=pk)
    if application.order_id:
        return redirect("order", pk=application.order_id)
    board = steps.board(request, application, "start", timezone.now())
    step = next((step for step in board.steps if not step.is_done), board.steps[-1])
    return redirect(step.url)


@for_role(CLERK)
@require_GET
def start(request: StaffRequest, pk: int) -> HttpResponse:
    application = open_application(request, pk)
    if application.order_id:
        return redirect("order", pk=application.order_id)
    if application.holder.is_order:
        return order.start(request, application)
    board = steps.board(request, application, "start", timezone.now())
    return steps.show(
        request,
        "registration/application/start.html",
        board,
        answers_form=AnswersForm(application),
        iccid_form=IccidForm(initial={"iccid": application.iccid}),
        own_number_form=OwnNumberForm(initial={"number": application.number}),
        address_form=AddressForm(initial={"address": application.address}),
        chosen=masking.group_phone(application.number or ""),
    )


@for_role(CLERK)
@require_POST
def answer(request: StaffRequest, pk: int) -> HttpResponse:
    """Who is the customer, who is here, what do they want."""
    application = open_application(request, pk)
    # What is not asked, or not said, stays as it was answered.
    form = AnswersForm(application, AnswersForm.answered(application) | request.POST.dict())
    if not form.is_valid():
        return invalid(request, form)
    intake.answer(application, **form.answers, now=timezone.now())
    # A finding's button changes the answer from another step: the counter goes on from there.
    after = "application" if "go_on" in request.POST else "application_start"
    return saved(request, application, reverse(after, kwargs={"pk": pk}))


@for_role(CLERK)
@require_GET
def numbers(request: StaffRequest, pk: int) -> HttpResponse:
    """A handful of free numbers; another handful each time. The page asks for them when it is
    there already, so that a slow carrier keeps nobody waiting."""
    application = open_application(request, pk)
    try:
        pool = line.pool(application.outlet, kind=application.asked.lines[0])
    except line.CarrierAway as away:
        context = {"application": application, "away": away}
        return render(request, "registration/application/_numbers_away.html", context)
    choices = [(number, masking.group_phone(number)) for number in pool]
    context = {"application": application, "choices": choices}
    return render(request, "registration/application/_numbers.html", context)


@for_role(CLERK)
@require_POST
def number(request: StaffRequest, pk: int) -> HttpResponse:
    application = open_application(request, pk)
    form = NumberForm(request.POST)
    if not form.is_valid():
        return invalid(request, form)
    line.reserve(application, form.cleaned_data["number"], by=request.user, now=timezone.now())
    return saved(request, application, reverse("application_start", kwargs={"pk": pk}))


@for_role(CLERK)
@require_POST
def own_number(request: StaffRequest, pk: int) -> HttpResponse:
    """The customer's own number, which the carrier is asked about."""
    application = open_application(request, pk)
    form = OwnNumberForm(request.POST)
    if not form.is_valid():
        return invalid(request, form)
    number = form.cleaned_data["number"]
    intake.name_number(application, number, by=request.user, now=timezone.now())
    return saved(request, application, reverse("application_start", kwargs={"pk": pk}))


@for_role(CLERK)
@require_POST
def address(request: StaffRequest, pk: int) -> HttpResponse:
    application = open_application(request, pk)
    form = AddressForm(request.POST)
    if not form.is_valid():
        return invalid(request, form)
    applications.set_address(application, form.cleaned_data["address"], now=timezone.now())
    return saved(request, application, reverse("application_start", kwargs={"pk": pk}))


@for_role(CLERK)
@require_POST
def iccid(request: StaffRequest, pk: int) -> HttpResponse:
    application = open_application(request, pk)
    form = IccidForm(request.POST)
    if not form.is_valid():
        return invalid(request, form)
    sim.put(application, form.cleaned_data["iccid"], now=timezone.now())
    return saved(request, application, reverse("application_start", kwargs={"pk": pk}))


@for_role(CLERK)
@require_POST
def scan_iccid(request: StaffRequest, pk: int) -> HttpResponse:
    """The SIM card's number on a frame of the camera, for the field; nothing is stored."""
    open_application(request, pk)
    form = FrameForm(request.POST, request.FILES)
    if not form.is_valid():
        return invalid(request, form)
    data = form.cleaned_data["photo"].read(imaging.MAX_BYTES + 1)
    return JsonResponse({"iccid": sim.scan(data)})


@for_role(CLERK)
@require_GET
def check(request: StaffRequest, pk: int) -> HttpResponse:
    """What the rules say, with what to do and where."""
    board = steps.board(request, open_application(request, pk), "check", timezone.now())
    # The signature comes after this page; that it is missing is no finding yet.
    shown = [verdict for verdict in board.verdicts if verdict.reason.step != "sign"]
    if wants_json(request):
        found = [finding.as_json(finding.said(board, verdict)) for verdict in shown]
        return JsonResponse({"findings": found})
    groups = [
        (Finding.Severity(severity), [finding.said(board, verdict) for verdict in verdicts])
        for severity, verdicts in groupby(shown, key=lambda verdict: verdict.severity)
    ]
    fix = next((said for severity, found in groups for said in found if said.url), None)
    if not any(severity == Finding.Severity.BLOCK for severity, _found in groups):
        fix = None
    return steps.show(
        request,
        "registration/application/check.html",
        board,
        groups=groups,
        fix=fix,
        ends_here=_ends_here(board),
        keep_key=photo.keep_key(request, board.application),
    )


def _ends_here(board: steps.Board) -> bool:
    """Whether no step mends what stands first, and there is a reason to tell the customer. What
    was sent back is done again before anybody is sent away."""
    first = next(blocks(board.verdicts), None)
    if first is None or first.reason.step or board.application.redo or board.application.order_id:
        return False
    return bool(suggested([first.rule.id]))


@for_role(CLERK)
@require_GET
def sign(request: StaffRequest, pk: int) -> HttpResponse:
    """What the customer reads, signs and hands in."""
    application, now = open_application(request, pk), timezone.now()
    board = steps.board(request, application, "sign", now)
    form = ConsentForm(application, initial=consent.answered(application), now=now)
    return steps.show(
        request,
        "registration/application/sign.html",
        board,
        chosen=masking.group_phone(application.number or ""),
        given=_given(request, board, now),
        keep_key=photo.keep_key(request, application),
        consent_form=form,
        texts=consent.texts(form),
        # What stands against a signature that was given; one that is missing is no finding yet.
        blocks=_blocks(board) if application.confirmed_at else [],
        submit_form=SubmitForm(initial={"key": uuid.uuid4()}),
        open_steps=[step for step in board.steps[:-1] if not step.is_done],
    )


def _given(request: StaffRequest, board: steps.Board, now: datetime) -> str:
    """The signature that stands, as a picture: a page that is loaded again shows no empty pad."""
    signature = board.photos.get(Photo.Kind.SIGNATURE)
    if not board.application.confirmed_at or signature is None or not signature.view:
        return ""
    return picture.address(request, signature, now)


def _blocks(board: steps.Board) -> list[finding.Said]:
    blocks = (one for one in board.verdicts if one.severity == Severity.BLOCK)
    return [finding.said(board, one) for one in blocks if one.reason.step == "sign"]


@for_role(CLERK)
@require_POST
def signature(request: StaffRequest, pk: int) -> HttpResponse:
    application, now = open_application(request, pk), timezone.now()
    answers = ConsentForm(application, request.POST, now=now)
    form = SignatureForm(request.POST, request.FILES)
    for each in (answers, form):
        if not each.is_valid():
            return invalid(request, each)
    intake.sign(
        application,
        form.cleaned_data["signature"].read(),
        shown=answers.cleaned_data["shown"],
        answers=answers.answers,
        by=request.user,
        now=now,
    )
    return saved(request, application, reverse("application_sign", kwargs={"pk": pk}))


@for_role(CLERK)
@require_POST
def submit(request: StaffRequest, pk: int) -> HttpResponse:
    application = open_application(request, pk)
    form = SubmitForm(request.POST)
    if not form.is_valid():
        return invalid(request, form)
    key = form.cleaned_data["key"]
    application = flow.submit(application, by=request.user, key=key, now=timezone.now())
    return saved(request, application, reverse("application_result", kwargs={"pk": pk}))


@for_role(CLERK)
@require_POST
def abandon(request: StaffRequest, pk: int) -> HttpResponse:
    application = open_application(request, pk)
    flow.abandon(application, by=request.user, now=timezone.now())
    text = _("受理单 %(reference)s 已放弃。")
    messages.success(request, text % {"reference": application.reference})
    return redirect("counter")
