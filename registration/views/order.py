"""A unit's order at the counter: its papers, its numbers, their cards and end users."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.contrib import messages
from django.db.models import Prefetch
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from outlets.http import StaffRequest, for_role
from outlets.models import Post
from portal import masking
from registration import flow, intake
from registration.forms.application import AddressForm, AnswersForm, IccidForm
from registration.forms.unit import AddForm, UnitForm
from registration.http import invalid, open_application, saved
from registration.models import Application, Finding, Party, Photo, Role
from registration.rules.rule import Severity
from registration.services import application as applications
from registration.services import order as orders
from registration.services import unit as units
from registration.views import finding, steps

CLERK = Post.Role.CLERK


@dataclass(frozen=True)
class Row:
    """One number of an order, masked. ``state``: number, user, photos, card, address, ready, back,
    or gone ahead. ``address_form``: of a fixed line that the counter may still change."""

    application: Application
    number: str
    masked: str
    iccid: str
    address: str
    user: str
    state: str
    why: str
    read_url: str
    address_form: AddressForm | None = None

    @property
    def is_open(self) -> bool:
        return self.application.is_editable

    @property
    def wants_card(self) -> bool:
        return bool(self.is_open and self.number and self.application.asked.has_card) and (
            not self.iccid
        )

    @property
    def is_on_its_way(self) -> bool:
        return not self.is_open and self.application.status not in Application.FINAL


def _order(request: StaffRequest, pk: int) -> Application:
    application = open_application(request, pk)
    if not application.holder.is_order:
        raise orders.NotAnOrder
    return application


@for_role(CLERK)
@require_POST
def unit(request: StaffRequest, pk: int) -> HttpResponse:
    """What the unit's papers say; what is wrong is said beside its field."""
    application, now = _order(request, pk), timezone.now()
    form = UnitForm(units.policies(application, now), None, request.POST)
    if form.is_valid():
        intake.put_unit(application, form.said, by=request.user, now=now)
        board = steps.board(request, application, "start", now)
        # What the papers themselves rule out is said at once, not after fifty cards.
        following = "application_start" if board.here.is_wrong else "order"
        return saved(request, application, reverse(following, kwargs={"pk": pk}))
    form.focus()
    answer = start(request, application, form)
    answer.status_code = 422
    return answer


def start(
    request: StaffRequest, application: Application, form: UnitForm | None = None
) -> HttpResponse:
    """The first step of an order, in place of a number's and a SIM card's."""
    now = timezone.now()
    known = units.of(application)
    board = steps.board(request, application, "start", now)
    blocks = [one for one in board.verdicts if one.severity == Severity.BLOCK]
    return steps.show(
        request,
        "registration/order/start.html",
        board,
        troubles=[
            finding.said(board, verdict)
            for verdict in blocks
            # That nothing is written down yet, the empty form says.
            if verdict.reason.step == "start" and verdict.rule.id != "UD-01"
        ],
        answers_form=AnswersForm(application),
        unit_form=form or UnitForm(units.policies(application, now), known),
        unit=known,
    )


@for_role(CLERK)
@require_GET
def show(request: StaffRequest, pk: int) -> HttpResponse:
    """The numbers of an order. It stays open after the order was handed in: who is missing today
    may come tomorrow."""
    order = _order(request, pk)
    return _page(request, order, AddForm(order))


def _page(
    request: StaffRequest,
    order: Application,
    add_form: AddForm,
    wrong: dict[int, AddressForm] | None = None,
) -> HttpResponse:
    """``wrong``: an address that was refused, by its number's application."""
    found = rows(order, wrong or {})
    reading = orders.next_to_read(order)
    context = {
        "board": steps.board(request, order, "numbers", timezone.now()),
        "application": order,
        "sent_back": steps.sent_back(order),
        "rows": found,
        "ready": sum(row.state == "ready" for row in found),
        "add_form": add_form,
        "card_form": IccidForm(),
        "wants_card": any(row.wants_card for row in found),
        "read_url": steps.role_url(reading, Role.END_USER) if reading else "",
    }
    return render(request, "registration/order/show.html", context)


@for_role(CLERK)
@require_POST
def add(request: StaffRequest, pk: int) -> HttpResponse:
    """So many numbers from the pool; what the carrier gave stays, also when it was not all."""
    order = _order(request, pk)
    form = AddForm(order, request.POST)
    if not form.is_valid():
        answer = _page(request, order, form)
        answer.status_code = 422
        return answer
    added = orders.add(order, **form.cleaned_data, by=request.user, now=timezone.now())
    if added.refusal:
        text = _("加了 %(count)s 个号码。%(why)s%(todo)s")
        said = {"count": added.count, "why": added.refusal.text, "todo": added.refusal.todo}
        messages.warning(request, text % said)
    else:
        text = ngettext("加了 %(count)s 个号码。", "加了 %(count)s 个号码。", added.count)
        messages.success(request, text % {"count": added.count})
    return redirect("order", pk=pk)


