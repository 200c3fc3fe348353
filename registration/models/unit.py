from django.db import models
from django.db.models import Q
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from portal.fields import EncryptedTextField
from registration.models.application import Application
from registration.rules.unit_kind import LEVELS, UNIT_KINDS


def kind_choices() -> list[tuple[str, Promise]]:
    return [(kind.code, _(kind.label)) for kind in UNIT_KINDS.values()]


def level_choices() -> list[tuple[str, Promise]]:
    return [(level, _(label)) for level, label in LEVELS]


class Unit(models.Model):
    """单位: the customer of an order, as its papers say (1C).

    ``papers``: the pictures of them that are due, as policy had it when this was written down;
    ``shown``: how each was seen (original, sealed, unsealed). ``number`` is "" for a unit that has
    no unified social credit code. A sole trader's name is a person's: it is stored like one.
    """

    application = models.OneToOneField(Application, on_delete=models.CASCADE, related_name="unit")
    kind = models.CharField(max_length=12, choices=kind_choices)
    name = EncryptedTextField()
    number = EncryptedTextField(blank=True)
    address = EncryptedTextField()
    purpose = models.CharField(max_length=100)
    letter_until = models.DateField()
    letter_names_handler = models.BooleanField(default=False)
    letter_states_scope = models.BooleanField(default=False)
    letter_is_sealed = models.BooleanField(default=False)
    note_number = EncryptedTextField(blank=True)
    note_date = models.DateField(null=True)
    level = models.CharField(max_length=10, choices=level_choices, blank=True)
    papers = models.JSONField(default=list)
    shown = models.JSONField(default=dict)

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=~Q(kind="embassy") | Q(note_date__isnull=False),
                name="an_embassy_brings_a_dated_note",
            ),
            models.CheckConstraint(
                condition=~Q(kind="army") | ~Q(level=""), name="an_army_unit_has_its_level"
            ),
            models.CheckConstraint(
                condition=~Q(purpose=""), name="a_unit_says_what_its_numbers_are_for"
            ),
        )

    def __str__(self) -> str:
        return f"unit {self.pk} ({self.kind})"
