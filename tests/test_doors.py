"""Every URL and who gets in: in scope, a sister's, the manager above, signed out.

A URL without a row here fails. What happens inside is each view's own test.
"""

from collections.abc import Callable
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, resolve, reverse

from outlets.bridge import AGENT
from outlets.models import Post, Reader
from outlets.services import program
from portal.models import User
from portal.sessions import SessionStore
from registration import flow
from registration.models import Photo
from registration.services import appeal as appeals
from registration.services import application as applications
from registration.views import picture
from tests.cast import Cast
from tests.signing import SAM_ID

pytestmark = pytest.mark.django_db

IN, MISSING, FORBIDDEN, LOGIN = "gets in", "404", "403", "login"


@dataclass(frozen=True)
class Rule:
    """Who knocks, and the answers to: in scope, sister, manager above, signed out."""

    insider: str
    sister: str
    answers: tuple[str, str, str, str]


PUBLIC = Rule("clerk", "sister_clerk", (IN, IN, IN, IN))
ANYBODY = Rule("clerk", "sister_clerk", (IN, IN, IN, LOGIN))
CLERKS = Rule("clerk", "sister_clerk", (IN, IN, FORBIDDEN, LOGIN))
CLERKS_OWN = Rule("clerk", "sister_clerk", (IN, MISSING, FORBIDDEN, LOGIN))
VERIFIERS = Rule("verifier", "far_verifier", (IN, IN, FORBIDDEN, LOGIN))
VERIFIERS_OWN = Rule("verifier", "far_verifier", (IN, MISSING, FORBIDDEN, LOGIN))
MANAGERS = Rule("manager", "sister_manager", (IN, IN, IN, LOGIN))
MANAGERS_OWN = Rule("manager", "sister_manager", (IN, MISSING, IN, LOGIN))
# The province's verifier is beyond the district's manager.
ABOVE = Rule("manager", "sister_manager", (MISSING, MISSING, IN, LOGIN))
# Without naming a verifier, or a skill.
UNNAMED = Rule("manager", "sister_manager", (MISSING, MISSING, MISSING, LOGIN))
# No person at all: a program with a token.
PROGRAM = Rule("clerk", "sister_clerk", (FORBIDDEN,) * 4)
NOBODY = Rule("clerk", "sister_clerk", (MISSING, MISSING, MISSING, LOGIN))

Where = Callable[[Cast], dict[str, Any]]


def nowhere(_cast: Cast) -> dict[str, Any]:
    return {}


def application(cast: Cast) -> dict[str, Any]:
    return {"pk": cast.ready().pk}


def number_of_order(cast: Cast) -> dict[str, Any]:
    order = cast.draft()
    cast.answer(order, "unit")
    number = applications.start(cast.outlet, by=cast.clerk, now=cast.now, order=order)
    return {"pk": order.pk, "number": number.pk}


def reading(cast: Cast) -> dict[str, Any]:
    return {"pk": cast.ready().pk, "role": "holder"}


def photo_kind(cast: Cast) -> dict[str, Any]:
    return {"pk": cast.ready().pk, "kind": Photo.Kind.ID_FRONT}


def kind_alone(_cast: Cast) -> dict[str, Any]:
    return {"kind": Photo.Kind.ID_FRONT}


def photo(cast: Cast) -> dict[str, Any]:
    """Sealed for the insider, but for no session of his; see test_picture."""
    request: Any = SimpleNamespace(user=cast.clerk, post=cast.clerk.post, session=SessionStore())
    shown = cast.photo(cast.draft(), Photo.Kind.ID_FRONT)
    return {"seal": resolve(picture.address(request, shown, cast.now)).kwargs["seal"]}


def review(cast: Cast) -> dict[str, Any]:
    cast.in_review()
    return {"pk": cast.claimed().pk}


def waiting(cast: Cast) -> dict[str, Any]:
    return {"pk": cast.queued().pk}


def verifier(cast: Cast) -> dict[str, Any]:
    return {"pk": cast.verifier.post.pk}


