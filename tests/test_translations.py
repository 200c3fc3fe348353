"""Two whole languages: each text that the sources mark has its English, and no page mixes them.

What makemessages would find is found here without GNU gettext, which a fresh machine lacks.
"""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import polib
import pytest
from django.conf import settings
from django.template.base import Lexer, TokenType
from django.test import Client, RequestFactory
from django.urls import reverse
from django.utils import translation
from django.utils.translation.template import templatize
from django.views.defaults import bad_request, permission_denied, server_error

from outlets.models import Channel
from portal.models import User
from tests.cast import Cast

ROOT = Path(__file__).resolve().parents[1]
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
MODULES = sorted(
    path for app in ("portal", "outlets", "registration") for path in (ROOT / app).rglob("*.py")
)

# (context, msgid) as in the catalogue.
Key = tuple[str, str]

MARK = re.compile(r"(?:(n|p|np)?gettext(?:_lazy|_noop)?|_)")
TEXT = r"""u?('(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*")"""
MARKED_IN_TEMPLATE = re.compile(rf"\b(_|n?p?gettext)\({TEXT}(?:, {TEXT})?")
PLACEHOLDER = re.compile(r"%\(\w+\)[-+.\d]*[a-z]|%[a-z]|\{\w*\}|<[^>]+>")
OTHER_LANGUAGE = re.compile(r'<button[^>]*lang="zh-hans".*?</button>', re.DOTALL)
CHINESE = re.compile(r"[\u3001-\u303f\u4e00-\u9fff\uff01-\uff5e]")
TRY = "run `make messages` and fill in the English"


@cache
def catalogue() -> dict[Key, polib.POEntry]:
    entries = polib.pofile(str(ROOT / "locale" / "en" / "LC_MESSAGES" / "django.po"))
    return {(entry.msgctxt or "", entry.msgid): entry for entry in entries if not entry.obsolete}


@cache
def calls(path: Path) -> list[tuple[str, ast.Call]]:
    """Each call that marks a text, after the letters that stand before its "gettext"."""
    return [
        (mark[1] or "", node)
        for node in ast.walk(ast.parse(path.read_bytes()))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
        if (mark := MARK.fullmatch(node.func.id))
    ]


def marked_in_module(path: Path) -> Iterator[Key]:
    for mark, call in calls(path):
        texts = [str(one.value) for one in call.args if isinstance(one, ast.Constant)]
        if mark.endswith("p"):
            yield texts[0], texts[1]
        elif texts:
            yield "", texts[0]


def marked_in_template(path: Path) -> Iterator[Key]:
    text = path.read_text(encoding="utf-8")
    if "translate" not in text and "_(" not in text:
        return
    for mark, first, second in MARKED_IN_TEMPLATE.findall(templatize(text, origin=str(path))):
        texts = [ast.literal_eval(one) for one in (first, second) if one]
        yield (texts[0], texts[1]) if "pget" in mark else ("", texts[0])


@cache
def marked() -> set[Key]:
    found = {key for path in MODULES for key in marked_in_module(path)}
    return found | {key for path in TEMPLATES for key in marked_in_template(path)}


# The catalogue --------------------------------------------------------------------------------


def test_every_text_of_the_sources_is_in_the_catalogue() -> None:
    assert marked() - catalogue().keys() == set(), TRY


def test_nothing_is_in_the_catalogue_that_no_source_says() -> None:
    assert catalogue().keys() - marked() == set(), TRY


def test_every_text_has_its_english() -> None:
    without = [
        key
        for key, entry in catalogue().items()
        if entry.fuzzy or not all(english(entry)) or chinese_left(entry)
    ]

    assert without == [], TRY


def test_a_translation_keeps_every_placeholder_and_tag() -> None:
    broken = {
        text: entry.msgid
        for entry in catalogue().values()
        for text in english(entry)
        if placeholders(text) != placeholders(entry.msgid)
    }

    assert broken == {}


def test_only_constant_texts_are_marked() -> None:
    """A value inside the text makes a sentence that no catalogue can hold."""
    wrong = [
        f"{path.relative_to(ROOT)}:{call.lineno}"
        for path in MODULES
        for _mark, call in calls(path)
        if any(isinstance(one, ast.JoinedStr | ast.BinOp) for one in call.args)
    ]

    assert wrong == []


def english(entry: polib.POEntry) -> list[str]:
    return list(entry.msgstr_plural.values()) if entry.msgid_plural else [entry.msgstr]


def chinese_left(entry: polib.POEntry) -> bool:
    """Chinese stands in English only within brackets: the title by which a law is looked up."""
    return any(CHINESE.search(re.sub(r"\([^()]*\)", "", text)) for text in english(entry))


