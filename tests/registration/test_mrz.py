"""Machine-readable zones: the specimens of ICAO Doc 9303, wrong digits, and noise."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registration import mrz
from registration.specimens import TRAVELLERS

TODAY = date(2026, 11, 27)
# Doc 9303 part 4, appendix B, and part 5, appendix B.
TD3 = (
    "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<",
    "L898902C36UTO7408122F1204159ZE184226B<<<<<10",
)
TD1 = (
    "I<UTOD231458907<<<<<<<<<<<<<<<",
    "7408122F1204159UTO<<<<<<<<<<<6",
    "ERIKSSON<<ANNA<MARIA<<<<<<<<<<",
)
# Part 5, note j: a number of twelve characters.
TD1_LONG = (
    "I<UTOD23145890<7349<<<<<<<<<<<",
    "3407127M9507122UTO<<<<<<<<<<<2",
    "STEVENSON<<PETER<JOHN<<<<<<<<<",
)


def changed(lines: tuple[str, ...], row: int, place: int, to: str) -> tuple[str, ...]:
    line = lines[row]
    return (*lines[:row], line[:place] + to + line[place + 1 :], *lines[row + 1 :])


def test_the_specimen_of_a_passport_is_read() -> None:
    read = mrz.parse(TD3, TODAY)

    assert (read.code, read.issuer, read.nationality) == ("P", "UTO", "UTO")
    assert (read.surname, read.given_names) == ("ERIKSSON", "ANNA MARIA")
    assert (read.number, read.optional) == ("L898902C3", "ZE184226B")
    assert (read.birth_date, read.sex) == (date(1974, 8, 12), "female")
    assert read.valid_to == date(2012, 4, 15)


@pytest.mark.parametrize(
    ("lines", "number", "name"),
    [
        (TD1, "D23145890", "ERIKSSON ANNA MARIA"),
        (TD1_LONG, "D23145890734", "STEVENSON PETER JOHN"),
    ],
)
def test_the_specimens_of_cards_are_read(lines: tuple[str, ...], number: str, name: str) -> None:
    read = mrz.parse(lines, TODAY)

    assert (read.number, read.name) == (number, name)


@pytest.mark.parametrize("place", [0, 8, 9, 13, 18, 19, 21, 26, 27, 28, 36, 42, 43])
def test_each_digit_of_a_passport_is_covered(place: int) -> None:
    other = "7" if TD3[1][place] != "7" else "3"

    with pytest.raises(mrz.MrzError) as wrong:
        mrz.parse(changed(TD3, 1, place, other), TODAY)

    assert wrong.value.code == "check_digit"


@pytest.mark.parametrize(
    ("row", "place"), [(0, 5), (0, 14), (0, 20), (1, 0), (1, 6), (1, 8), (1, 14), (1, 20), (1, 29)]
)
def test_each_digit_of_a_card_is_covered(row: int, place: int) -> None:
    other = "7" if TD1[row][place] != "7" else "3"

    with pytest.raises(mrz.MrzError):
        mrz.parse(changed(TD1, row, place, other), TODAY)


def test_a_passport_without_a_personal_number_may_leave_its_digit_out() -> None:
    lines = mrz.td3(
        issuer="UTO",
        names="SPECIMEN<<ANNA",
        number="X9900001",
        nationality="UTO",
        birth_date=date(2000, 2, 29),
        sex="",
        valid_to=date(2033, 1, 1),
    )

    without = changed(lines, 1, 42, "<")

    assert mrz.parse(without, TODAY).optional == ""
    assert mrz.parse(without, TODAY).sex == "unstated"


@pytest.mark.parametrize(
    ("born", "read"),
    [
        (date(2026, 11, 27), date(2026, 11, 27)),
        (date(1926, 11, 28), date(1926, 11, 28)),
        # A person of a hundred is read as newly born: a person has to look.
        (date(1926, 11, 27), date(2026, 11, 27)),
        (date(2024, 2, 29), date(2024, 2, 29)),
    ],
)
def test_a_birth_date_is_the_latest_one_that_has_been(born: date, read: date) -> None:
    lines = mrz.td3(
        issuer="UTO",
        names="SPECIMEN<<ANNA",
        number="X9900001",
        nationality="UTO",
        birth_date=born,
        sex="male",
        valid_to=date(2030, 1, 1),
    )

    assert mrz.parse(lines, TODAY).birth_date == read


def test_a_birth_date_without_its_day_is_not_taken() -> None:
    with pytest.raises(mrz.MrzError) as wrong:
        # 7408<< has the check digit of 740800.
        mrz.parse(
            (
                TD3[0],
                "L898902C36UTO7408<<4F1204159ZE184226B<<<<<10"[:42] + TD3[1][42] + TD3[1][43],
            ),
            TODAY,
        )

    assert wrong.value.code in ("date", "check_digit")


# Among other text, as recognised --------------------------------------------------------


PAGE = ["护照 PASSPORT", "SPECIMEN, ANNA MARIA", "1974.08.12"]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        TD3,
        ("P<UT0ER|KSS0N<<ANNA<MAR1A<<<<<<<<<<<<<<<<<<<", TD3[1]),
        # A fillers' run that came out too short, the double bracket for two fillers.
        ("P<UTOERIKSSON《ANNA<MARIA<<<<", TD3[1]),
        (TD3[0], "L8989O2C36UT07408l22F1204159ZE184226B<<<<<10"),
        (TD3[0], "L898902C36UTO74O8122F1Z04159ZE184226B<<<<<1O"),
        (TD3[0].lower(), f" {TD3[1][:20]} {TD3[1][20:]}"),
    ],
)
def test_confused_shapes_are_put_right_where_it_is_proven(first: str, second: str) -> None:
    lines, read = mrz.find([*PAGE, first, second], "TD3", TODAY)

    assert lines == TD3
    assert read.number == "L898902C3"


@pytest.mark.parametrize(
    "second",
    [
        # G and 6 have one check digit: never taken for each other.
        "L898902C36UTO7408122F12O41S8ZE184226B<<<<<10",
        "L898902CZ6UTO7408122F1204159ZE184226B<<<<<10",
        # Either of two shapes could be the wrong one.
        "LB98902C36UTO7408122F1204159ZE184226B<<<<<10",
        "L898902C36UTO7408122F1204159",
        "L898902C36U<<<<<<<<<<<<<<<10",
    ],
)
def test_what_no_digit_proves_is_not_guessed(second: str) -> None:
    with pytest.raises(mrz.MrzError):
        mrz.find([TD3[0], second], "TD3", TODAY)


def test_the_zone_of_another_format_is_missing() -> None:
    with pytest.raises(mrz.MrzError) as wrong:
        mrz.find(TD1, "TD3", TODAY)

    assert wrong.value.code == "missing"


@pytest.mark.parametrize("key", TRAVELLERS)
def test_the_specimens_travellers_have_true_zones(key: str) -> None:
    person = TRAVELLERS[key]

    read = mrz.parse(person.zone(), TODAY)

    assert (read.number, read.birth_date) == (person.number, person.birth_date)
    assert (read.sex, read.valid_to) == (person.sex, person.valid_to)


# Whatever comes in ----------------------------------------------------------------------

LINE = st.text("ABCXYZOIL0123456789<", min_size=0, max_size=46) | st.text(max_size=50)
LONG = st.text("AZOI0189<", min_size=44, max_size=44)


@given(st.lists(LINE | LONG, max_size=4), st.sampled_from(sorted(mrz.FORMATS)))
def test_noise_is_an_mrz_error_and_nothing_else(texts: list[str], format: str) -> None:
    refused = []
    for attempt in (lambda: mrz.parse(tuple(texts), TODAY), lambda: mrz.find(texts, format, TODAY)):
        try:
            attempt()
        except mrz.MrzError as error:
            refused.append(error)

    # What looks by chance like a zone would have to pass four check digits.
    assert len(refused) == 2


@given(st.integers(0, 43), st.sampled_from(["0O", "O0", "1I", "I1", "8B", "B8", "5S", "2Z"]))
def test_a_confused_shape_never_gives_another_number(place: int, pair: str) -> None:
    read_as = TD3[1][place].replace(*pair)

    try:
        _lines, read = mrz.find(changed(TD3, 1, place, read_as), "TD3", TODAY)
    except mrz.MrzError:
        return

    assert read.number == "L898902C3"
    assert read.birth_date == date(1974, 8, 12)
