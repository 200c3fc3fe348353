"""Coming in, leaving, the locked screen and the password: through HTTP, as a browser does it."""

from datetime import timedelta
from typing import Any

import pytest
from axes.models import AccessAttempt
from django.db.models import F
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from outlets.models import Post
from outlets.services import staff
from portal.models import AuditEntry, Session, User
from portal.settings import PASSWORD_HASHERS as PRODUCT_HASHERS
from tests.cast import PASSWORD, Cast

CHROME = "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/139.0 Safari/537.36"


@pytest.fixture
def pc() -> Client:
    return Client(headers={"user-agent": CHROME})


def sign_in(pc: Client, username: str, password: str = PASSWORD, target: str = "") -> Any:
    form = {"username": username, "password": password, "next": target}
    return pc.post(reverse("login"), form)


def actions() -> list[str]:
    return list(AuditEntry.objects.order_by("pk").values_list("action", flat=True))


def text(response: Any) -> str:
    return str(response.content.decode())


# Coming in ----------------------------------------------------------------------------------


def test_a_clerk_signs_in_and_lands_at_home(cast: Cast, pc: Client) -> None:
    response = sign_in(pc, "clerk")

    assert response.status_code == 302
    assert response["Location"] == "/"
    assert actions()[-1] == "login"


@pytest.mark.parametrize(
    ("who", "first"),
    [
        ("clerk", "counter"),
        ("verifier", "desk"),
        ("manager", "report"),
        ("administrator", "report"),
    ],
)
def test_home_is_where_the_work_of_the_role_begins(cast: Cast, who: str, first: str) -> None:
    pc = cast.signed_in(getattr(cast, who))

    response = pc.get("/")

    assert response.status_code == 302
    assert response["Location"] == reverse(first)


@pytest.mark.parametrize(
    ("role", "first"), [(Post.Role.PRIVACY, "health"), (Post.Role.INSPECTOR, "report")]
)
def test_who_only_looks_begins_where_there_is_something_to_see(
    cast: Cast, role: str, first: str
) -> None:
    looker = User.objects.create_user("looker", "样本检查", PASSWORD)
    today = timezone.localdate()
    staff.appoint(looker, channel=cast.head, role=role, by=None, now=cast.now, until=today)
    pc = cast.signed_in(looker)

    assert pc.get("/")["Location"] == reverse(first)


def test_a_user_without_a_post_is_told_what_to_do(cast: Cast) -> None:
    nobody = User.objects.create_user("nobody", "王样本", PASSWORD)

    response = cast.signed_in(nobody).get("/")

    assert response.status_code == 200
    assert "请联系渠道经理任命" in text(response)


def test_the_user_name_may_be_typed_in_any_case_and_with_spaces(cast: Cast, pc: Client) -> None:
    assert sign_in(pc, " Clerk ").status_code == 302


def test_a_wrong_password_says_so_and_is_written_down(cast: Cast, pc: Client) -> None:
    response = sign_in(pc, "clerk", "wrong")

    assert response.status_code == 422
    assert "工号或密码不对" in text(response)
    entry = AuditEntry.objects.get(action="login.failed")
    assert entry.subject_id == cast.clerk.pk
    assert entry.actor is None


def test_what_was_typed_is_not_kept_where_it_is_no_user(cast: Cast, pc: Client) -> None:
    sign_in(pc, "my-secret-typed-in-the-wrong-field", "x")

    entry = AuditEntry.objects.get(action="login.failed")
    assert entry.subject_id is None
    assert entry.detail == {"known": False, "locked": False}


def test_an_unknown_name_and_a_wrong_password_look_the_same(cast: Cast, pc: Client) -> None:
    known, unknown = sign_in(pc, "clerk", "wrong"), sign_in(pc, "clerk9", "wrong")

    assert known.status_code == unknown.status_code
    assert "工号或密码不对" in text(unknown)


def test_an_empty_form_asks_for_both_fields(db: None, pc: Client) -> None:
    response = sign_in(pc, "", "")

    assert response.status_code == 422
    assert text(response).count("请填写。") == 2
    assert actions() == []


def test_a_dismissed_account_cannot_sign_in(cast: Cast, pc: Client) -> None:
    User.objects.filter(pk=cast.clerk.pk).update(is_active=False)

    assert sign_in(pc, "clerk").status_code == 422


