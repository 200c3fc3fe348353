"""一证五户: the five places of a person, across all outlets and all documents (NL-01, NL-05)."""

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from portal.parts import part
from portal.refusal import Refusal
from registration.models.application import Application
from registration.models.identity import Role
from registration.models.line import LIMIT, Slot


class LimitReached(Refusal):
    """NL-01, C-01: five active mobile numbers per person and carrier."""

    text = _("该客户名下已有 5 个号码，不能再开新号（一证五户）。")
    todo = _("可请客户先注销不用的号码。")


def places_besides(application: Application) -> int:
    """How many places its holder has for other numbers; 0 where nobody was read."""
    holder = application.parties.filter(role=Role.HOLDER).values("identity__person_key")
    return Slot.objects.filter(person_key__in=holder).exclude(application=application).count()


@part
def take_place(application: Application, person_key: str) -> Slot:
    """One of the person's five places, held by the unique constraint alone: no lock, no race.

    Raises LimitReached. An application that comes back keeps the place it has.
    """
    held = Slot.objects.filter(application=application).first()
    if held and held.person_key == person_key:
        return held
    if held:
        held.delete()
    taken = set(Slot.objects.filter(person_key=person_key).values_list("place", flat=True))
    for place in range(1, LIMIT + 1):
        if place in taken:
            continue
        try:
            with transaction.atomic():
                return Slot.objects.create(
                    person_key=person_key, place=place, application=application
                )
        except IntegrityError:
            continue  # another counter took this place a moment ago; try the next
    raise LimitReached


def free_place(application: Application) -> None:
    Slot.objects.filter(application=application).delete()
