"""The articles: each once, with its text and its dates, and found again by its citation."""

from datetime import date, timedelta

import pytest

from registration.models import Finding
from registration.rules import law
from registration.rules.article import Article, Law
from registration.rules.rule import RULES, VERSION


def constants() -> dict[str, Article]:
    return {name: one for name, one in vars(law).items() if isinstance(one, Article)}


def test_every_article_stands_once() -> None:
    citations = [str(article) for article in constants().values()]

    assert len(citations) == len(set(citations))
    assert list(law.ARTICLES) == list(constants().values())


@pytest.mark.parametrize("name", constants())
def test_every_article_says_something_comes_from_somewhere_and_has_dates(name: str) -> None:
    article = constants()[name]

    assert article.text.endswith(("。", "……"))
    assert article.source
    assert article.until is None or article.since < article.until


@pytest.mark.parametrize("name", constants())
def test_every_citation_fits_a_finding_and_leads_back_to_its_article(name: str) -> None:
    citation = str(constants()[name])

    assert len(citation) <= (Finding._meta.get_field("article").max_length or 0)
    assert law.find(citation) is constants()[name]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_what_a_rule_rests_on_is_in_force_and_one_of_the_constants(rule) -> None:
    day = date.fromisoformat(VERSION[:10])

    assert rule.article in law.ARTICLES
    assert rule.article.is_in_force(day)


def test_an_article_is_in_force_from_its_first_day_to_its_last() -> None:
    last = law.CYBERSECURITY_24.until
    assert last is not None

    assert not law.CYBERSECURITY_24.is_in_force(law.CYBERSECURITY_24.since - timedelta(days=1))
    assert law.CYBERSECURITY_24.is_in_force(law.CYBERSECURITY_24.since)
    assert law.CYBERSECURITY_24.is_in_force(last)
    assert not law.CYBERSECURITY_24.is_in_force(last + timedelta(days=1))


def test_the_day_after_the_old_number_ends_the_new_one_begins() -> None:
    last = law.CYBERSECURITY_24.until
    assert last is not None

    assert law.CYBERSECURITY_26.since == last + timedelta(days=1)


def test_a_finding_that_names_the_notice_by_the_wrong_year_still_finds_it() -> None:
    assert law.find("《工信部网安〔2015〕182号通知》第二条（一）") is law.NOTICE_182_2_1


@pytest.mark.parametrize("citation", ["样本", "《电话用户真实身份信息登记规定》第七条", ""])
def test_an_unknown_citation_finds_nothing(citation: str) -> None:
    assert law.find(citation) is None


def test_an_article_is_cited_with_its_law() -> None:
    made = Law("样本法", source="样本", since=date(2020, 1, 1))

    assert str(made.quote(7, "样本。")) == "《样本法》第7条"
    assert str(made.gist("第 4 章", "样本。")) == "《样本法》第 4 章"
    assert str(made.gist("", "样本。")) == "《样本法》"
