from registration.models.appeal import Appeal
from registration.models.application import Application, Assistance, LetterPoint, Party
from registration.models.check import Finding, Judgement, OnlineCheck
from registration.models.claim import Claim
from registration.models.consent import Consent
from registration.models.decision import Decision
from registration.models.erasure import Erasure
from registration.models.face import FaceCheck
from registration.models.identity import CannotChange, Challenge, Identity, Role, Trust
from registration.models.likeness import Likeness, PictureHash
from registration.models.line import LIMIT, CarrierOrder, Line, Slot
from registration.models.note import Note
from registration.models.ownership import OwnershipCheck
from registration.models.phone import PhoneLink
from registration.models.photo import Photo
from registration.models.policy import PolicyRow
from registration.models.read_refusal import ReadRefusal
from registration.models.review import Review
from registration.models.rollup import DayCount, NodeCount, RolledDay, StaleDay
from registration.models.study import PhotoStep
from registration.models.text import PhotoText
from registration.models.turndown import Turndown
from registration.models.unit import Unit

__all__ = [
    "LIMIT",
    "Appeal",
    "Application",
    "Assistance",
    "CannotChange",
    "CarrierOrder",
    "Challenge",
    "Claim",
    "Consent",
    "DayCount",
    "Decision",
    "Erasure",
    "FaceCheck",
    "Finding",
    "Identity",
    "Judgement",
    "LetterPoint",
    "Likeness",
    "Line",
    "NodeCount",
    "Note",
    "OnlineCheck",
    "OwnershipCheck",
    "Party",
    "PhoneLink",
    "Photo",
    "PhotoStep",
    "PhotoText",
    "PictureHash",
    "PolicyRow",
    "ReadRefusal",
    "Review",
    "Role",
    "RolledDay",
    "Slot",
    "StaleDay",
    "Trust",
    "Turndown",
    "Unit",
]