def test_five_wrong_passwords_lock_the_name_for_five_minutes(cast: Cast, pc: Client) -> None:
    answers = [sign_in(pc, "clerk", "wrong") for _ in range(5)]

    assert [answer.status_code for answer in answers] == [422] * 4 + [429]
    assert "暂时锁定" in text(answers[-1])
    last = AccessAttempt.objects.get().attempt_time
    opens_at = timezone.localtime(last + timedelta(minutes=5))
    assert f"请在 {opens_at:%H:%M:%S} 以后再试" in text(answers[-1])
    assert sign_in(pc, "clerk").status_code == 429
    assert Session.objects.filter(user=cast.clerk).count() == 0


def test_trying_again_while_locked_does_not_lock_for_longer(cast: Cast, pc: Client) -> None:
    for _ in range(5):
        sign_in(pc, "clerk", "wrong")
    AccessAttempt.objects.update(attempt_time=timezone.now() - timedelta(minutes=4))
    sign_in(pc, "clerk")
    AccessAttempt.objects.update(attempt_time=F("attempt_time") - timedelta(minutes=1, seconds=1))

    assert sign_in(pc, "clerk").status_code == 302


def test_another_spelling_of_a_locked_name_is_locked_too(cast: Cast, pc: Client) -> None:
    for _ in range(5):
        sign_in(pc, "clerk", "wrong")

    assert sign_in(pc, "CLERK").status_code == 429


def test_a_locked_name_leaves_the_colleague_at_the_same_counter_alone(
    cast: Cast, pc: Client
) -> None:
    for _ in range(5):
        sign_in(pc, "clerk", "wrong")

    assert sign_in(pc, cast.colleague.username).status_code == 302


def test_a_success_forgives_the_slips_before_it(cast: Cast, pc: Client) -> None:
    for _ in range(4):
        sign_in(pc, "clerk", "wrong")
    sign_in(pc, "clerk")

    assert [sign_in(Client(), "clerk", "wrong").status_code for _ in range(4)] == [422] * 4


@pytest.mark.parametrize(
    "target",
    [
        "https://evil.example/",
        "//evil.example/",
        r"/\evil.example",
        "javascript:alert(1)",
        "http:///evil.example",
    ],
)
def test_an_open_redirect_leads_home(cast: Cast, pc: Client, target: str) -> None:
    assert sign_in(pc, "clerk", target=target)["Location"] == "/"


def test_the_login_leads_on_to_the_page_that_was_asked_for(cast: Cast, pc: Client) -> None:
    asked = pc.get("/account/sessions/?a=1")

    assert asked["Location"] == "/account/login/?next=%2Faccount%2Fsessions%2F%3Fa%3D1"
    response = sign_in(pc, "clerk", target="/account/sessions/?a=1")
    assert response["Location"] == "/account/sessions/?a=1"


def test_who_is_signed_in_does_not_see_the_login_page(cast: Cast) -> None:
    assert cast.signed_in(cast.clerk).get(reverse("login"))["Location"] == "/"


def test_the_session_key_changes_with_the_login(cast: Cast, pc: Client) -> None:
    pc.get(reverse("login"))
    session = pc.session
    session["planted"] = 1
    session.save()

    sign_in(pc, "clerk")

    assert pc.session.session_key != session.session_key
    assert "planted" not in pc.session


def test_nothing_of_the_earlier_clerk_remains_when_a_colleague_signs_in(
    cast: Cast, pc: Client
) -> None:
    sign_in(pc, cast.clerk.username)
    session = pc.session
    session["post"] = cast.clerk.post.pk
    session["draft"] = "anything"
    session.save()

    sign_in(pc, cast.colleague.username)

    assert pc.session["_auth_user_id"] == str(cast.colleague.pk)
    assert not {"post", "draft"} & set(pc.session.keys())
    assert not Session.objects.filter(user=cast.clerk).exists()


@pytest.mark.parametrize("name", ["sessions", "password", "home", "health"])
def test_pages_behind_the_login_are_never_kept_by_the_browser(cast: Cast, name: str) -> None:
    response = cast.signed_in(cast.manager).get(reverse(name))

    assert "no-store" in response["Cache-Control"]
    assert "private" in response["Cache-Control"]


def test_the_login_is_kept_in_columns_that_a_dismissal_can_find(cast: Cast, pc: Client) -> None:
    sign_in(pc, "clerk")

    row = Session.objects.get(user=cast.clerk)
    assert (row.address, row.device) == ("127.0.0.1", CHROME)
    assert timezone.now() - row.started_at < timedelta(minutes=1)


def test_a_caller_without_an_address_can_sign_in(cast: Cast) -> None:
    pc = Client(REMOTE_ADDR="")

    response = pc.post(reverse("login"), {"username": "clerk", "password": PASSWORD})

    assert response.status_code == 302
    assert Session.objects.get(user=cast.clerk).address is None