def placeholders(text: str) -> list[str]:
    return sorted(PLACEHOLDER.findall(text))


# The pages ------------------------------------------------------------------------------------


def test_templates_say_nothing_in_chinese_outside_a_translation() -> None:
    rest = {path: CHINESE.findall(unmarked(path.read_text(encoding="utf-8"))) for path in TEMPLATES}

    assert {path.name: found for path, found in rest.items() if found} == {}


def unmarked(source: str) -> str:
    """The template without its translations, and without the name of the other language."""
    within, rest = False, []
    for token in Lexer(OTHER_LANGUAGE.sub("", source)).tokenize():
        verb = token.contents.split()[0] if token.token_type == TokenType.BLOCK else ""
        if verb in ("blocktranslate", "endblocktranslate"):
            within = verb == "blocktranslate"
        elif verb != "translate" and not within and token.token_type != TokenType.COMMENT:
            rest.append(re.sub(rf"_\({TEXT}\)", "", token.contents))
    return "\n".join(rest)


@pytest.fixture
def visitor(client: Client) -> Client:
    return in_english(client)


def in_english(client: Client) -> Client:
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = "en"
    return client


@pytest.mark.django_db
def test_the_login_page_in_english_holds_no_chinese(visitor: Client) -> None:
    page = visitor.get(reverse("login")).content.decode()

    assert "Sign in" in page
    assert chinese_of(page) == []


@pytest.mark.django_db
def test_a_refused_login_in_english_holds_no_chinese(visitor: Client) -> None:
    given = {"username": "nobody", "password": "wrong-Specimen-2026"}

    page = visitor.post(reverse("login"), given).content.decode()

    assert "Please try again." in page
    assert chinese_of(page) == []


@pytest.mark.django_db
def test_a_missing_page_in_english_holds_no_chinese(visitor: Client) -> None:
    page = visitor.get("/nowhere/").content.decode()

    assert "There is no such page" in page
    assert chinese_of(page) == []


@pytest.mark.django_db
def test_an_expired_page_in_english_holds_no_chinese() -> None:
    stranger = in_english(Client(enforce_csrf_checks=True))

    page = stranger.post(reverse("login"), {}).content.decode()

    assert "This page has expired" in page
    assert chinese_of(page) == []


@pytest.mark.parametrize("answer", [bad_request, permission_denied, server_error])
def test_an_error_page_in_english_holds_no_chinese(rf: RequestFactory, answer: object) -> None:
    with translation.override("en"):
        args = () if answer is server_error else (Exception(),)
        page = answer(rf.get("/"), *args).content.decode()  # type: ignore[operator]

    assert "Go to the home page" in page
    assert chinese_of(page) == []


@pytest.mark.parametrize(
    ("who", "name"),
    [
        ("clerk", "counter"),
        ("verifier", "desk"),
        ("manager", "report"),
        ("manager", "channels"),
        ("manager", "staff"),
        ("manager", "readers"),
        ("manager", "sessions"),
    ],
)
def test_a_main_page_in_english_holds_no_chinese_but_names(cast: Cast, who: str, name: str) -> None:
    browser = in_english(cast.signed_in(getattr(cast, who)))

    page = browser.get(reverse(name)).content.decode()

    assert '<html lang="en"' in page
    assert chinese_of(without_names(page)) == []


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_a_counter_has_its_own_words_for_each_code_of_the_reader_program(
    cast: Cast, language: str
) -> None:
    clerk = cast.signed_in(cast.clerk)
    clerk = in_english(clerk) if language == "en" else clerk

    page = clerk.get(reverse("counter")).content.decode()

    assert set(re.findall(r'data-code="(\w+)"', page)) == {
        *("absent", "fault", "unplugged", "port_busy", "no_permission", "silent"),
        *("self_test", "not_authorised", "service_stopped", "service_busy", "service_strange"),
        *("reader_absent", "card_lifted", "checksum", "timeout", "card_damaged", "wrong_card"),
        *("not_enrolled", "key_renewal", "bad_request"),
    }


def without_names(page: str) -> str:
    names = {*Channel.objects.values_list("name", flat=True)}
    names |= {*User.objects.values_list("name", flat=True)}
    for name in sorted(names, key=len, reverse=True):
        page = page.replace(name, "")
    return page


def chinese_of(page: str) -> list[str]:
    """What is left in Chinese beside the carrier's name and the name of the other language."""
    page = OTHER_LANGUAGE.sub("", page).replace(settings.CARRIER_NAME, "")
    return re.findall(rf"[^<>]*{CHINESE.pattern}[^<>]*", page)
