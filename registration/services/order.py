"""A unit's order: its numbers from the pool, a SIM card or an address for each, and whose turn it
is to be read.

Each number is an application of its own, so that one that lacks something holds up no other.
"""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from portal.models import User
from portal.refusal import Refusal
from registration.models.application import Application
from registration.models.identity import Role
from registration.services import application as applications
from registration.services import line, sim

MOST = 50  # at once; the carrier shows no more in one answer
# So many numbers in a row that others took first, and the pool is as good as empty.
PATIENCE = 12


class NotAnOrder(Refusal):
    text = _("这张受理单不是单位订单。")
    todo = _("请在第一步把客户选为“单位”。")


class PoolIsEmpty(Refusal):
    text = _("运营商暂时没有空闲号码。")
    todo = _("已加的号码都已保存，请稍后再加。")


class CardTwice(Refusal):
    text = _("这张 SIM 卡已经在号码清单里。")
    todo = _("请扫下一张卡。")


class NoRowForCard(Refusal):
    text = _("每个号码都已有 SIM 卡。")
    todo = _("要换卡请先移除那个号码，或先加号码。")


@dataclass(frozen=True)
class Added:
    """How many numbers are on the order now that were not; ``refusal`` says why not all."""

    count: int
    refusal: Refusal | None = None


def add(order: Application, count: int, *, address: str = "", by: User, now: datetime) -> Added:
    """Reserve ``count`` numbers, one after the other, each on an application of its own; fixed
    lines all at ``address``, which each can change.

    Not one transaction: each is asked of the carrier, and what it gave stays when it is away.
    Raises NotAnOrder, NotEditable.
    """
    if not order.holder.is_order:
        raise NotAnOrder
    if not order.is_editable:
        raise applications.NotEditable
    added = 0
    try:
        for _place in range(min(count, MOST)):
            _add_one(order, address, by=by, now=now)
            added += 1
    except Refusal as refusal:
        return Added(added, refusal)
    return Added(added)


def exchange(number: Application, *, by: User, now: datetime) -> None:
    """Another number for this row: the carrier would not open the one it had, or nobody wants it.

    Raises PoolIsEmpty, CarrierAway, NotEditable.
    """
    _reserve(number, by=by, now=now)


def _add_one(order: Application, address: str, *, by: User, now: datetime) -> None:
    number = _empty(order) or applications.start(order.outlet, by=by, now=now, order=order)
    if address and number.asked.has_address:
        applications.set_address(number, address, now=now)
    _reserve(number, by=by, now=now)


def _reserve(number: Application, *, by: User, now: datetime) -> None:
    for free in line.pool(number.outlet, PATIENCE, kind=number.asked.lines[0]):
        try:
            line.reserve(number, free, by=by, now=now)
        except line.NumberTaken:
            continue  # somebody else was faster
        return
    raise PoolIsEmpty


def _empty(order: Application) -> Application | None:
    """A row that an earlier try left without a number."""
    return order.numbers.drafts().filter(number_index="").first()


@transaction.atomic
def scan(order: Application, iccid: str, *, now: datetime) -> Application:
    """The number that this SIM card is packed with gets it, else the next one without a card.
    Raises CardTwice, NoRowForCard, BadIccid, OtherCard, CardInUse, NotEditable."""
    # Held, so that two scans in one breath do not meet on one row.
    Application.objects.select_for_update().get(pk=order.pk)
    card = sim.digits(iccid)
    numbers = order.numbers.open().exclude(number_index="").order_by("pk")
    waiting = [row for row in numbers if _wants_card(row)]
    if not waiting:
        raise NoRowForCard
    fitting = {row.reserved_iccid: row for row in reversed(waiting)}
    row: Application = fitting.get(card) or fitting.get("") or waiting[0]
    if order.numbers.live().filter(iccid=card).exclude(pk=row.pk).exists():
        raise CardTwice
    sim.put(row, card, now=now)
    return row


def _wants_card(number: Application) -> bool:
    return number.asked.has_card and (not number.iccid or "iccid" in number.redo)


def next_to_read(order: Application, *, after: Application | None = None) -> Application | None:
    """The next number that waits for its end user: from ``after`` on, and then from the first."""
    numbers = order.numbers.open().exclude(number_index="").order_by("pk")
    waiting = [
        number
        for number in numbers.with_user()
        if number.asked.has_user and (not number.has_user or Role.END_USER in number.redo)
    ]
    if after is not None:
        waiting = [number for number in waiting if number.pk != after.pk]
        waiting = [number for number in waiting if number.pk > after.pk] or waiting
    return waiting[0] if waiting else None