# Leaving ------------------------------------------------------------------------------------


def test_signing_out_ends_the_session_and_is_written_down(cast: Cast, pc: Client) -> None:
    sign_in(pc, "clerk")

    response = pc.post(reverse("logout"))

    assert response["Location"] == reverse("login")
    assert actions()[-1] == "logout"
    assert not Session.objects.filter(user=cast.clerk).exists()
    assert pc.get(reverse("sessions")).status_code == 302


def test_a_link_cannot_sign_anybody_out(cast: Cast) -> None:
    assert cast.signed_in(cast.clerk).get(reverse("logout")).status_code == 405


HASHERS = [*PRODUCT_HASHERS, "django.contrib.auth.hashers.MD5PasswordHasher"]


def test_a_password_kept_the_old_way_is_kept_anew_at_the_log_in(
    cast: Cast, pc: Client, settings: Any
) -> None:
    settings.PASSWORD_HASHERS = HASHERS
    before = User.objects.get(pk=cast.clerk.pk).password

    response = sign_in(pc, "clerk")

    after = User.objects.get(pk=cast.clerk.pk).password
    assert before.startswith("md5$")
    assert after.startswith("argon2$argon2id$v=19$m=19456,t=2,p=1$")
    assert response.status_code == 302
    assert pc.get(reverse("sessions")).status_code == 200


# The locked screen --------------------------------------------------------------------------


@pytest.fixture
def locked(cast: Cast, pc: Client) -> Client:
    sign_in(pc, "clerk")
    pc.post(reverse("lock"), headers={"referer": "http://testserver/account/sessions/"})
    return pc


def test_locking_shows_who_may_come_back_and_nothing_else(cast: Cast, locked: Client) -> None:
    response = locked.get(reverse("unlock"))

    assert "样本店员" in text(response)
    assert "样本通讯店" not in text(response)
    assert locked.get(reverse("sessions")).status_code == 302
    assert actions()[-1] == "locked"


def test_locking_leads_back_to_the_page_that_was_open(cast: Cast, pc: Client) -> None:
    sign_in(pc, "clerk")

    response = pc.post(
        reverse("lock"), headers={"referer": "http://testserver/account/sessions/?a=1"}
    )

    assert response["Location"] == "/account/unlock/?next=%2Faccount%2Fsessions%2F%3Fa%3D1"


def test_locking_twice_is_one_entry_in_the_audit(locked: Client) -> None:
    locked.post(reverse("lock"))

    assert actions().count("locked") == 1


def test_the_password_alone_unlocks(locked: Client) -> None:
    response = locked.post(
        reverse("unlock"), {"password": PASSWORD, "next": "/account/sessions/?a=1"}
    )

    assert response["Location"] == "/account/sessions/?a=1"
    assert locked.get(reverse("sessions")).status_code == 200
    assert actions()[-1] == "unlocked"


def test_unlocking_with_a_password_kept_the_old_way_leads_back_in(
    cast: Cast, locked: Client, settings: Any
) -> None:
    settings.PASSWORD_HASHERS = HASHERS

    response = locked.post(reverse("unlock"), {"password": PASSWORD, "next": "/account/sessions/"})

    assert User.objects.get(pk=cast.clerk.pk).password.startswith("argon2$argon2id$")
    assert locked.get(response["Location"]).status_code == 200


def test_a_wrong_password_leaves_the_screen_locked(cast: Cast, locked: Client) -> None:
    response = locked.post(reverse("unlock"), {"password": "wrong"})

    assert response.status_code == 422
    assert "密码不对" in text(response)
    assert locked.get(reverse("sessions")).status_code == 302
    assert AuditEntry.objects.get(action="unlock.failed").subject_id == cast.clerk.pk


def test_a_colleague_cannot_unlock_with_a_password_of_his_own(cast: Cast, locked: Client) -> None:
    cast.colleague.set_password("another-Specimen-1")
    cast.colleague.save(update_fields=["password"])

    response = locked.post(
        reverse("unlock"), {"password": "another-Specimen-1", "username": "colleague"}
    )

    assert response.status_code == 422


def test_guessing_at_a_locked_screen_is_limited_like_the_login(locked: Client) -> None:
    answers = [locked.post(reverse("unlock"), {"password": "wrong"}) for _ in range(5)]

    assert [answer.status_code for answer in answers] == [422] * 4 + [429]
    assert locked.post(reverse("unlock"), {"password": PASSWORD}).status_code == 429
    assert "换人登录" in text(answers[-1])


