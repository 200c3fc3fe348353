from collections.abc import Collection
from string import ascii_lowercase
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import TextChoices
from django.utils.functional import Promise
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from registration.models import Application, Decision, LetterPoint, Photo, Role
from registration.services import decision

Verdict = Decision.Verdict

YES, NO = "y", "n"
ANSWERS = ((YES, _("是")), (NO, _("否")))
# What a return may ask for, as the verifier says it.
ITEMS: dict[str, Promise] = {
    **{kind.value: format_lazy(_("重拍：{photo}"), photo=kind.label) for kind in Photo.Kind},
    Photo.Kind.SIGNATURE: _("重新签名"),
    **{role.value: format_lazy(_("重新读卡：{role}"), role=role.label) for role in Role},
    "letter_points": _("重新核对委托书六项"),
    "unit": _("重新填写单位资料"),
    "address": _("重新填写装机地址"),
    "proofs": _("重新核对号码使用凭证"),
}
LONGEST_NOTE = 300
# N writes the note. More than these keys no application can ask for.
KEYS = ascii_lowercase.replace("n", "")
CHECKS = {f"check_{check.value}": check for check in Decision.Check}
TERM = f"check_{Decision.Check.LETTER_TERM.value}"
LETTER = {f"letter_{point.value}": point for point in LetterPoint}


class DecisionForm(forms.Form):
    """The verifier's answers and verdict. Nothing that the clerk ticked is taken over, and nothing
    is answered beforehand but ``kept``: what this verifier said yes to in the last round, and what
    has not changed since. The page says so, and the verifier signs for it as for all else."""

    claim_no = forms.IntegerField(min_value=0)
    verdict = forms.ChoiceField(choices=Verdict.choices)
    items = forms.MultipleChoiceField(required=False)
    return_reason = forms.ChoiceField(
        choices=[(reason, reason.label) for reason in Decision.RETURNS], required=False
    )
    refuse_reason = forms.ChoiceField(
        choices=[(reason, reason.label) for reason in Decision.REFUSALS], required=False
    )
    return_note = forms.CharField(max_length=LONGEST_NOTE, required=False)
    refuse_note = forms.CharField(max_length=LONGEST_NOTE, required=False)
    # Of a unit's order: the numbers that the page showed, and those to send back.
    numbers = forms.MultipleChoiceField(required=False)
    numbers_back = forms.MultipleChoiceField(required=False)

    def __init__(
        self,
        application: Application,
        *args: Any,
        kept: Collection[str] = (),
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        asked = decision.checks_due(application)
        self.questions: dict[str, TextChoices] = {
            **{name: check for name, check in CHECKS.items() if check in asked},
            **(LETTER if application.has_letter else {}),
        }
        if TERM in self.questions:
            # With the other questions about the letter: the verifier has it before their eyes.
            self.questions[TERM] = self.questions.pop(TERM)
        for name, question in self.questions.items():
            self.fields[name] = forms.ChoiceField(
                label=question.label,
                choices=ANSWERS,
                required=False,
                initial=YES if question.value in kept else None,
            )
        fields: dict[str, Any] = self.fields
        fields["items"].choices = [(item, ITEMS[item]) for item in decision.redoable(application)]
        if application.holder.is_order:
            numbers = [(pk, "") for pk in application.numbers.values_list("pk", flat=True)]
            fields["numbers"].choices = fields["numbers_back"].choices = numbers

    @property
    def items_by_key(self) -> list[tuple[str, str, Promise]]:
        """What can be asked for again, each with the key that ticks it."""
        items: Any = self.fields["items"]
        return [
            (key, value, label) for key, (value, label) in zip(KEYS, items.choices, strict=False)
        ]

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        if cleaned.get("verdict") != Verdict.APPROVE:
            return cleaned
        answers = [cleaned.get(name) for name in self.questions]
        if NO in answers:
            raise ValidationError(_("核对单有一项答了“否”，不能通过：请退回或拒绝。"))
        if unanswered := answers.count(""):
            raise ValidationError(
                _("核对单还有 %(count)s 项没有回答。"), params={"count": unanswered}
            )
        return cleaned

    @property
    def decision(self) -> dict[str, Any]:
        """What ``flow.decide`` wants to know."""
        cleaned, verdict = self.cleaned_data, self.cleaned_data["verdict"]
        return {
            "claim_no": cleaned["claim_no"],
            "verdict": verdict,
            "reason": cleaned.get(f"{verdict}_reason", ""),
            "note": cleaned.get(f"{verdict}_note", ""),
            "items": cleaned["items"] if verdict == Verdict.RETURN else [],
            "checks": self._yes(CHECKS),
            "letter_points": self._yes(LETTER),
            "numbers": [int(pk) for pk in cleaned["numbers"]],
            "numbers_back": [int(pk) for pk in cleaned["numbers_back"]],
        }

    def _yes(self, questions: dict[str, Any]) -> list[str]:
        return [
            question.value
            for name, question in questions.items()
            if self.cleaned_data.get(name) == YES
        ]
