from registration.models.application import Application, LetterPoint, Party, Service
from registration.models.check import Finding, OnlineCheck
from registration.models.identity import CannotChange, Challenge, Identity, Role, Trust
from registration.models.line import LIMIT, CarrierOrder, Line, Slot
from registration.models.photo import Photo
from registration.models.read_refusal import ReadRefusal
from registration.models.review import Decision, Review

__all__ = [
    "LIMIT",
    "Application",
    "CannotChange",
    "CarrierOrder",
    "Challenge",
    "Decision",
    "Finding",
    "Identity",
    "LetterPoint",
    "Line",
    "OnlineCheck",
    "Party",
    "Photo",
    "ReadRefusal",
    "Review",
    "Role",
    "Service",
    "Slot",
    "Trust",
]