def appeal(cast: Cast) -> dict[str, Any]:
    refused = cast.ready()
    flow.turn_down(refused, "ABNORMAL", by=cast.clerk, now=cast.now)
    return {"pk": appeals.make(refused, "hotline", "样本申诉", by=cast.manager, now=cast.now).pk}


def province(cast: Cast) -> dict[str, Any]:
    return {"pk": cast.province.pk}


def district(cast: Cast) -> dict[str, Any]:
    return {"pk": cast.district.pk}


def policy(cast: Cast) -> dict[str, Any]:
    return {"pk": cast.district.pk, "key": "limit.mobile"}


def outlet(cast: Cast) -> dict[str, Any]:
    return {"pk": cast.outlet.pk}


def outlet_status(cast: Cast) -> dict[str, Any]:
    return {"pk": cast.outlet.pk, "status": "suspended"}


def bridge(cast: Cast) -> dict[str, Any]:
    return {"pk": cast.bridge.pk}


def bridge_end(cast: Cast) -> dict[str, Any]:
    return {"pk": cast.bridge.pk, "status": "retired"}


def reader(cast: Cast) -> dict[str, Any]:
    seen = Reader.objects.create(outlet=cast.outlet, sam_id=SAM_ID, seen_at=cast.now)
    return {"pk": seen.pk}


def program_file(_cast: Cast) -> dict[str, Any]:
    program.place().parent.mkdir(parents=True, exist_ok=True)
    program.place().write_bytes(b"specimen")
    return {"version": AGENT}


def person(cast: Cast) -> dict[str, Any]:
    return {"pk": cast.clerk.pk}


def post(cast: Cast) -> dict[str, Any]:
    return {"pk": Post.objects.get(user=cast.clerk).pk}


def session(_cast: Cast) -> dict[str, Any]:
    return {"handle": "0" * 16}


