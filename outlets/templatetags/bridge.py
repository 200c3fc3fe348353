from django.template import Library

from outlets.models.reader import reader_name
from outlets.services import agent

register = Library()
register.filter(reader_name)


@register.filter
def outdated(version: str) -> bool:
    """Whether a program of this version should be replaced: ``{% if bridge.agent|outdated %}``."""
    return agent.is_outdated(version)
