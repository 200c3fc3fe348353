"""Where an application stands that was handed in, for the clerk who waits for it."""

from functools import cache
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import JSONObject

from portal.models import User
from portal.prepared import Prepared, prepare
from registration.models.application import Application
from registration.models.check import OnlineCheck
from registration.models.line import CarrierOrder
from registration.models.ownership import OwnershipCheck
from registration.services import stand_in

Status = Application.Status
# Over an application: what is its own.
IT = Q(application=OuterRef("pk"))


def standing(pk: int, *, clerk: User) -> tuple[Any, ...] | None:
    """What the live line rests on, in one query; to be compared with what it was, not to be
    read. None: not at this clerk's counter."""
    if clerk.post is None:
        return None
    return _standing().first(**stand_in.values(clerk), row=pk)


def late(whose: Q) -> QuerySet[CarrierOrder]:
    """What the carrier has been asked for without an answer."""
    due = CarrierOrder.objects.filter(whose, status=CarrierOrder.Status.DUE, attempts__gt=0)
    return due.exclude(command=CarrierOrder.Command.RELEASE)


@cache
def _standing() -> Prepared:
    away = OnlineCheck.objects.filter(IT, result=OnlineCheck.Result.UNAVAILABLE)
    owner = OwnershipCheck.objects.filter(IT).order_by("-pk").values("result")[:1]
    # Which of an order's numbers have come how far.
    sums = {status: Sum("pk", filter=Q(status=status)) for status in Status.values}
    numbers = Application.objects.filter(order=OuterRef("pk")).order_by().values("order")
    sums_of = numbers.annotate(sums=JSONObject(**sums)).values("sums")
    told = (Exists(away), Subquery(owner), Exists(late(IT)), Subquery(sums_of))
    rows = Application.objects.at_counter_of(stand_in.user()).filter(pk=stand_in.ROW)
    shown = rows.values_list("status", "round", *told)
    return prepare(shown, stand_in.NAMES, is_planned_once=True)
