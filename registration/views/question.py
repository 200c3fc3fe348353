"""The verifier's check-list: each question in words, and the pictures that answer it."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from django.db.models import TextChoices
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from registration.forms.review import DecisionForm
from registration.models import Application, Decision, LetterPoint, Photo, Role
from registration.rules import plan
from registration.rules.document import DOCUMENTS, PICTURED
from registration.rules.unit_kind import PAPERS

# The papers that answer a question, where the application has them.
PAPERS_OF: dict[str, tuple[str, ...]] = {
    Decision.Check.GUARDIANSHIP: (Photo.Kind.GUARDIAN_CONSENT, Photo.Kind.GUARDIANSHIP),
    Decision.Check.UNIT_LETTER: (Photo.Kind.UNIT_LETTER,),
    Decision.Check.UNIT_PAPERS: tuple(PAPERS),
}
# What is asked where no picture of the document is taken, a soldier's (PD-03): nobody is asked to
# compare what they cannot see.
OF_THE_UNSEEN: dict[str, Promise] = {
    Decision.Check.SAME_PERSON: gettext_lazy("现场照与登记的性别、年龄相符"),
    Decision.Check.PAPERS_CLEAR: gettext_lazy("单位证明清晰、完整"),
    Decision.Check.TYPED_AGREES: gettext_lazy("录入的内容与单位证明一致"),
}


@dataclass(frozen=True)
class Question:
    """A row of the check-list. ``show``: the pictures that answer it. ``is_kept``: the answer is
    this verifier's of the last round."""

    name: str
    label: str
    show: str
    answer: str
    is_of_letter: bool
    is_kept: bool


def questions(
    application: Application, form: DecisionForm, kept: Collection[str] = ()
) -> list[Question]:
    return [
        Question(
            name=name,
            label=_label(application, asked),
            show=" ".join(look_at(application, asked)),
            answer=form[name].value() or "",
            is_of_letter=asked in (*LetterPoint.values, Decision.Check.LETTER_TERM),
            is_kept=asked.value in kept,
        )
        for name, asked in form.questions.items()
    ]


def _label(application: Application, asked: TextChoices) -> str:
    if asked in OF_THE_UNSEEN and _is_about_the_unseen(application, asked):
        return str(OF_THE_UNSEEN[asked])
    if application.holder.is_numbered:
        return str(asked.label)
    present = Role(application.holder.present)
    if asked == Decision.Check.SAME_PERSON and present in application.documents:
        return _("现场照与%(present)s证件是同一人") % {"present": present.label}
    if asked == Decision.Check.SAME_PERSON and present != Role.HOLDER:
        return _("现场照与%(present)s身份证是同一人") % {"present": present.label}
    if asked == Decision.Check.LETTER_TERM and application.letter_until:
        return _("委托书写明：有效期至 %(until)s，业务为“%(service)s”") % {
            "until": f"{application.letter_until:%Y-%m-%d}",
            "service": application.get_service_display(),
        }
    return str(asked.label)


def look_at(application: Application, question: str) -> tuple[str, ...]:
    """The pictures that answer a question of the check-list."""
    if question in (*LetterPoint.values, Decision.Check.LETTER_TERM):
        return (Photo.Kind.LETTER,)
    if question == Decision.Check.END_USER or not application.photos_due:
        return ()  # the order has the pictures
    if question in PAPERS_OF:
        return tuple(kind for kind in PAPERS_OF[question] if kind in application.photos_due)
    if question == Decision.Check.HELP:
        return (plan.picture(application.holder.present, "live"), Photo.Kind.SIGNATURE)
    if question == Decision.Check.SAME_PERSON:
        present = application.holder.present
        pair = (plan.picture(present, "id_front"), plan.picture(present, "live"))
        # Of a soldier's card there is no picture.
        return tuple(kind for kind in pair if kind in application.photos_due)
    if question == Decision.Check.TYPED_AGREES:
        shown = (_shown(application, role) for role in application.documents)
        return tuple(dict.fromkeys(kind for kinds in shown for kind in kinds))
    if question == Decision.Check.FORMER_HOLDER:
        former = Role.TRANSFEROR
        return (plan.picture(former, "id_front"), plan.picture(former, "live"))
    if question == Decision.Check.PROOF_HOLDS:
        return tuple(application.asked.papers)
    return _shown(application, application.roles_due[0])


def _is_about_the_unseen(application: Application, asked: str) -> bool:
    """Whether no document that this question is about was shot."""
    about: dict[str, Iterable[str]] = {
        Decision.Check.SAME_PERSON: [application.holder.present],
        Decision.Check.PAPERS_CLEAR: application.roles_due,
        Decision.Check.TYPED_AGREES: application.documents,
    }
    return not any(
        plan.is_pictured(role, application.documents, application.pictured) for role in about[asked]
    )


def _shown(application: Application, role: str) -> tuple[str, ...]:
    """The pictures of this person's document, or of the papers that stand for one."""
    documents, pictured = application.documents, application.pictured
    if plan.is_pictured(role, documents, pictured):
        return plan.pages_of(role, documents) or (plan.picture(role, PICTURED),)
    return DOCUMENTS[documents[role]].papers
