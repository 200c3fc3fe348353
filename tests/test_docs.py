"""What the documents say is so: links resolve, commands exist, tables agree with the code."""

import pkgutil
import re
from collections.abc import Iterator
from io import StringIO
from pathlib import Path

import pytest
from django.apps import apps
from django.core.management import call_command

from outlets import demo
from registration.management import rules_page
from registration.rules.catalogue import DOCUMENTS, ROWS, Row
from registration.rules.conflicts import CONFLICTS, Conflict
from registration.rules.policy import POLICIES
from registration.rules.rule import RULES, Rule
from registration.rules.service import SERVICES

ROOT = Path(__file__).resolve().parent.parent
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/*.md")])
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
SETTING = re.compile(r"(?:env\.\w+|text)\(\s*\"(SHIMING_\w+)\"")
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


def test_the_page_on_the_rules_is_what_the_command_writes() -> None:
    out = StringIO()
    call_command("rules", stdout=out)

    assert out.getvalue() == text("docs/rules.md"), "run manage.py rules --write"


def test_the_command_writes_the_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rules_page, "PAGE", tmp_path / "rules.md")

    call_command("rules", "--write")

    assert (tmp_path / "rules.md").read_text("utf-8") == rules_page.text()


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_every_rule_says_what_it_asks_and_has_a_test(rule: Rule) -> None:
    assert rules_page.said(rule).endswith(".")
    assert rules_page.tests(rule.id)


def test_the_catalogue_has_every_row_once() -> None:
    numbered = {"SC": 10, "PD": 12, "UD": 11, "PX": 10, "CV": 12, "RF": 7, "NL": 8}
    rows = [f"{part}-{one:02}" for part, last in numbered.items() for one in range(1, last + 1)]
    documents = [row.id for row in DOCUMENTS]

    assert [row.id for row in ROWS] == rows + documents
    assert len(documents) == len(set(documents))
    assert [one.id for one in CONFLICTS] == [f"C-{one:02}" for one in range(1, 21)]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.id)
def test_a_row_is_kept_or_is_still_to_come_or_says_why_not(row: Row) -> None:
    kept = row.kept_by

    assert (kept.is_kept or bool(kept.later)) is not bool(kept.why_not)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.id)
def test_what_keeps_a_row_exists(row: Row) -> None:
    kept = row.kept_by

    assert set(kept.rules) - {rule.id for rule in RULES} == set()
    assert set(kept.constraints) - constraints() == set()
    assert [name for name in kept.code if not exists(name)] == []


@pytest.mark.parametrize("conflict", CONFLICTS, ids=lambda conflict: conflict.id)
def test_a_conflict_has_a_policy_or_says_why_not(conflict: Conflict) -> None:
    assert bool(conflict.policy) is not bool(conflict.why_not)
    assert set(conflict.policies) - POLICIES.keys() == set()
    assert set(conflict.rules) - {rule.id for rule in RULES} == set()


def exists(name: str) -> bool:
    """A file by its path, or a module, class, function or attribute by its dotted name."""
    if "/" in name:
        return (ROOT / name).is_file()
    try:
        pkgutil.resolve_name(name)
    except (ImportError, AttributeError):
        return False
    return True


def constraints() -> set[str]:
    return {
        constraint.name
        for model in apps.get_models()
        if model._meta.app_label in {"portal", "outlets", "registration"}
        for constraint in model._meta.constraints
    }


def test_every_setting_is_in_the_table_of_settings() -> None:
    read = set(SETTING.findall(text("portal/settings.py")))
    read |= set(SETTING.findall(text("portal/management/commands/keys.py")))
    read |= set(SETTING.findall(text("portal/env.py")))  # of a bucket

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
    rows = table("docs/architecture.md", "## What must be true")

    assert {row[0].strip("`") for row in rows} == constraints()


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


def test_the_table_of_services_is_what_the_counter_offers() -> None:
    told = [
        [
            f"`{service.code}` {service.label}",
            service.rule,
            service.number,
            ", ".join(service.parties),
            service.matched,
            "yes" if service.takes_place else "",
            service.order,
            service.outcome,
        ]
        for service in SERVICES.values()
    ]

    assert table("docs/services.md", "## The table") == told
