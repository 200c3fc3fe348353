"""How an article is cited to a reader of either language, and what it says."""

import re

from django import template
from django.utils.translation import gettext as _

from registration.rules import law
from registration.rules.article import Article

register = template.Library()

CITATION = re.compile(r"《(?P<law>.+)》(?P<place>.*)")
NUMBERED = re.compile(r"第(\d+)条")


@register.filter
def cited(citation: str) -> str:
    """《law》place as stored with a finding. English keeps the title by which it is looked up."""
    found = CITATION.fullmatch(citation)
    if found is None:
        return citation
    title, place = found["law"], found["place"]
    if number := NUMBERED.fullmatch(place):
        place = _("第%(number)s条") % {"number": number[1]}
    elif place:
        place = _(place)
    return _("《%(law)s》%(place)s") % {"law": _(title), "place": place}


@register.filter
def article(citation: str) -> Article | None:
    """What a stored finding cites; None for a citation that is no longer known."""
    return law.find(citation)