def test_unlocking_forgives_the_slips_before_it(locked: Client) -> None:
    for _ in range(4):
        locked.post(reverse("unlock"), {"password": "wrong"})
    locked.post(reverse("unlock"), {"password": PASSWORD})
    locked.post(reverse("lock"))

    answers = [locked.post(reverse("unlock"), {"password": "wrong"}) for _ in range(4)]

    assert [answer.status_code for answer in answers] == [422] * 4


def test_somebody_else_at_a_locked_screen_signs_the_owner_out(cast: Cast, locked: Client) -> None:
    response = locked.post(reverse("logout"))

    assert response["Location"] == reverse("login")
    assert not Session.objects.filter(user=cast.clerk).exists()


@pytest.mark.parametrize("target", ["https://evil.example/", "//evil.example", ""])
def test_unlocking_never_leads_elsewhere(locked: Client, target: str) -> None:
    response = locked.post(reverse("unlock"), {"password": PASSWORD, "next": target})

    assert response["Location"] == "/"


def test_the_unlock_page_of_an_open_screen_goes_on(cast: Cast) -> None:
    pc = cast.signed_in(cast.clerk)

    assert pc.get("/account/unlock/?next=/account/sessions/")["Location"] == ("/account/sessions/")


def test_a_locked_screen_can_change_its_language(locked: Client) -> None:
    response = locked.post(reverse("set_language"), {"language": "en", "next": "/account/unlock/"})

    assert response["Location"] == "/account/unlock/"
    assert response.cookies["django_language"].value == "en"


def test_signed_out_nobody_can_lock_or_unlock(db: None, pc: Client) -> None:
    for name in ("lock", "unlock", "awake", "logout", "password", "sessions"):
        response = pc.post(reverse(name))
        assert response["Location"].startswith(reverse("login")), name


# The password -------------------------------------------------------------------------------


def change(pc: Client, old: str, new: str, again: str | None = None) -> Any:
    form = {"old_password": old, "new_password": new, "again": again or new}
    return pc.post(reverse("password"), form)


def test_a_new_password_works_and_ends_the_other_sessions(cast: Cast, pc: Client) -> None:
    other = Client()
    sign_in(other, "clerk")
    sign_in(pc, "clerk")

    response = change(pc, PASSWORD, "样本-Another-2027")

    assert response["Location"] == "/"
    assert pc.get(reverse("sessions")).status_code == 200
    assert other.get(reverse("sessions")).status_code == 302
    assert sign_in(Client(), "clerk").status_code == 422
    assert sign_in(Client(), "clerk", "样本-Another-2027").status_code == 302
    assert "password.changed" in actions()


@pytest.mark.parametrize(
    ("old", "new", "again", "says"),
    [
        ("wrong", "样本-Another-2027", None, "现在的密码不对"),
        (PASSWORD, "样本-Another-2027", "样本-Another-2028", "两次输入的新密码不一样"),
        (PASSWORD, "12345", None, "密码"),
        (PASSWORD, "password", None, "密码"),
    ],
)
def test_a_password_that_will_not_do_says_why(
    cast: Cast, pc: Client, old: str, new: str, again: str | None, says: str
) -> None:
    sign_in(pc, "clerk")

    response = change(pc, old, new, again)

    assert response.status_code == 422
    assert "invalid-feedback" in text(response)
    assert says in text(response)
    assert User.objects.get(pk=cast.clerk.pk).check_password(PASSWORD)


# Language -----------------------------------------------------------------------------------


def test_the_language_can_be_chosen_before_signing_in(db: None, pc: Client) -> None:
    pc.post(reverse("set_language"), {"language": "en", "next": "/account/login/"})

    assert '<html lang="en"' in text(pc.get(reverse("login")))


@pytest.mark.parametrize("preferred", ["zh-CN", "en-US,en", "fr"])
def test_chinese_comes_first_whatever_the_browser_prefers(db: None, preferred: str) -> None:
    response = Client(headers={"accept-language": preferred}).get(reverse("login"))

    assert '<html lang="zh-hans"' in text(response)
    assert response["Content-Language"] == "zh-hans"


@pytest.mark.parametrize("cookie", ["", "xx", "e" * 600])
def test_a_language_that_does_not_exist_is_chinese(db: None, cookie: str) -> None:
    pc = Client()
    pc.cookies["django_language"] = cookie

    assert '<html lang="zh-hans"' in text(pc.get(reverse("login")))


def test_the_language_switch_does_not_lead_elsewhere(db: None, pc: Client) -> None:
    form = {"language": "en", "next": "https://evil.example/"}

    assert pc.post(reverse("set_language"), form)["Location"] == "/"
