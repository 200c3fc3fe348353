"""What the documents say is so: links resolve, commands exist, tables agree with the code."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.apps import apps

from outlets import demo
from registration.rules.rule import RULES, VERSION

ROOT = Path(__file__).resolve().parent.parent
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/*.md")])
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
SETTING = re.compile(r"env\.\w+\(\s*\"(SHIMING_\w+)\"")
PICTURE_BYTES = 150 * 1024


def text(page: str) -> str:
    return (ROOT / page).read_text("utf-8")


def table(page: str, heading: str) -> list[list[str]]:
    """The rows of the first table below a heading, without its two head lines."""
    _, _, rest = text(page).partition(f"\n{heading}\n")
    lines = rest[rest.index("|") :].splitlines()
    rows = [line for line in lines[: _first_gap(lines)] if line.startswith("|")]
    return [[cell.strip() for cell in row.strip("|").split(" | ")] for row in rows[2:]]


def _first_gap(lines: list[str]) -> int:
    return next((at for at, line in enumerate(lines) if not line.startswith("|")), len(lines))


def headings(page: Path) -> set[str]:
    """The anchors that a page offers, as GitHub makes them."""
    found = re.findall(r"^#+ (.+)$", page.read_text("utf-8"), re.MULTILINE)
    plain = (re.sub(r"[^\w\- ]", "", heading.lower()) for heading in found)
    return {heading.replace(" ", "-") for heading in plain}


def links(page: Path) -> Iterator[tuple[Path, str]]:
    """The files that a page links to, with the anchor in them."""
    for target in LINK.findall(page.read_text("utf-8")):
        if re.match(r"[a-z]+:", target):
            continue
        path, _, anchor = target.partition("#")
        yield (page.parent / path).resolve() if path else page, anchor


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_leads_somewhere(page: Path) -> None:
    lost = [
        f"{path.name}#{anchor}"
        for path, anchor in links(page)
        if not path.exists() or (anchor and anchor not in headings(path))
    ]

    assert lost == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_make_command_is_a_target(page: Path) -> None:
    targets = set(re.findall(r"^([a-z-]+):", text("Makefile"), re.MULTILINE))

    said = set(re.findall(r"(?:`|^ {4})make ([a-z-]+)", page.read_text("utf-8"), re.MULTILINE))

    assert said - targets == set()


def test_the_pictures_are_small_and_all_of_them_are_shown() -> None:
    pictures = {path for path in (ROOT / "docs" / "img").iterdir() if path.is_file()}
    shown = {path for page in PAGES for path, _ in links(page)}

    assert {path.name for path in pictures - shown} == set()
    assert {path.name for path in pictures if path.stat().st_size > PICTURE_BYTES} == set()


def test_the_table_of_rules_is_the_rule_set() -> None:
    rules = [
        [
            rule.id,
            rule.severity.value,
            str(rule.article),
            f"`{rule.judge.__module__.rpartition('.')[2]}.{rule.judge.__name__}`",
        ]
        for rule in RULES
    ]

    assert [row[:4] for row in table("docs/rules.md", f"## Rule set {VERSION}")] == rules


def test_every_setting_is_in_the_table_of_settings() -> None:
    read = set(SETTING.findall(text("portal/settings.py")))
    read |= set(SETTING.findall(text("portal/management/commands/keys.py")))

    written = {row[0].strip("`") for row in table("docs/deploy.md", "## Settings")}

    assert written == read


@pytest.mark.parametrize("page", ["docs/security.md", "docs/architecture.md"])
def test_every_test_that_a_document_names_exists(page: str) -> None:
    defined = {
        name
        for path in (ROOT / "tests").rglob("test_*.py")
        for name in re.findall(r"^def (test_\w+)", path.read_text("utf-8"), re.MULTILINE)
    }

    named = set(re.findall(r"`(test_\w+)`", text(page)))

    assert named - defined == set()


def test_the_table_of_constraints_is_what_the_models_declare() -> None:
    declared = {
        constraint.name
        for model in apps.get_models()
        if model._meta.app_label in {"portal", "outlets", "registration"}
        for constraint in model._meta.constraints
    }

    rows = table("docs/architecture.md", "## What must be true")

    assert {row[0].strip("`") for row in rows} == declared


@pytest.mark.parametrize("page", ["README.md", "README.zh-CN.md"])
def test_the_tour_names_every_demo_account_and_the_password(page: str) -> None:
    accounts = {account.username for account in demo.ACCOUNTS}

    named = set(re.findall(r"^\| (.+?) \|", text(page), re.MULTILINE))
    listed = {name for cell in named for name in re.findall(r"`([a-z0-9]+)`", cell)}

    assert accounts - listed == {"clerk2"}
    assert f"**{demo.PASSWORD}**" in text(page)


def test_both_readmes_tell_the_same() -> None:
    english, chinese = text("README.md"), text("README.zh-CN.md")

    def bones(page: str) -> list[str]:
        return re.findall(r"^ *```.*?```|\]\(([^)]+)\)|^## |^ {4}make \w+", page, re.M | re.S)

    assert bones(english.replace("README.zh-CN.md", "")) == bones(chinese.replace("README.md", ""))


@pytest.mark.parametrize("page", ["README.md", "README.zh-CN.md"])
def test_the_rule_that_the_tour_changes_is_there_to_be_changed(page: str) -> None:
    """With 30 days instead of 60 the example is the code as it stands."""
    code = text("registration/rules/individual.py") + text("tests/registration/test_rules.py")
    examples = re.findall(r"```python\n(.*?)```", text(page), re.DOTALL)

    lines = [line.strip() for example in examples for line in example.splitlines()]
    before = [line.replace("60", "30").replace("59", "29") for line in lines]

    assert len(before) > 6
    assert [line for line in before if line not in code] == []
