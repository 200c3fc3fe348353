"""Whether a document's number can be one: its check digit and the birth date inside it.

Region and country codes are not looked at: they change, and a table would refuse real people.
"""

import re
from datetime import date
from typing import Final

from stdnum.exceptions import ValidationError
from stdnum.iso7064 import mod_11_2

_FOREIGNER_2017: Final = re.compile(r"[A-Z]{3}[0-9]{12}")


def is_sound(number: str, birth_date: date) -> bool:
    """For the numbers of all four kinds of card (outlets.cards), as their dataclasses give them."""
    return check_digit_fits(number) and holds_birth_date(number, birth_date)


def check_digit_fits(number: str) -> bool:
    """GB 11643 for 18 characters. The 15 of a foreigner's card of 2017 carry no check digit that
    is published: of them only the form is looked at."""
    if len(number) == 15:
        return _FOREIGNER_2017.fullmatch(number) is not None
    try:
        mod_11_2.validate(number)
    except ValidationError:
        return False
    return len(number) == 18


def holds_birth_date(number: str, birth_date: date) -> bool:
    """18 characters hold it as YYYYMMDD from the seventh on, 15 as YYMMDD from the eighth on."""
    if len(number) == 15:
        return number[7:13] == f"{birth_date:%y%m%d}"
    return number[6:14] == f"{birth_date:%Y%m%d}"
