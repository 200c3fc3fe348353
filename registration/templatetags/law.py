"""How an article is cited to a reader of either language."""

import re

from django import template
from django.utils.translation import gettext as _

register = template.Library()

CITATION = re.compile(r"《(?P<law>.+)》(?P<place>.*)")
NUMBERED = re.compile(r"第(\d+)条")


@register.filter
def cited(article: str) -> str:
    """《law》place as stored with a finding. English keeps the title by which it is looked up."""
    found = CITATION.fullmatch(article)
    if found is None:
        return article
    law, place = found["law"], found["place"]
    if number := NUMBERED.fullmatch(place):
        place = _("第%(number)s条") % {"number": number[1]}
    elif place:
        place = _(place)
    return _("《%(law)s》%(place)s") % {"law": _(law), "place": place}