# name: (method, rule, arguments)
DOORS: dict[str, tuple[str, Rule, Where]] = {
    # portal
    "home": ("get", ANYBODY, nowhere),
    "login": ("get", PUBLIC, nowhere),
    "logout": ("post", ANYBODY, nowhere),
    "lock": ("post", ANYBODY, nowhere),
    "unlock": ("get", ANYBODY, nowhere),
    "awake": ("post", ANYBODY, nowhere),
    "password": ("get", ANYBODY, nowhere),
    "set_language": ("post", PUBLIC, nowhere),
    "sessions": ("get", ANYBODY, nowhere),
    "end_other_sessions": ("post", ANYBODY, nowhere),
    "end_session": ("post", ANYBODY, session),
    "health": ("get", MANAGERS, nowhere),
    "healthz": ("get", PUBLIC, nowhere),
    # outlets
    "channels": ("get", MANAGERS, nowhere),
    "channel": ("get", MANAGERS_OWN, district),
    "channel_children": ("get", MANAGERS_OWN, district),
    "channel_add": ("get", MANAGERS_OWN, district),
    "channel_rename": ("get", MANAGERS_OWN, district),
    "channel_move": ("get", MANAGERS_OWN, district),
    "outlet_add": ("get", MANAGERS_OWN, district),
    "outlet_import": ("get", MANAGERS, nowhere),
    "outlet_import_confirm": ("post", MANAGERS, nowhere),
    "outlet_import_problems": ("post", MANAGERS, nowhere),
    "outlet_import_template": ("get", MANAGERS, nowhere),
    "outlet": ("get", MANAGERS_OWN, outlet),
    "outlet_edit": ("get", MANAGERS_OWN, outlet),
    "outlet_authorise": ("get", MANAGERS_OWN, outlet),
    "outlet_status": ("post", MANAGERS_OWN, outlet_status),
    "bridge_code": ("post", MANAGERS_OWN, outlet),
    "readers": ("get", MANAGERS, nowhere),
    "bridge_end": ("post", MANAGERS_OWN, bridge_end),
    "bridge_rebind": ("post", MANAGERS_OWN, bridge),
    "bridge_settle": ("post", MANAGERS_OWN, bridge),
    "reader_leave": ("post", MANAGERS_OWN, reader),
    "reader_check": ("get", ANYBODY, nowhere),
    "bridge_download": ("get", ANYBODY, nowhere),
    "bridge_file": ("get", ANYBODY, program_file),
    "staff": ("get", MANAGERS, nowhere),
    "staff_invite": ("get", MANAGERS, nowhere),
    "staff_appoint": ("get", MANAGERS, nowhere),
    "person": ("get", MANAGERS_OWN, person),
    "person_document": ("post", MANAGERS_OWN, person),
    "post_dismiss": ("post", MANAGERS_OWN, post),
    "post_transfer": ("get", MANAGERS_OWN, post),
    # Without naming a post of one's own.
    "choose_post": ("post", NOBODY, nowhere),
    # By a code or by a signature, not by a session.
    "bridge_enrol": ("post", PUBLIC, nowhere),
    "bridge_rotate": ("post", PUBLIC, nowhere),
    "sms": ("post", PROGRAM, nowhere),
    # the counter
    "counter": ("get", CLERKS, nowhere),
    "counter_live": ("get", CLERKS, nowhere),
    "application_new": ("post", CLERKS, nowhere),
    "application": ("get", CLERKS_OWN, application),
    "application_start": ("get", CLERKS_OWN, application),
    "application_answer": ("post", CLERKS_OWN, application),
    "application_numbers": ("get", CLERKS_OWN, application),
    "application_number": ("post", CLERKS_OWN, application),
    "application_own_number": ("post", CLERKS_OWN, application),
    "application_address": ("post", CLERKS_OWN, application),
    "application_iccid": ("post", CLERKS_OWN, application),
    "iccid_scan": ("post", CLERKS_OWN, application),
    "order": ("get", CLERKS_OWN, application),
    "order_unit": ("post", CLERKS_OWN, application),
    "order_add": ("post", CLERKS_OWN, application),
    "order_card": ("post", CLERKS_OWN, application),
    "order_hand_in": ("post", CLERKS_OWN, application),
    "order_address": ("post", CLERKS_OWN, number_of_order),
    "order_exchange": ("post", CLERKS_OWN, number_of_order),
    "order_remove": ("post", CLERKS_OWN, number_of_order),
    "identity": ("get", CLERKS_OWN, reading),
    "identity_challenge": ("post", CLERKS_OWN, reading),
    "identity_documents": ("get", CLERKS_OWN, reading),
    "identity_choose": ("post", CLERKS_OWN, reading),
    "identity_look": ("get", CLERKS_OWN, reading),
    "identity_state": ("post", CLERKS_OWN, reading),
    "identity_take": ("post", CLERKS_OWN, reading),
    "photos": ("get", CLERKS_OWN, application),
    "photo_slots": ("get", CLERKS_OWN, application),
    "photo_take": ("post", CLERKS_OWN, photo_kind),
    "phone_link": ("post", CLERKS_OWN, application),
    "phone_stop": ("post", CLERKS_OWN, application),
    # By a code that the counter's PC showed, not by a session.
    "camera": ("get", PUBLIC, nowhere),
    "camera_open": ("post", PUBLIC, nowhere),
    "camera_slots": ("get", PUBLIC, nowhere),
    "camera_take": ("post", PUBLIC, kind_alone),
    "letter": ("post", CLERKS_OWN, application),
    "proofs": ("post", CLERKS_OWN, application),
    "letter_print": ("get", CLERKS_OWN, application),
    "letter_blank": ("get", CLERKS, nowhere),
    "assist": ("get", CLERKS_OWN, application),
    "assist_end": ("post", CLERKS_OWN, application),
    "application_check": ("get", CLERKS_OWN, application),
    "application_sign": ("get", CLERKS_OWN, application),
    "application_signature": ("post", CLERKS_OWN, application),
    "application_submit": ("post", CLERKS_OWN, application),
    "application_abandon": ("post", CLERKS_OWN, application),
    "application_turndown": ("get", CLERKS_OWN, application),
    "application_result": ("get", CLERKS_OWN, application),
    "application_status": ("get", CLERKS_OWN, application),
    "customer_left": ("post", CLERKS_OWN, application),
    "photo": ("get", NOBODY, photo),
    # the desk
    "desk": ("get", VERIFIERS, nowhere),
    "desk_queue": ("get", VERIFIERS, nowhere),
    "review_claim": ("post", VERIFIERS, nowhere),
    "review": ("get", VERIFIERS_OWN, review),
    "review_decide": ("post", VERIFIERS_OWN, review),
    "review_heartbeat": ("post", VERIFIERS_OWN, review),
    "review_lease": ("get", VERIFIERS_OWN, review),
    "review_release": ("post", VERIFIERS_OWN, review),
    "ahead_worker": ("get", VERIFIERS, nowhere),
    "review_ahead": ("post", VERIFIERS_OWN, review),
    "review_since": ("get", VERIFIERS_OWN, review),
    "review_history": ("get", VERIFIERS_OWN, review),
    "review_note": ("post", VERIFIERS_OWN, review),
    "review_undo": ("post", VERIFIERS_OWN, review),
    # the report
    "report": ("get", MANAGERS, nowhere),
    "report_channel": ("get", MANAGERS_OWN, district),
    "report_csv": ("get", MANAGERS_OWN, district),
    "report_cases": ("get", MANAGERS_OWN, district),
    "report_case": ("get", MANAGERS_OWN, application),
    # the appeals
    "supervision": ("get", MANAGERS, nowhere),
    "supervision_live": ("get", MANAGERS, nowhere),
    "second": ("get", MANAGERS, nowhere),
    "gold_plant": ("post", MANAGERS_OWN, application),
    "review_take_away": ("post", MANAGERS_OWN, waiting),
    "review_assign": ("post", UNNAMED, waiting),
    "verifier_pause": ("post", ABOVE, verifier),
    "verifier_resume": ("post", ABOVE, verifier),
    "verifier_drain": ("post", ABOVE, verifier),
    "verifier_skill": ("post", UNNAMED, verifier),
    "team_drain": ("post", ABOVE, province),
    "team_resume": ("post", ABOVE, province),
    "appeals": ("get", MANAGERS, nowhere),
    "appeal_make": ("post", MANAGERS_OWN, application),
    "appeal": ("get", MANAGERS_OWN, appeal),
    "appeal_decide": ("post", MANAGERS_OWN, appeal),
    # the policies
    "policies": ("get", MANAGERS, nowhere),
    "policies_at": ("get", MANAGERS_OWN, district),
    "policy": ("get", MANAGERS_OWN, policy),
}


