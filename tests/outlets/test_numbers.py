"""Document numbers: check digits and birth dates, never a region."""

from datetime import date

import pytest

from outlets.cards import numbers

# Synthetic numbers of the ranges that a table of regions would refuse, and made-up people's.
SOUND = {
    "a resident": ("991101199003140010", date(1990, 3, 14)),
    "a check digit X": ("11010519491231002X", date(1949, 12, 31)),
    "Hong Kong": ("810000199001010019", date(1990, 1, 1)),
    "Macao": ("820000198506150022", date(1985, 6, 15)),
    "Taiwan": ("83000019790303003X", date(1979, 3, 3)),
    "a foreigner of 2023": ("931586198001010028", date(1980, 1, 1)),
    "a foreigner of 2017": ("PAK310080010103", date(1980, 1, 1)),
    "a foreigner of 2017 born in 2004": ("UTO990004022902", date(2004, 2, 29)),
}


@pytest.mark.parametrize("case", SOUND)
def test_a_number_of_every_kind_of_card_is_sound(case: str) -> None:
    assert numbers.is_sound(*SOUND[case])


@pytest.mark.parametrize("case", SOUND)
def test_a_number_with_another_birth_date_is_not_sound(case: str) -> None:
    number, born = SOUND[case]

    assert not numbers.is_sound(number, born.replace(day=born.day - 1 or 2))
    assert not numbers.is_sound(number, born.replace(year=born.year - 4))


@pytest.mark.parametrize("case", [case for case, (number, _) in SOUND.items() if len(number) == 18])
def test_one_wrong_digit_breaks_the_check_digit(case: str) -> None:
    number, born = SOUND[case]

    for place in (0, 5, 14, 16):
        digit = str((int(number[place]) + 1) % 10)
        assert not numbers.is_sound(number[:place] + digit + number[place + 1 :], born)


@pytest.mark.parametrize(
    "number",
    ["", "X", "991101900314001", "UTO9900880229", "uto990088022902", "99110119900314001", "样本"],
)
def test_what_has_the_form_of_no_number_is_not_sound(number: str) -> None:
    assert not numbers.is_sound(number, date(1990, 3, 14))
    assert not numbers.check_digit_fits(number)
