from datetime import UTC

import pytest
from django.core.exceptions import ImproperlyConfigured

from portal import env


def test_a_value_is_read_from_the_environment(monkeypatch):
    monkeypatch.setenv("SHIMING_THING", " counter \n")

    assert env.text("SHIMING_THING") == "counter"


def test_a_file_wins_over_the_variable_and_its_last_newline_is_dropped(monkeypatch, tmp_path):
    (tmp_path / "thing").write_text("from the file\n")
    monkeypatch.setenv("SHIMING_THING", "from the variable")
    monkeypatch.setenv("SHIMING_THING_FILE", str(tmp_path / "thing"))

    assert env.text("SHIMING_THING") == "from the file"


def test_a_rotated_secret_file_is_read_again(monkeypatch, tmp_path):
    secret = tmp_path / "thing"
    monkeypatch.setenv("SHIMING_THING_FILE", str(secret))
    secret.write_text("old")
    assert env.text("SHIMING_THING") == "old"

    secret.write_text("new")

    assert env.text("SHIMING_THING") == "new"


def test_a_secret_that_begins_with_a_dollar_is_taken_literally(monkeypatch):
    monkeypatch.setenv("SHIMING_THING", "$PATH")

    assert env.text("SHIMING_THING") == "$PATH"


@pytest.mark.parametrize("value", [None, "", "  "])
def test_a_missing_secret_stops_the_start_with_one_line_that_says_how_to_set_it(monkeypatch, value):
    monkeypatch.delenv("SHIMING_THING", raising=False)
    if value is not None:
        monkeypatch.setenv("SHIMING_THING", value)

    with pytest.raises(ImproperlyConfigured) as refused:
        env.text("SHIMING_THING")

    assert "SHIMING_THING_FILE" in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_default_answers_for_a_missing_value(monkeypatch):
    monkeypatch.delenv("SHIMING_THING", raising=False)

    assert env.text("SHIMING_THING", "") == ""
    assert env.flag("SHIMING_THING", True) is True
    assert env.number("SHIMING_THING", 7) == 7
    assert env.words("SHIMING_THING", ["a"]) == ["a"]


@pytest.mark.parametrize(
    "content", [None, b"\xff\xfe\x00binary"], ids=["no such file", "not a text"]
)
def test_an_unreadable_secret_file_is_named_by_its_variable(monkeypatch, tmp_path, content):
    if content is not None:
        (tmp_path / "thing").write_bytes(content)
    monkeypatch.setenv("SHIMING_THING_FILE", str(tmp_path / "thing"))

    with pytest.raises(ImproperlyConfigured, match="SHIMING_THING_FILE"):
        env.text("SHIMING_THING", "default")


@pytest.mark.parametrize(
    ("value", "expected"),
    [("1", True), ("Yes", True), ("TRUE", True), ("on", True), ("0", False), ("off", False)],
)
def test_a_flag_reads_the_usual_words(monkeypatch, value, expected):
    monkeypatch.setenv("SHIMING_THING", value)

    assert env.flag("SHIMING_THING", not expected) is expected


def test_a_misspelt_flag_stops_the_start(monkeypatch):
    monkeypatch.setenv("SHIMING_THING", "ture")

    with pytest.raises(ImproperlyConfigured, match="SHIMING_THING"):
        env.flag("SHIMING_THING", False)


def test_a_number_must_be_whole(monkeypatch):
    monkeypatch.setenv("SHIMING_THING", "12")
    assert env.number("SHIMING_THING", 0) == 12

    monkeypatch.setenv("SHIMING_THING", "1.5")
    with pytest.raises(ImproperlyConfigured, match="SHIMING_THING"):
        env.number("SHIMING_THING", 0)


def test_words_are_split_at_commas_and_cleaned(monkeypatch):
    monkeypatch.setenv("SHIMING_THING", "a.example, b.example,,")

    assert env.words("SHIMING_THING", []) == ["a.example", "b.example"]


def test_the_list_of_defaults_is_not_shared(monkeypatch):
    monkeypatch.delenv("SHIMING_THING", raising=False)
    default = ["a"]

    env.words("SHIMING_THING", default).append("b")

    assert default == ["a"]


@pytest.mark.parametrize("value", ["0.2", "v0.2.0", "0.2.0rc1", "latest", "1234567.0.0"])
def test_a_version_is_three_numbers_or_stops_the_start(monkeypatch, value):
    monkeypatch.setenv("SHIMING_THING", value)

    with pytest.raises(ImproperlyConfigured, match="SHIMING_THING"):
        env.version("SHIMING_THING", "0.1.0")


def test_a_version_has_a_default(monkeypatch):
    monkeypatch.delenv("SHIMING_THING", raising=False)
    assert env.version("SHIMING_THING", "0.1.0") == "0.1.0"

    monkeypatch.setenv("SHIMING_THING", "0.12.3")
    assert env.version("SHIMING_THING", "0.1.0") == "0.12.3"


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ("", None),
        ("2026-12-01T00:00+08:00", "2026-11-30T16:00:00+00:00"),
        ("2026-12-01T00:00:00Z", "2026-12-01T00:00:00+00:00"),
    ],
)
def test_a_moment_has_its_zone(monkeypatch, value, found):
    monkeypatch.setenv("SHIMING_THING", value)

    moment = env.moment("SHIMING_THING")

    assert (moment.astimezone(UTC).isoformat() if moment else None) == found


@pytest.mark.parametrize("value", ["2026-12-01", "2026-12-01T00:00", "tomorrow", "0"])
def test_a_moment_without_a_zone_stops_the_start(monkeypatch, value):
    monkeypatch.setenv("SHIMING_THING", value)

    with pytest.raises(ImproperlyConfigured, match="SHIMING_THING"):
        env.moment("SHIMING_THING")
