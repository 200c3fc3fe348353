"""docs/rules.md, made of the code: prose from rules.md beside this file, and one table a mark."""

import ast
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

from django.conf import settings

from registration.rules import engine, law
from registration.rules.article import Article
from registration.rules.catalogue import SECTIONS, Kept, Row
from registration.rules.conflicts import CONFLICTS, Conflict
from registration.rules.rule import RULES, VERSION, Rule

PROSE = Path(__file__).with_name("rules.md")
PAGE = settings.ROOT / "docs" / "rules.md"
TESTS = settings.ROOT / "tests"


def text() -> str:
    page = PROSE.read_text("utf-8").replace("<!-- version -->", VERSION)
    for mark, rows in tables().items():
        page = page.replace(f"<!-- {mark} -->", rows)
    return page


def tables() -> dict[str, str]:
    return {
        "rules": _table(
            "id | severity | article | policy | what it asks | tests", map(_rule, in_order())
        ),
        "catalogue": "\n\n".join(_section(title, rows) for title, rows in SECTIONS.items()),
        "conflicts": _table("id | conflict | default | policy", map(_conflict, CONFLICTS)),
        "articles": _table("article | in force | source | text", map(_article, law.ARTICLES)),
    }


def in_order() -> list[Rule]:
    """As the engine lists their modules: which module is imported first is chance."""
    modules = [module.__name__ for module in engine.MODULES]
    return sorted(RULES, key=lambda rule: modules.index(rule.judge.__module__))


def said(rule: Rule) -> str:
    """The rule's sentence, from its docstring."""
    return " ".join((rule.judge.__doc__ or "").split())


@cache
def tests(rule: str) -> tuple[str, ...]:
    """The tests that assert something of a rule, or run through a table that names it."""
    files = sorted(TESTS.rglob("test_*.py"))
    return tuple(dict.fromkeys(name for path in files for name in _naming(path, rule)))


def _naming(path: Path, rule: str) -> Iterator[str]:
    source = path.read_text("utf-8")
    if f'"{rule}"' not in source:
        return
    body = ast.parse(source).body
    functions = [node for node in body if isinstance(node, ast.FunctionDef)]
    cases = [node for node in functions if node.name.startswith("test_")]
    yield from (case.name for case in cases if _claims(case, rule))
    for node in body:
        if isinstance(node, ast.Assign | ast.AnnAssign) and _says(node, rule):
            yield from _first_through(cases, _stored(node))


def _claims(case: ast.FunctionDef, rule: str) -> bool:
    """Whether a test asserts something of the rule; others have its id in their sample data."""
    claims = (node for node in ast.walk(case) if isinstance(node, ast.Assert))
    return any(_says(claim, rule) for claim in claims)


def _says(node: ast.AST, text: str) -> bool:
    return any(isinstance(one, ast.Constant) and one.value == text for one in ast.walk(node))


def _stored(node: ast.AST) -> set[str]:
    """The names that an assignment fills."""
    names = (one for one in ast.walk(node) if isinstance(one, ast.Name))
    return {one.id for one in names if isinstance(one.ctx, ast.Store)}


def _first_through(cases: list[ast.FunctionDef], tables: set[str]) -> list[str]:
    """The first test that runs through one of the tables; the others ask something else of it."""
    for case in cases:
        names = (one for mark in case.decorator_list for one in ast.walk(mark))
        if any(isinstance(one, ast.Name) and one.id in tables for one in names):
            return [case.name]
    return []


def _rule(rule: Rule) -> list[str]:
    return [
        rule.id,
        rule.severity.value,
        str(rule.article),
        "; ".join(_decided(conflict) for conflict in CONFLICTS if rule.id in conflict.rules),
        f"{said(rule)} `{_name(rule)}`",
        _code(tests(rule.id)),
    ]


def _name(rule: Rule) -> str:
    return f"{rule.judge.__module__.rpartition('.')[2]}.{rule.judge.__name__}"


def _decided(conflict: Conflict) -> str:
    return f"{conflict.id} {_code(conflict.policies)}"


def _section(title: str, rows: Iterable[Row]) -> str:
    cells = ([row.id, row.says, _kept(row.kept_by)] for row in rows)
    return f"### {title}\n\n{_table('id | requirement | kept by', cells)}"


def _kept(kept: Kept) -> str:
    kinds = {"rule": kept.rules, "constraint": kept.constraints, "code": kept.code}
    said = [f"{kind} {_code(names)}" for kind, names in kinds.items() if names]
    if kept.later:
        said.append(f"**not yet**: {kept.later}")
    if kept.why_not:
        said.append(f"not here: {kept.why_not}")
    return "; ".join(said)


def _conflict(conflict: Conflict) -> list[str]:
    policy = _code(conflict.policies) or f"none: {conflict.why_not}"
    return [conflict.id, conflict.says, conflict.default, policy]


def _article(article: Article) -> list[str]:
    days = f"{article.since} to {article.until}" if article.until else f"since {article.since}"
    mark = "原文" if article.is_quoted else "大意"
    return [
        str(article),
        days,
        f"{mark}, {article.source}",
        article.text.replace("\n", "<br>"),
    ]


def _code(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def _table(heads: str, rows: Iterable[list[str]]) -> str:
    head = heads.split(" | ")
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("|" + "|".join(f" {cell} " for cell in line) + "|" for line in lines)
