"""What the business forbids. A Refusal is an answer for the person at the screen, not a failure."""

from typing import Any, ClassVar

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class Refusal(Exception):
    """Subclasses stand beside the verb that raises them and declare their own words.

    `text` says what is wrong and `todo` what to do next, both fit for a clerk; both may hold
    %(name)s for the parameters. Never pass personal data as a parameter: refusals are logged.
    """

    code: ClassVar[str] = "refused"
    status: ClassVar[int] = 409
    text: str | Promise = _("现在不能这样做。")
    todo: str | Promise = ""

    def __init__(self, text: str | Promise | None = None, **params: Any) -> None:
        self.params = params
        # Turned into words here: who raises it is the one who is answered, in his language.
        self.text = self._filled(self.text if text is None else text)
        self.todo = self._filled(self.todo)
        super().__init__(self.text)

    def __str__(self) -> str:
        return f"{self.text}{self.todo}"

    def _filled(self, sentence: str | Promise) -> str:
        # Without parameters a lone "%" in a sentence is just a percent sign.
        return str(sentence) % self.params if self.params else str(sentence)