@for_role(CLERK)
@require_POST
def card(request: StaffRequest, pk: int) -> HttpResponse:
    """A scanned SIM card goes to the next number that has none."""
    order = _order(request, pk)
    form = IccidForm(request.POST)
    if not form.is_valid():
        return invalid(request, form)
    orders.scan(order, form.cleaned_data["iccid"], now=timezone.now())
    return saved(request, order, reverse("order", kwargs={"pk": pk}))


@for_role(CLERK)
@require_POST
def address(request: StaffRequest, pk: int, number: int) -> HttpResponse:
    """Another place for a fixed line than the one that it was added with."""
    order = _order(request, pk)
    row = _row(order, number)
    form = AddressForm(request.POST, prefix=f"line{number}")
    if not form.is_valid():
        form.fields["address"].widget.attrs["autofocus"] = True
        answer = _page(request, order, AddForm(order), {number: form})
        answer.status_code = 422
        return answer
    applications.set_address(row, form.cleaned_data["address"], now=timezone.now())
    return redirect("order", pk=pk)


@for_role(CLERK)
@require_POST
def exchange(request: StaffRequest, pk: int, number: int) -> HttpResponse:
    """Another number for a row."""
    row = _row(_order(request, pk), number)
    orders.exchange(row, by=request.user, now=timezone.now())
    return redirect("order", pk=pk)


@for_role(CLERK)
@require_POST
def remove(request: StaffRequest, pk: int, number: int) -> HttpResponse:
    """A number that nobody wants any more goes back to the carrier."""
    row = _row(_order(request, pk), number)
    flow.abandon(row, by=request.user, now=timezone.now())
    return redirect("order", pk=pk)


@for_role(CLERK)
@require_POST
def hand_in(request: StaffRequest, pk: int) -> HttpResponse:
    """What was missing when the order was handed in and is complete now."""
    order = _order(request, pk)
    count = flow.hand_in_numbers(order, by=request.user, now=timezone.now())
    text = ngettext("提交了 %(count)s 个号码。", "提交了 %(count)s 个号码。", count)
    messages.success(request, text % {"count": count})
    return redirect("order", pk=pk)


def _row(order: Application, pk: int) -> Application:
    row: Application = get_object_or_404(order.numbers.select_related("outlet__channel"), pk=pk)
    return row


def rows(order: Application, wrong: dict[int, AddressForm] | None = None) -> list[Row]:
    """Four queries, whatever the number."""
    users = Party.objects.filter(role=Role.END_USER).select_related("identity")
    blocks = Finding.objects.filter(severity=Finding.Severity.BLOCK).order_by("pk")
    numbers = order.numbers.exclude(status=Application.Status.ABANDONED).prefetch_related(
        Prefetch("parties", users.defer("identity__photo"), to_attr="users"),
        Prefetch("findings", blocks, to_attr="blocks"),
        Prefetch("photos", Photo.objects.current().filter(status="ready"), to_attr="shot"),
    )
    return list(_shown(numbers.order_by("pk"), wrong or {}))


def _shown(numbers: object, wrong: dict[int, AddressForm]) -> Iterator[Row]:
    for number in numbers:  # type: ignore[attr-defined]
        user = next((masking.name(party.identity.card.name) for party in number.users), "")
        yield Row(
            application=number,
            number=masking.group_phone(number.number or ""),
            masked=masking.group_phone(masking.phone(number.number)),
            iccid=number.iccid[-6:] if "iccid" not in number.redo else "",
            address=masking.address(number.address),
            user=user,
            state=_state(number, user),
            why=_why(number),
            read_url=_read_url(number),
            address_form=wrong.get(number.pk) or _address_form(number),
        )


def _read_url(number: Application) -> str:
    can_read = number.is_editable and number.asked.has_user
    return steps.role_url(number, Role.END_USER) if can_read else ""


def _address_form(number: Application) -> AddressForm | None:
    if not number.is_editable or not number.asked.has_address:
        return None
    return AddressForm(initial={"address": number.address}, prefix=f"line{number.pk}")


def _state(number: Application, user: str) -> str:
    if not number.is_editable:
        return "ahead"
    if not number.number:
        return "number"
    if number.asked.has_user and not user:
        return "user"
    if number.redo:
        return "back"
    if not set(number.photos_due) <= {photo.kind for photo in number.shot}:  # type: ignore[attr-defined]
        return "photos"
    if number.asked.has_card and not number.iccid:
        return "card"
    return "address" if number.asked.has_address and not number.address else "ready"


def _why(number: Application) -> str:
    """Why it was not handed in the last time that was tried, unless somebody has been at it."""
    found = next(iter(number.blocks), None)  # type: ignore[attr-defined]
    if found is None or not number.is_editable or found.found_at < number.touched_at:
        return ""
    return _(found.reason) + (_(found.todo) if found.todo else "")
