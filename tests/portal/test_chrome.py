"""The frame around every page: what it shows to whom, and that it obeys its own CSP."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from django.contrib.staticfiles import finders
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from outlets.services import outlet as outlets
from outlets.services import staff
from portal.models import User
from tests.cast import PASSWORD, Cast

ROOT = Path(__file__).resolve().parents[2]
PAGE = "/account/password/"
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))


def page(browser: Client, path: str = PAGE) -> str:
    return str(browser.get(path).content.decode())


# What it shows ------------------------------------------------------------------------------


def test_a_clerk_sees_his_outlet_his_name_and_his_post(cast: Cast) -> None:
    frame = page(cast.signed_in(cast.clerk))

    for words in ("样本通讯店", "营业", "样本店员", "营业员"):
        assert words in frame
    assert 'class="rail"' not in frame


def test_a_suspended_outlet_is_shown_as_suspended(cast: Cast) -> None:
    outlets.suspend(cast.outlet, reason="样本原因", by=cast.manager, now=cast.now)

    frame = page(cast.signed_in(cast.clerk))

    assert re.search(r'state-block">.*?暂停', frame, re.DOTALL)


@pytest.mark.parametrize("who", ["manager", "administrator"])
def test_who_leads_has_a_rail_of_five_entries_at_most(cast: Cast, who: str) -> None:
    frame = page(cast.signed_in(getattr(cast, who)), reverse("health"))

    rail = frame.partition('<nav class="rail"')[2].partition("</nav>")[0]
    assert 1 <= rail.count("<li>") <= 5
    assert rail.count('aria-current="page"') == 1
    assert "健康" in rail


def test_who_holds_no_post_sees_a_frame_without_an_outlet(cast: Cast) -> None:
    nobody = User.objects.create_user("nobody", "王样本", PASSWORD)

    frame = page(cast.signed_in(nobody))

    assert "王样本" in frame
    assert "topbar-outlet" not in frame


def test_who_holds_two_posts_can_switch_between_them(cast: Cast) -> None:
    staff.appoint(cast.clerk, channel=cast.hall.channel, role="clerk", by=None, now=cast.now)

    frame = page(cast.signed_in(cast.clerk))

    assert frame.count('name="post"') == 2
    assert "东区营业厅" in frame


def test_the_frame_costs_the_same_for_one_post_and_for_three(
    cast: Cast, django_assert_max_num_queries: Any
) -> None:
    clerk = cast.signed_in(cast.clerk)
    clerk.get(PAGE)
    for outlet in (cast.hall, cast.sister):
        staff.appoint(cast.clerk, channel=outlet.channel, role="clerk", by=None, now=cast.now)

    with django_assert_max_num_queries(2):
        clerk.get(PAGE)


def test_the_frame_speaks_english_when_asked(cast: Cast) -> None:
    clerk = cast.signed_in(cast.clerk)
    clerk.post(reverse("set_language"), {"language": "en", "next": PAGE})

    assert '<html lang="en"' in page(clerk)


# What it says when something is wrong -------------------------------------------------------


@pytest.mark.parametrize("who", ["clerk", None])
def test_a_missing_page_says_what_to_do(cast: Cast, who: str | None) -> None:
    browser = cast.signed_in(cast.clerk) if who else Client()

    response = browser.get("/nowhere/")

    assert response.status_code == 404
    assert "没有这个页面" in response.content.decode()
    assert "请检查地址" in response.content.decode()


def test_a_page_older_than_its_session_says_so(cast: Cast) -> None:
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(cast.clerk, backend="django.contrib.auth.backends.ModelBackend")

    response = browser.post(reverse("logout"))

    assert response.status_code == 403
    assert "这个页面过期了" in response.content.decode()


def test_a_script_of_an_old_page_hears_it_too(cast: Cast) -> None:
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(cast.clerk, backend="django.contrib.auth.backends.ModelBackend")

    response = browser.post(reverse("awake"), headers={"accept": "application/json"})

    assert response.status_code == 403
    assert response.json()["todo"] == "请刷新页面后再试。"


def test_a_bug_shows_a_plain_page_without_its_words(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*args: object) -> None:
        raise RuntimeError("991101199001010015")

    monkeypatch.setattr("portal.services.health.run", broken)
    browser = cast.signed_in(cast.manager)
    browser.raise_request_exception = False

    response = browser.get(reverse("health"))

    assert response.status_code == 500
    assert "系统出错了" in response.content.decode()
    assert "991101199001010015" not in response.content.decode()


# The content security policy ----------------------------------------------------------------


def test_the_policy_allows_no_inline_script_or_style(db: None) -> None:
    policy = Client().get(reverse("login"))["Content-Security-Policy"]

    assert "unsafe" not in policy
    assert "default-src 'self'" in policy
    assert "object-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy


@pytest.mark.parametrize("path", TEMPLATES, ids=[str(p.relative_to(ROOT)) for p in TEMPLATES])
def test_a_template_has_no_inline_script_style_or_handler(path: Path) -> None:
    html = path.read_text()

    for script in re.findall(r"<script\b[^>]*>", html):
        assert "src=" in script or 'type="application/json"' in script, script
    assert not re.search(r"<style\b", html)
    assert not re.search(r"<[^>{%]*\sstyle=", html)
    assert not re.search(r"<[^>{%]*\son[a-z]+=", html)
    assert not re.search(r"\bhx-on\b|javascript:", html)


@pytest.mark.parametrize("path", TEMPLATES, ids=[str(p.relative_to(ROOT)) for p in TEMPLATES])
def test_every_static_file_that_a_template_names_exists(path: Path) -> None:
    for name in re.findall(r"""{%\s*static\s+["']([^"']+)["']\s*%}""", path.read_text()):
        assert finders.find(name), name


def test_no_page_of_a_customer_is_kept_in_the_browsers_storage(db: None) -> None:
    login = page(Client(), reverse("login"))
    found = re.search(r"name=\"htmx-config\" content='([^']+)'", login)

    assert found
    config = json.loads(found.group(1))
    assert config["historyCacheSize"] == 0
    assert config["allowEval"] is False
    assert config["includeIndicatorStyles"] is False


def test_what_our_modules_import_is_found_under_its_hashed_name(
    tmp_path: Path, settings: Any
) -> None:
    settings.STORAGES = settings.STORAGES | {"staticfiles": {"BACKEND": "portal.assets.Assets"}}
    settings.STATIC_ROOT = tmp_path
    settings.STATICFILES_DIRS = [ROOT / "static"]
    settings.STATICFILES_FINDERS = ["django.contrib.staticfiles.finders.FileSystemFinder"]

    call_command("collectstatic", interactive=False, verbosity=0)

    for module in (tmp_path / "js").glob("*.js"):
        for name in re.findall(r"""(?:from|import)\s*["'](\./[^"']+)["']""", module.read_text()):
            assert (module.parent / name).is_file(), f"{module.name} imports {name}"