def _names(patterns: list[Any], found: list[str]) -> list[str]:
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            _names(pattern.url_patterns, found)
        elif isinstance(pattern, URLPattern):
            found.append(pattern.name or str(pattern.pattern))
    return found


def test_every_url_has_a_row_here() -> None:
    names = _names(get_resolver().url_patterns, [])

    assert sorted(names) == sorted(DOORS)


def _answer(response: HttpResponse) -> str:
    if response.status_code in (403, 404):
        return str(response.status_code)
    if response.status_code == 302 and response.headers["Location"].startswith(reverse("login")):
        return LOGIN
    return IN


@pytest.mark.parametrize("name", sorted(DOORS))
def test_who_gets_in(cast: Cast, name: str) -> None:
    method, rule, where = DOORS[name]
    path = reverse(name, kwargs=where(cast))
    users: list[User | None] = [
        getattr(cast, rule.insider),
        getattr(cast, rule.sister),
        cast.head_manager,
        None,
    ]

    found = []
    for user in reversed(users):  # the insider last: a POST may change what the others look at
        client = cast.signed_in(user) if user else Client()
        response = getattr(client, method)(path)
        response.getvalue()  # a file is closed once it was read
        # Signing out ends at the login page too; that is its way of letting one in.
        found.append(IN if name == "logout" and user else _answer(response))

    assert tuple(reversed(found)) == rule.answers
